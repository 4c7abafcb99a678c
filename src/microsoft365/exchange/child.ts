import { spawn } from "node:child_process";
import { mostAnswerBytes } from "../http/body.js";

/** How a child process ended. */
export interface ChildResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; undefined where it was killed. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  /** Whether it was killed for saying more than `mostAnswerBytes` on one stream; only the beginning is kept then. */
  readonly tooLarge: boolean;
}

/**
 * Runs a program with `input` on its standard input and nothing secret elsewhere. It is killed after `timeoutMs`, when it
 * says too much, and with this process: on SIGINT, SIGTERM and exit.
 * @throws the system's error, such as ENOENT, when it cannot be started
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: { readonly input: string; readonly timeoutMs: number; readonly env: NodeJS.ProcessEnv },
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: options.env,
      windowsHide: true,
    });
    let timedOut = false;
    let tooLarge = false;
    const kill = () => child.kill("SIGKILL");
    const giveUp = () => {
      kill();
      // What it has started may hold them open, and its end would then never be heard of.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const collect = (stream: NodeJS.ReadableStream): Buffer[] => {
      const parts: Buffer[] = [];
      let size = 0;
      stream.on("data", (part: Buffer) => {
        size += part.length;
        if (size <= mostAnswerBytes) parts.push(part);
        else if (!tooLarge) {
          tooLarge = true;
          giveUp();
        }
      });
      return parts;
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const onSignal = (signal: NodeJS.Signals) => {
      kill();
      release();
      // Nobody else listens: end as the signal would have ended this process.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    const timer = setTimeout(() => {
      timedOut = true;
      giveUp();
    }, options.timeoutMs);
    const release = () => {
      clearTimeout(timer);
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("exit", kill);
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("exit", kill);
    // A child that ends before it has read its input closes the pipe; its exit tells the story.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
    child.on("error", (error) => {
      release();
      reject(error);
    });
    child.on("close", (code) => {
      release();
      resolve({
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
        code: code ?? undefined,
        timedOut,
        tooLarge,
      });
    });
  });
}
