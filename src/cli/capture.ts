import { spawn } from "node:child_process";
import { MailstageError } from "../base/problem.js";
import { type EngineCommand, engineMissing, locateEngine, withEngine } from "./engine.js";

/** What a command of the engine printed. */
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the Pulumi CLI and takes what it prints.
 * @param events as a stream of events; only for commands that run no program, since the program's debugging lines in it
 * carry secrets in clear (seen with 3.259.0)
 * @param input given to it on standard input: what is secret is in no argument
 * @throws MailstageError `engine-missing`
 */
export async function captureEngine(
  { args, folder, environment }: EngineCommand,
  { events = false, input }: { readonly events?: boolean; readonly input?: string } = {},
): Promise<Captured> {
  const engine = await locateEngine();
  return new Promise((resolve, reject) => {
    const { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: _streaming, ...quiet } = withEngine(engine, environment);
    const child = spawn(engine.program, args, {
      cwd: folder,
      env: {
        ...quiet,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...(events ? { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1" } : {}),
      },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    // A process that ends without reading it says so by its exit code.
    child.stdin?.on("error", () => undefined).end(input);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", () => reject(engineMissing()));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/**
 * The state as `pulumi stack export` prints it; secrets stay encrypted.
 * @throws MailstageError `state-unavailable`
 */
export async function exportState(folder: string, stack: string): Promise<string> {
  const { code, stdout, stderr } = await captureEngine({
    args: ["stack", "export", "--stack", stack, "--non-interactive"],
    folder,
    environment: process.env,
  });
  if (code === 0) return stdout;
  throw new MailstageError({
    code: "state-unavailable",
    subject: `stack ${stack}`,
    reason:
      stderr
        .trim()
        .replace(/^error: /, "")
        .replace(/\.$/, "") || "its state cannot be read",
    hint: "Log in to the backend that keeps the state (pulumi login), and select the stack with --stack",
    operation: "pulumi stack export",
  });
}
