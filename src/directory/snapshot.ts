import { constants } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { MailstageError } from "../errors/index.js";
import { convertedAttributes, valuesOf } from "./attributes.js";
import { failureText } from "./failures.js";
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
  /** Users the file already had: their first state is kept. */
  readonly kept: number;
}

function keyOf(user: { readonly objectGuid?: string | undefined; readonly dn: string }): string {
  return user.objectGuid ?? user.dn.toLowerCase();
}

/**
 * Writes the users' attributes to a file, JSON Lines with octets as base64, before anything is changed. Appends only;
 * who is in it already keeps the first state, so an interrupted conversion goes on with the same file. When this
 * resolves the lines are on the disk (fsync of file and folder). Mode 0600: addresses and group policies are private.
 * @throws MailstageError snapshot-unreadable when a whole line of an existing file is not a snapshot's
 */
export async function takeSnapshot(file: string, users: readonly DirectoryUser[]): Promise<SnapshotResult> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await handle.chmod(0o600);
    const text = await handle.readFile("utf8");
    // A line without its end was cut off by a crash before its fsync returned: its user was not changed yet.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const known = new Set(parseLines(file, whole).map(keyOf));
    const fresh = new Map(users.filter((user) => !known.has(keyOf(user))).map((user) => [keyOf(user), user]));
    const takenAt = new Date().toISOString();
    const lines = [...fresh.values()].map((user) => `${JSON.stringify(toLine(user, takenAt))}\n`).join("");
    const end = Buffer.byteLength(whole);
    await handle.truncate(end);
    const octets = Buffer.from(lines);
    let written = 0;
    while (written < octets.length)
      written += (await handle.write(octets, written, octets.length - written, end + written)).bytesWritten;
    await handle.sync();
    await syncFolder(dirname(file));
    return { added: fresh.size, kept: users.length - fresh.size };
  } finally {
    await handle.close();
  }
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
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new MailstageError(
      {
        code: "snapshot-unreadable",
        subject: file,
        reason: `cannot be read: ${failureText(error)}`,
      },
      { cause: error },
    );
  }
  return parseLines(file, text.slice(0, text.lastIndexOf("\n") + 1));
}
