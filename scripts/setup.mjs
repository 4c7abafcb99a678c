/**
 * Everything a clean clone needs before the program can run: packages, Node 24, the compiled program, the Pulumi engine.
 * Without dependencies, on Node 20 or newer. Says what it does; says nothing and takes no time when there is nothing to do.
 */
import { delimiter } from "node:path";
import { compile } from "./setup/compile.mjs";
import { engineEnvironment, installEngine, quickStart } from "./setup/engine.mjs";
import { installPackages, nodeBinary } from "./setup/packages.mjs";
import { isMain, main, run, say } from "./setup/run.mjs";

export { isMain, main, quickStart };

/** Sets everything up but the Pulumi engine. */
export async function setUpProgram() {
  await installPackages();
  await compile();
}

/** Sets everything up. Resolves to the environment for the commands that follow. */
export async function setUp() {
  await setUpProgram();
  return engineEnvironment(await installEngine());
}

/** Runs a JavaScript file under Node 24; resolves to its exit code. */
export const runNode = (args, env) => run(nodeBinary, args, { env });

if (isMain(import.meta.url))
  await main(async () => {
    const env = await setUp();
    say(`ready; the engine is ${env.PATH.split(delimiter)[0]}`);
    return 0;
  });
