import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../base/package-root.js";
import { foldersOn, programFile, whereFirst, withFirstOnPath } from "../base/platform.js";
import { MailstageError } from "../base/problem.js";
import { Interrupted } from "./failure.js";

/** A command of the engine in a project. */
export interface EngineCommand {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The Pulumi CLI: its program, and the folder that has to come first on PATH where it is not on it. */
export interface Engine {
  readonly program: string;
  readonly folder?: string;
}

/** Whether a CLI with its language host is on PATH; the npm package `pulumi` alone is none. */
export const hasPulumi = (): boolean =>
  foldersOn(process.env["PATH"]).some((folder) =>
    existsSync(join(folder, programFile("pulumi-language-nodejs"))),
  );

let located: Promise<Engine> | undefined;

/**
 * The Pulumi CLI on PATH that is recent enough, else one that is on this machine already, else Pulumi's release, which is
 * fetched and checked, else one built with Go (`scripts/setup/engine.mjs`). What is tried is said on standard error.
 * @throws MailstageError `engine-missing`
 */
export function locateEngine(): Promise<Engine> {
  located ??= new Promise((resolve, reject) => {
    const script = join(packageRoot, "scripts/setup/engine.mjs");
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    child.on("error", () => reject(engineMissing()));
    child.on("close", (code) => {
      const folder = printed.trim();
      if (code !== 0 || folder === "") return reject(engineMissing());
      const program = join(folder, programFile("pulumi"));
      // What stands before it on PATH stays there: a stand-in of a plugin, for one.
      const onPath = foldersOn(process.env["PATH"]).includes(folder);
      resolve(onPath ? { program } : { program, folder });
    });
  });
  return located;
}

/** An environment in which the engine finds its language hosts. */
export const withEngine = ({ folder }: Engine, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  folder === undefined ? environment : withFirstOnPath(environment, folder);

/**
 * A search path on which `pulumi` is the CLI that mailstage uses, for what a person types: npx puts the launcher of the npm package
 * `pulumi` before it, which fetches another.
 */
export const pathWithEngine = ({ program }: Engine, path: string | undefined): string =>
  whereFirst(path, {
    folder: dirname(program),
    has: (folder) =>
      [programFile("pulumi"), "pulumi.cmd", "pulumi"].some((file) => existsSync(join(folder, file))),
  });

/**
 * Runs the Pulumi CLI with its output visible. Resolves to its exit code. A Ctrl-C reaches it from the terminal, whereupon
 * it ends in order; SIGTERM is passed on as that.
 * @param said takes what it prints, which is not visible then
 * @throws Interrupted after it has ended, when it was interrupted; MailstageError `engine-missing`
 */
export async function runEngine(
  { args, folder, environment }: EngineCommand,
  said?: (text: string) => void,
): Promise<number> {
  const engine = await locateEngine();
  return new Promise((resolve, reject) => {
    let interrupted = false;
    const child = spawn(engine.program, args, {
      cwd: folder,
      env: { ...withEngine(engine, environment), PWD: folder },
      stdio: said === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => said?.(text));
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
    child.on("close", (code, signal) => {
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
    hint: "Install it (https://www.pulumi.com/docs/install/), or set HTTPS_PROXY where this machine reaches the internet through one, and run mailstage engine",
  });
