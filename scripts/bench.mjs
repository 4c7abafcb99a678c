/** Sets up and measures: `npm run bench -- --json FILE`. */
import { main, runNode, setUp } from "./setup.mjs";

await main(async (args) =>
  runNode(["--max-old-space-size=8192", "dist/bench/main.js", ...args], await setUp()),
);
