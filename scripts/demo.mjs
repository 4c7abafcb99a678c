/** Sets up and runs the demo: the sample migration of examples/demo through all seven stages, in the lab. */
import { main, runNode, setUp } from "./setup.mjs";

await main(async (args) => runNode(["dist/src/cli/main.js", "demo", ...args], await setUp()));
