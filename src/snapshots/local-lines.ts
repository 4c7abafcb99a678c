import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readFile, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../base/json.js";
import { MailstageError, type Problem } from "../base/problem.js";
import { failureText } from "../base/scrub.js";
import { codeOf, underLock } from "./lock.js";
import type { DurableLines } from "./types.js";

/** Work on one file, one after the other: within a process the lock between processes would only be tried over and over. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Appends JSON lines to a file that others rely on after a crash: when this resolves they are on the disk (fsync of file and
 * folder). One writer at a time, in this process and among all. Mode 0600, in a folder of 0700.
 * A last line without its end counts where it is whole; one that a crash cut off is moved to `<file>.cut-off` first.
 * @param compose the lines to add, given the whole lines the file has
 * @throws MailstageError snapshot-unreadable, snapshot-unwritable, snapshot-locked
 */
export async function appendToFile(file: string, compose: (present: string) => string): Promise<void> {
  const path = await truePath(file);
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.then(
    () => append(path, compose),
    () => append(path, compose),
  );
  queues.set(path, mine);
  try {
    await mine;
  } finally {
    if (queues.get(path) === mine) queues.delete(path);
  }
}

/** Where a file is, however it was named; its folder is made. */
async function truePath(file: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return join(await realpath(dirname(file)), basename(file));
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function append(file: string, compose: (present: string) => string): Promise<void> {
  try {
    await underLock(file, () => appendAlone(file, compose));
  } catch (error) {
    throw error instanceof MailstageError ? error : unwritable(file, error);
  }
}

async function appendAlone(file: string, compose: (present: string) => string): Promise<void> {
  // Whatever the lock is worth on a network's file system: with O_APPEND no writer writes over another's lines.
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    await handle.chmod(0o600);
    const octets = await handle.readFile();
    const { text, unended, fragment } = parted(file, octets);
    const added = compose(text);
    const end = octets.length - fragment.length;
    if (fragment.length > 0) {
      await putAside(`${file}.cut-off`, fragment);
      await handle.truncate(end);
    }
    const ours = Buffer.from(`${unended ? "\n" : ""}${added}`);
    try {
      await writeAll(handle, ours);
    } catch (error) {
      await takeBack(handle, end, ours);
      throw error;
    }
    await handle.sync();
    await syncFolder(dirname(file));
    await proveWritten(file, end, added);
  } finally {
    await handle.close();
  }
}

/** Cuts off what is left of lines that could not be written whole: these alone, should somebody else have written behind them. */
async function takeBack(handle: FileHandle, end: number, ours: Buffer): Promise<void> {
  const behind = (await handle.stat()).size - end;
  if (behind <= 0 || behind > ours.length) return;
  const { buffer } = await handle.read(Buffer.alloc(behind), 0, behind, end);
  if (buffer.equals(ours.subarray(0, behind))) await handle.truncate(end);
}

/** Reads back what was added, by its name and not by the handle that wrote it. */
async function proveWritten(file: string, start: number, added: string): Promise<void> {
  const there = (await readFile(file)).subarray(start).toString("utf8");
  if (!there.endsWith(added)) throw new Error("what was written there does not read back");
}

/** The whole lines of such a file, and what was left out. @throws MailstageError snapshot-unreadable */
export async function readFileLines(file: string): Promise<DurableLines> {
  let octets: Buffer;
  try {
    octets = await readFile(file);
  } catch (error) {
    throw unreadable(file, `cannot be read: ${failureText(error)}`, error);
  }
  const { text, fragment } = parted(file, octets);
  return { text, leftOut: fragment.length === 0 ? undefined : cutOff(file, text) };
}

interface Parted {
  /** The whole lines, each with its end. */
  readonly text: string;
  /** Whether the last of them has no end in the file. */
  readonly unended: boolean;
  /** What a crash left of another line. */
  readonly fragment: Buffer;
}

/** The beginning of a JSON object is never one itself, so a last line is known to be whole without its end. */
function parted(file: string, octets: Buffer): Parted {
  const end = octets.lastIndexOf(0x0a) + 1;
  const [text, last] = [decoded(file, octets.subarray(0, end)), octets.subarray(end)];
  if (last.length === 0) return { text, unended: false, fragment: last };
  const line = last.toString("utf8").replace(byteOrderMark, "");
  return z.looseObject({}).safeParse(parseJson(line)).success
    ? { text: `${text}${line}\n`, unended: true, fragment: Buffer.alloc(0) }
    : { text, unended: false, fragment: last };
}

/** An editor's mark is no part of the first line. */
const byteOrderMark = /^\uFEFF/;

/** Another encoding would be read as nonsense. */
function decoded(file: string, octets: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch (error) {
    throw unreadable(file, "is not in UTF-8", error);
  }
}

function cutOff(file: string, text: string): Problem {
  return {
    code: "snapshot-cut-off",
    subject: `${file}:${text.split("\n").length}`,
    reason:
      "the last line is not whole and was left out: a crash cut it off before anything was changed by it",
    hint: "Look at that line; where the file was copied or edited, take a whole copy",
  };
}

async function putAside(file: string, fragment: Buffer): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    await handle.chmod(0o600);
    await writeAll(handle, Buffer.concat([fragment, Buffer.from("\n")]));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, octets: Buffer): Promise<void> {
  let written = 0;
  while (written < octets.length)
    written += (await handle.write(octets, written, octets.length - written)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  // The file's name is on the disk only when its folder is; Windows cannot open a folder and needs no such step.
  if (process.platform === "win32") return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(subject: string, reason: string, cause: unknown): MailstageError {
  return new MailstageError(
    {
      code: "snapshot-unreadable",
      subject,
      reason,
      hint: "Bring a whole copy of the file, in UTF-8 as mailstage wrote it",
    },
    { cause },
  );
}

function unwritable(subject: string, cause: unknown): MailstageError {
  const reasons: Readonly<Record<string, string>> = {
    EEXIST: "a file is where its folder should be",
    ENOTDIR: "a file is where its folder should be",
    EACCES: "this account may not write there",
    EROFS: "it is on a file system that cannot be written",
    ENOSPC: "the disk is full",
  };
  return new MailstageError(
    {
      code: "snapshot-unwritable",
      subject,
      reason: `cannot be written: ${reasons[codeOf(cause) ?? ""] ?? failureText(cause)}`,
      hint: "Nothing was changed. Name a folder that this account can write (conversion.snapshots), or make room",
    },
    { cause },
  );
}
