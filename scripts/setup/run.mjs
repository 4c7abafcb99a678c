import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { constants, homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where tools are kept that are installed once on a machine. */
export const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "mailstage");

/** Where Node keeps what it compiled: see `quickStart`. */
export const compileCache = join(cache, "node-compile-cache");

/** A failure with a message for the user; shown without a stack. */
export class SetupError extends Error {}

/** Runs one of the scripts' main functions: its number is the exit code, a set-up error is one line. */
export async function main(work) {
  try {
    process.exitCode = await work(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/** Whether a module is the one that was started, by whatever link. */
export function isMain(url) {
  const started = process.argv[1];
  return started !== undefined && existsSync(started) && url === pathToFileURL(realpathSync(started)).href;
}

/** A line about what set-up is doing: on stderr, so that stdout stays the command's own. */
export function say(message) {
  process.stderr.write(`[mailstage] ${message}\n`);
}

/**
 * Runs a program and resolves to its exit code (128 + n after signal n). A Ctrl-C reaches the child from the terminal
 * itself; a SIGTERM is passed on; either way this process waits for the child to end, so that nothing is left behind.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    const stay = () => undefined;
    const pass = () => child.kill("SIGTERM");
    process.on("SIGINT", stay).on("SIGTERM", pass);
    const settle = (then) => (value, signal) => {
      process.off("SIGINT", stay).off("SIGTERM", pass);
      then(signal ? 128 + constants.signals[signal] : value);
    };
    child.on("error", settle(reject)).on("exit", settle(resolve));
    options.started?.(child);
  });
}

/** The output of a short command, or undefined when it cannot be run or fails. */
export function output(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Whether a process is alive, also when it is someone else's. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Does `work` while no other process holds `folder` as its lock; waits for one that does. A lock whose process is gone
 * is taken over. `work` should look again whether there is anything left to do.
 */
export async function withLock(folder, what, work) {
  mkdirSync(dirname(folder), { recursive: true });
  const owner = join(folder, "pid");
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const pid = readOwner(owner);
    // A lock without an owner is a moment old, or was left between the two steps of taking it.
    if (pid === undefined ? waited > 20 : !isAlive(pid)) rmSync(folder, { recursive: true, force: true });
    else {
      if (waited % 40 === 4) say(`waiting for process ${pid ?? "?"}, which is busy with ${what}`);
      await sleep(250);
    }
  }
  writeFileSync(owner, `${process.pid}\n`);
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOwner(file) {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
