/** Sets up and runs the command line: `npm run mailstage -- --help`. */
import { main, runNode, setUp } from "./setup.mjs";

await main(async (args) => runNode(["dist/src/cli/main.js", ...args], await setUp()));
