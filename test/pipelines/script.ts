import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { type Ended, ended } from "../cli/ended.js";

/** Where the scripts of the pipelines are. */
export const scripts = resolve(__dirname, "../../examples/pipeline");

/** Of this process: what makes programs start sooner, and has Pulumi's ask nobody whether there is a newer one. */
const started = ["NODE_COMPILE_CACHE", "GOGC", "PULUMI_LANGUAGE_NODEJS_RUN_PATH", "PULUMI_SKIP_UPDATE_CHECK"];

/** Runs a program in a folder with this environment and no other than PATH and HOME, as a runner does. */
export function runStep(
  command: readonly [string, ...string[]],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const [program, ...args] = command;
  const { PATH, HOME } = process.env;
  const start = Object.fromEntries(started.map((name) => [name, process.env[name]]));
  return ended(
    spawn(program, args, {
      cwd: folder,
      env: { PATH, HOME, ...start, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}
