import { z } from "zod";
import { MailstageError } from "../errors/index.js";
import { appendDurably, readDurably } from "../snapshots/durable-lines.js";
import { convertedAttributes, sameValues, valuesOf } from "./attributes.js";
import type { DirectoryUser } from "./types.js";

const value = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

const lineSchema = z.strictObject({
  version: z.literal(1),
  takenAt: z.iso.datetime(),
  address: z.string().min(1),
  dn: z.string().min(1),
  objectGuid: z.guid().optional(),
  protectedAccount: z.boolean(),
  /** Every attribute the conversion may change; an empty list: the user did not have it. */
  attributes: z.record(z.string(), z.array(value)),
});

/** One user as it was before the conversion: one line of the file. */
export type SnapshotUser = z.output<typeof lineSchema>;

/** What `takeSnapshot` did. */
export interface SnapshotResult {
  /** Users written now. */
  readonly added: number;
  /** Users whose state the file has already. */
  readonly kept: number;
}

function keyOf(user: { readonly objectGuid?: string | undefined; readonly dn: string }): string {
  return user.objectGuid ?? user.dn.toLowerCase();
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
    const known = new Map(parseLines(file, present).map((line) => [keyOf(line), line]));
    const fresh = new Map(
      users.filter((user) => isNews(user, known.get(keyOf(user)))).map((user) => [keyOf(user), user]),
    );
    added = fresh.size;
    const takenAt = new Date().toISOString();
    return [...fresh.values()].map((user) => `${JSON.stringify(toLine(user, takenAt))}\n`).join("");
  });
  return { added, kept: users.length - added };
}

/** A conversion takes homeMDB away: with it, the user is as no conversion of ours left it. */
function isNews(user: DirectoryUser, known: SnapshotUser | undefined): boolean {
  if (known === undefined) return true;
  const hasMailbox = valuesOf(user.attributes, "homeMDB").length > 0;
  const same = convertedAttributes.every((name) =>
    sameValues(name, valuesOf(user.attributes, name), known.attributes[name] ?? []),
  );
  return hasMailbox && !same;
}

function toLine(user: DirectoryUser, takenAt: string): z.input<typeof lineSchema> {
  return {
    version: 1,
    takenAt,
    address: user.address,
    dn: user.dn,
    ...(user.objectGuid !== undefined && { objectGuid: user.objectGuid }),
    protectedAccount: user.protectedAccount,
    attributes: Object.fromEntries(
      convertedAttributes.map((name) => [name, [...valuesOf(user.attributes, name)]]),
    ),
  };
}

function parseLines(file: string, text: string): SnapshotUser[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    let data: unknown;
    try {
      data = JSON.parse(line);
    } catch {
      data = undefined;
    }
    const parsed = lineSchema.safeParse(data);
    if (parsed.success) return [parsed.data];
    throw new MailstageError({
      code: "snapshot-unreadable",
      subject: `${file}:${index + 1}`,
      reason: "is not a line of a snapshot",
      hint: "keep the file as it is, it may be the only record of how users were, and give the plan another folder",
    });
  });
}

/**
 * The users of a snapshot file; a last line cut off by a crash is left out.
 * @throws MailstageError snapshot-unreadable
 */
export async function readSnapshot(file: string): Promise<readonly SnapshotUser[]> {
  return parseLines(file, await readDurably(file));
}
