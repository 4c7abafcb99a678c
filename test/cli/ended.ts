import type { ChildProcess } from "node:child_process";

/** How a program ended, and all it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for a program that was started with pipes for its output. @throws what kept it from starting */
export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((fulfil, reject) => {
    const text = { stdout: "", stderr: "" };
    child.stdout?.on("data", (data: Buffer) => (text.stdout += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (text.stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => fulfil({ code, ...text }));
  });
}
