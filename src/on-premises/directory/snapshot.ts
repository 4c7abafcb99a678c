import { z } from "zod";
import { defined } from "../../base/defined.js";
import { parseJson } from "../../base/json.js";
import { MailstageError, type Problem } from "../../base/problem.js";
import { appendDurably, readDurably, readLines } from "../../snapshots/durable-lines.js";
import { convertedAttributes, sameValues, valuesOf } from "./attributes.js";
import { type Identity, keyOf } from "./identity.js";
import type { DirectoryUser } from "./types.js";

const value = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

const whoSchema = {
  version: z.literal(1),
  address: z.string().min(1),
  dn: z.string().min(1),
  objectGuid: z.guid().exactOptional(),
};

const userSchema = z.strictObject({
  ...whoSchema,
  takenAt: z.iso.datetime(),
  protectedAccount: z.boolean(),
  /** Every attribute the conversion may change; an empty list: the user did not have it. */
  attributes: z.record(z.string(), z.array(value)),
});

/** One user as it was before the conversion: one line of the file. */
export type SnapshotUser = z.output<typeof userSchema>;

const eventSchema = z.strictObject({
  ...whoSchema,
  at: z.iso.datetime(),
  /** converted: became a mail user; restored: is to stay as before; released: may be converted again. */
  event: z.enum(["converted", "restored", "released"]),
});

/** What was done to one user after its snapshot: another line of the same file. */
export type ConversionEvent = z.output<typeof eventSchema>;

/** What `takeSnapshot` did. */
export interface SnapshotResult {
  /** Users written now. */
  readonly added: number;
  /** Users whose state the file has already. */
  readonly kept: number;
}

/**
 * Writes the users' attributes to a file, JSON Lines with octets as base64, before anything is changed. Appends only. Who
 * is in it already keeps that state, so an interrupted conversion goes on with the same file; but a user who was restored
 * and changed since, and so has a mailbox on premises again, gets another line, which is the one that counts. When this
 * resolves the lines are on the disk (fsync of file and folder). Mode 0600: addresses and group policies are private.
 * @throws MailstageError snapshot-unreadable when a whole line of an existing file is not a snapshot's
 */
export async function takeSnapshot(file: string, users: readonly DirectoryUser[]): Promise<SnapshotResult> {
  let added = 0;
  await appendDurably(file, (present) => {
    const latest = new Map(parsed(file, present).users.map((line) => [keyOf(line), line]));
    const fresh = new Map(
      users.filter((user) => isNews(user, latest.get(keyOf(user)))).map((user) => [keyOf(user), user]),
    );
    added = fresh.size;
    const takenAt = new Date().toISOString();
    return [...fresh.values()].map((user) => `${JSON.stringify(toLine(user, takenAt))}\n`).join("");
  });
  return { added, kept: users.length - added };
}

/** A conversion takes homeMDB away: with it, the user is as no conversion of ours left it. */
function isNews(user: DirectoryUser, latest: SnapshotUser | undefined): boolean {
  if (latest === undefined) return true;
  const hasMailbox = valuesOf(user.attributes, "homeMDB").length > 0;
  const same = convertedAttributes.every((name) =>
    sameValues(name, valuesOf(user.attributes, name), latest.attributes[name] ?? []),
  );
  return hasMailbox && !same;
}

function toLine(user: DirectoryUser, takenAt: string): z.input<typeof userSchema> {
  return {
    version: 1,
    takenAt,
    address: user.address,
    dn: user.dn,
    ...defined({ objectGuid: user.objectGuid }),
    protectedAccount: user.protectedAccount,
    attributes: Object.fromEntries(
      convertedAttributes.map((name) => [name, [...valuesOf(user.attributes, name)]]),
    ),
  };
}

interface Lines {
  readonly users: readonly SnapshotUser[];
  readonly events: readonly ConversionEvent[];
  /** Lines that are neither, and one that was cut off. */
  readonly leftOut: readonly Problem[];
}

function linesOf(file: string, text: string): Lines {
  const users: SnapshotUser[] = [];
  const events: ConversionEvent[] = [];
  const leftOut: Problem[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const data = parseJson(line);
    const user = userSchema.safeParse(data);
    const event = user.success ? undefined : eventSchema.safeParse(data);
    if (user.success) users.push(user.data);
    else if (event?.success) events.push(event.data);
    else
      leftOut.push({
        code: "snapshot-unreadable",
        subject: `${file}:${index + 1}`,
        reason: "is not a line of a snapshot",
        hint: "Keep the file as it is, for it may be the only record of how a user was, and look what became of the line",
      });
  }
  return { users, events, leftOut };
}

/** Where a user goes on to be converted, every line has to be understood. */
function parsed(file: string, text: string): Lines {
  const lines = linesOf(file, text);
  const [first] = lines.leftOut;
  if (first === undefined) return lines;
  throw new MailstageError({
    ...first,
    hint: "Nobody is converted while it is not clear whom it is about. Keep the file as it is, for it may be the only record of how users were, and mend the line; or give the plan another folder (conversion.snapshots)",
  });
}

/**
 * The users of a snapshot file; a last line cut off by a crash is left out.
 * @throws MailstageError snapshot-unreadable
 */
export async function readSnapshot(file: string): Promise<readonly SnapshotUser[]> {
  return parsed(file, await readDurably(file)).users;
}

/**
 * The users of a snapshot file as far as they can be read, and the lines that were left out.
 * @throws MailstageError snapshot-unreadable where the file as a whole cannot be read
 */
export async function readSnapshotLines(file: string): Promise<Pick<Lines, "users" | "leftOut">> {
  const { text, leftOut } = await readLines(file);
  const lines = linesOf(file, text);
  return { users: lines.users, leftOut: leftOut === undefined ? lines.leftOut : [...lines.leftOut, leftOut] };
}

/** Who of a snapshot file was converted or restored, by identity: the last word counts. @throws MailstageError snapshot-unreadable */
export async function readEvents(file: string): Promise<ReadonlyMap<string, ConversionEvent>> {
  return lastEvents(parsed(file, await readDurably(file)).events);
}

/**
 * Notes what was done to users whose snapshot the file has, unless it is the last word of them already. On the disk when
 * this resolves. @throws MailstageError snapshot-unreadable
 */
export async function noteEvents(
  file: string,
  event: ConversionEvent["event"],
  users: readonly (Identity & { readonly address: string })[],
): Promise<void> {
  if (users.length === 0) return;
  await appendDurably(file, (present) => {
    const lines = linesOf(file, present);
    const last = lastEvents(lines.events);
    const kept = new Set(lines.users.map(keyOf));
    const at = new Date().toISOString();
    const fresh = new Map(
      users
        .filter((user) => kept.has(keyOf(user)) && last.get(keyOf(user))?.event !== event)
        .map((user) => [keyOf(user), user]),
    );
    return [...fresh.values()]
      .map(
        ({ address, dn, objectGuid }): ConversionEvent => ({
          version: 1,
          at,
          event,
          address,
          dn,
          ...defined({ objectGuid }),
        }),
      )
      .map((line) => `${JSON.stringify(line)}\n`)
      .join("");
  });
}

function lastEvents(events: readonly ConversionEvent[]): Map<string, ConversionEvent> {
  return new Map(events.map((event) => [keyOf(event), event]));
}
