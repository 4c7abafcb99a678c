import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { type Ended, ended } from "../cli/ended.js";

/** Where the scripts of the pipelines are. */
export const scripts = resolve(__dirname, "../../examples/pipeline");

/** Runs a program in a folder with this environment and no other than PATH and HOME, as a runner does. */
export function runStep(
  command: readonly [string, ...string[]],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const [program, ...args] = command;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return ended(
    spawn(program, args, {
      cwd: folder,
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}
