import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** What a step of a pipeline did. */
export interface StepRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the scripts of the pipelines are. */
export const scripts = resolve(__dirname, "../../examples/pipeline");

/** Runs a program in a folder with this environment and no other than PATH and HOME, as a runner does. */
export function runStep(
  command: readonly [string, ...string[]],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<StepRun> {
  const [program, ...args] = command;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return new Promise((fulfil, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (text.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (text.stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => fulfil({ code, ...text }));
  });
}
