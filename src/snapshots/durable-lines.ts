import { existsSync } from "node:fs";
import { refuseWrite } from "../base/adoption.js";
import { appendToFile, readFileLines } from "./local-lines.js";
import { appendToObjects, objectsOf, readObjects } from "./objects.js";
import { isUrl } from "./place.js";
import type { DurableLines } from "./types.js";

/**
 * Appends JSON lines to a file that others rely on after a crash, on the disk or in an object store: when this resolves they
 * are kept there, and were read back. One writer at a time; nothing that was there is written over.
 * @param file a path, or a URL as `located` makes it
 * @param compose the lines to add, given the whole lines the file has
 * @throws MailstageError snapshot-unreadable, snapshot-unwritable, snapshot-locked
 */
export async function appendDurably(file: string, compose: (present: string) => string): Promise<void> {
  refuseWrite(`append to ${file}`);
  await (isUrl(file) ? appendToObjects(file, compose) : appendToFile(file, compose));
}

/** The whole lines of such a file, and what was left out. @throws MailstageError snapshot-unreadable */
export async function readLines(file: string): Promise<DurableLines> {
  return await (isUrl(file) ? readObjects(file) : readFileLines(file));
}

/** The whole lines of such a file. @throws MailstageError snapshot-unreadable */
export async function readDurably(file: string): Promise<string> {
  return (await readLines(file)).text;
}

/** Whether anything is kept there. @throws MailstageError snapshot-unreadable where an object store cannot be asked */
export async function isKept(file: string): Promise<boolean> {
  return isUrl(file) ? (await objectsOf(file)).length > 0 : existsSync(file);
}
