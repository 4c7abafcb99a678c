import { spawn } from "node:child_process";
import { MailstageError } from "../errors/index.js";
import { Interrupted } from "./failure.js";

/** A command of the engine in a project. */
export interface EngineCommand {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Runs the Pulumi CLI with its output visible. Resolves to its exit code. A Ctrl-C reaches it from the terminal, whereupon
 * it ends in order; SIGTERM is passed on as that.
 * @throws Interrupted after it has ended, when it was interrupted; MailstageError `engine-missing`
 */
export function runEngine({ args, folder, environment }: EngineCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    let interrupted = false;
    const child = spawn("pulumi", args, {
      cwd: folder,
      env: { ...environment, PWD: folder },
      stdio: "inherit",
    });
    const byKeyboard = () => {
      interrupted = true;
    };
    const byOthers = () => {
      interrupted = true;
      child.kill("SIGINT");
    };
    process.on("SIGINT", byKeyboard).on("SIGTERM", byOthers);
    const ended = () => process.off("SIGINT", byKeyboard).off("SIGTERM", byOthers);
    child.on("error", () => {
      ended();
      reject(engineMissing());
    });
    child.on("exit", (code, signal) => {
      ended();
      if (interrupted || signal !== null) reject(new Interrupted());
      else resolve(code ?? 1);
    });
  });
}

/** What is said where there is no Pulumi CLI. */
export const engineMissing = (): MailstageError =>
  new MailstageError({
    code: "engine-missing",
    subject: "pulumi",
    reason: "cannot be started",
    hint: "Install Pulumi: curl -fsSL https://get.pulumi.com | sh (in a clone of mailstage, `npm run mailstage` brings its own)",
  });
