/** Sets up and runs the tests; arguments go to jest: `npm test -- test/engine`. */
import { main, runNode, setUp } from "./setup.mjs";

await main(async (args) => runNode(["node_modules/jest/bin/jest.js", ...args], await setUp()));
