/**
 * Sets up and runs the tests; arguments go to jest: `npm test -- test/engine`. With `--unit` those alone that walk no migration on an
 * engine, wherefore the Pulumi CLI is not fetched, and need no server that is not ours, and no browser (test/needs-engine.json names the others).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { trimCompileCache } from "./setup/compile-cache.mjs";
import { main, quickStart, runNode, setUp, setUpProgram } from "./setup.mjs";

/** With a larger nursery, which its workers inherit: what a migration leaves behind in this process is a tenth of its time otherwise. */
const jest = ["--max-semi-space-size=64", "node_modules/jest/bin/jest.js"];

async function unitTests(args) {
  const others = JSON.parse(readFileSync(new URL("../test/needs-engine.json", import.meta.url), "utf8"));
  await setUpProgram();
  return runNode([...jest, ...args, "--testPathIgnorePatterns", "/node_modules/", ...others], {
    ...process.env,
    ...quickStart(),
  });
}

async function allTests(args) {
  const start = {
    // A command of Pulumi's CLI ends before collecting what it leaves behind would pay: a twentieth of its time (measured 2026-11).
    GOGC: "400",
    PULUMI_LANGUAGE_NODEJS_RUN_PATH: fileURLToPath(
      new URL("../test/engine/run-program.cjs", import.meta.url),
    ),
  };
  return runNode([...jest, ...args], { ...start, ...(await setUp()) });
}

await main(async (args) => {
  trimCompileCache();
  return args[0] === "--unit" ? unitTests(args.slice(1)) : allTests(args);
});
