import { randomUUID } from "node:crypto";
import { MailstageError } from "../base/problem.js";
import { failureText } from "../base/scrub.js";
import { azureBlobs } from "./stores/azblob.js";
import { commandStore } from "./stores/command.js";
import type { DurableLines, ObjectStore } from "./types.js";

/** An object store, opened by the URL of a file in it, and that file's name there. */
interface Opened {
  readonly store: ObjectStore;
  readonly prefix: string;
}

function openStore(file: string): Opened {
  const url = new URL(file);
  const prefix = `${decodeURIComponent(url.pathname).replace(/^\/+/, "")}/`;
  return { store: url.protocol === "azblob:" ? azureBlobs(url) : commandStore(url), prefix };
}

/** Work on one file, one after the other. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Appends lines as another object of the file: `<file>/000002-<random>.jsonl`. Objects are never written over, so that no writer can
 * take anything from another, and whatever is refused leaves what was there.
 */
export async function appendToObjects(file: string, compose: (present: string) => string): Promise<void> {
  const before = queues.get(file) ?? Promise.resolve();
  const mine = before.then(
    () => append(file, compose),
    () => append(file, compose),
  );
  queues.set(file, mine);
  try {
    await mine;
  } finally {
    if (queues.get(file) === mine) queues.delete(file);
  }
}

async function append(file: string, compose: (present: string) => string): Promise<void> {
  const names = await objectsOf(file);
  const added = compose(await textOf(file, names));
  if (added === "") return;
  try {
    const { store, prefix } = openStore(file);
    const last = names.at(-1)?.slice(prefix.length).split("-")[0];
    const name = `${prefix}${String(Number(last ?? "0") + 1).padStart(6, "0")}-${randomUUID()}.jsonl`;
    const octets = Buffer.from(added);
    await store.put(name, octets);
    if (!(await store.get(name)).equals(octets))
      throw new Error(`${name} does not read back as it was written`);
  } catch (cause) {
    throw failed("snapshot-unwritable", file, `cannot be written: ${failureText(cause)}`, cause);
  }
}

/** Names of the objects of a file in the order they were written. @throws MailstageError snapshot-unreadable */
export async function objectsOf(file: string): Promise<readonly string[]> {
  try {
    const { store, prefix } = openStore(file);
    const names = await store.names(prefix);
    return names.filter((name) => /^\d{6,}-[\w-]+\.jsonl$/.test(name.slice(prefix.length)));
  } catch (cause) {
    throw failed("snapshot-unreadable", file, `cannot be read: ${failureText(cause)}`, cause);
  }
}

/** All lines of a file. @throws MailstageError snapshot-unreadable, also where there is none */
export async function readObjects(file: string): Promise<DurableLines> {
  const names = await objectsOf(file);
  if (names.length === 0)
    throw failed("snapshot-unreadable", file, "cannot be read: nothing is kept there", undefined);
  return { text: await textOf(file, names), leftOut: undefined };
}

async function textOf(file: string, names: readonly string[]): Promise<string> {
  try {
    const { store } = openStore(file);
    let text = "";
    for (const name of names) text += (await store.get(name)).toString("utf8");
    return text;
  } catch (cause) {
    throw failed("snapshot-unreadable", file, `cannot be read: ${failureText(cause)}`, cause);
  }
}

function failed(code: string, subject: string, reason: string, cause: unknown): MailstageError {
  return new MailstageError(
    {
      code,
      subject,
      reason,
      hint: "See docs/on-premises.md for what signs in to it and the rights it takes, or name another place (conversion.snapshots)",
    },
    { cause },
  );
}
