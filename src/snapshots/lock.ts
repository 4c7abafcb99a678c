import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { parseJson } from "../base/json.js";
import { MailstageError } from "../base/problem.js";

const ownerSchema = z.object({ host: z.string(), pid: z.int().positive(), token: z.string() });

/** Milliseconds. */
interface Times {
  /** How long a lock is waited for; the work under one takes milliseconds. */
  readonly most: number;
  /** A lock of another machine that did not change for so long was left behind: its owner's process cannot be asked after. */
  readonly abandoned: number;
}

const usual: Times = { most: 60_000, abandoned: 30_000 };

/**
 * Does work that no other process does at the same time: `<file>.lock` names who does it. A lock whose process on this
 * machine is gone is taken over at once.
 * @param times how long others are waited for
 * @throws MailstageError snapshot-locked
 */
export async function underLock<Result>(
  file: string,
  work: () => Promise<Result>,
  times = usual,
): Promise<Result> {
  const lock = `${file}.lock`;
  const token = randomUUID();
  await acquire(lock, token, times);
  try {
    return await work();
  } finally {
    if (ownerOf(await contentOf(lock))?.token === token) await rm(lock, { force: true });
  }
}

async function acquire(lock: string, token: string, { most, abandoned }: Times): Promise<void> {
  let seen: string | undefined;
  let since = performance.now();
  const began = since;
  while (!(await createLock(lock, token))) {
    const content = await contentOf(lock);
    if (content === undefined) continue;
    const now = performance.now();
    if (content !== seen) [seen, since] = [content, now];
    const owner = ownerOf(content);
    // A process of this machine can be asked after: one that lives has its lock, however long its disk keeps it waiting.
    const left = owner?.host === hostname() ? isGone(owner.pid) : now - since > abandoned;
    if (left) await takeAway(lock, content);
    else if (now - began > most) throw locked(lock, content, most);
    else await wait(5 + Math.random() * 20);
  }
}

async function createLock(lock: string, token: string): Promise<boolean> {
  try {
    const handle = await open(lock, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify({ host: hostname(), pid: process.pid, token }));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Two may find the same lock abandoned: who renames it has it, and who got a newer one instead puts that back. */
async function takeAway(lock: string, content: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if ((await contentOf(aside)) === content) await rm(aside, { force: true });
  else await rename(aside, lock);
}

async function contentOf(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

type Owner = z.output<typeof ownerSchema>;

/** Undefined while its owner is about to write it. */
function ownerOf(content: string | undefined): Owner | undefined {
  return ownerSchema.safeParse(parseJson(content ?? "")).data;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

function locked(lock: string, content: string, most: number): MailstageError {
  const owner = ownerOf(content);
  const who = owner === undefined ? "somebody" : `process ${owner.pid} on ${owner.host}`;
  return new MailstageError({
    code: "snapshot-locked",
    subject: lock,
    reason: `${who} has held it for over ${most / 1000} seconds`,
    hint: "Let that run end, or end it: a lock whose process is gone is taken over. Where that process is another program by now, remove the lock file",
  });
}

/** The code of a failure of the system, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return z.object({ code: z.string() }).safeParse(error).data?.code;
}
