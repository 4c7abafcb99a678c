import { z } from "zod";
import { MailstageError } from "../errors/index.js";
import { appendDurably, readDurably } from "../snapshots/durable-lines.js";
import type { UnifiedMessagingUser } from "./unified-messaging.js";

const lineSchema = z.strictObject({
  address: z.string().min(1),
  dn: z.string().min(1),
  settings: z.record(
    z.string(),
    z.array(z.union([z.string(), z.strictObject({ base64: z.base64() })])).readonly(),
  ),
});

/**
 * Keeps what disabling Unified Messaging takes away: one JSON line a user, on the disk when this resolves, mode 0600. It
 * holds the checksums of voice mail PINs, which is why it is a file and not state. A user's last line counts.
 * @throws MailstageError snapshot-unreadable
 */
export async function keepUnifiedMessaging(
  file: string,
  users: readonly UnifiedMessagingUser[],
): Promise<void> {
  await appendDurably(file, (present) => {
    const last = new Map(parse(file, present).map((user) => [user.address, JSON.stringify(user)]));
    return users
      .map(({ address, dn, settings }) => ({ address, line: JSON.stringify({ address, dn, settings }) }))
      .filter(({ address, line }) => last.get(address) !== line)
      .map(({ line }) => `${line}\n`)
      .join("");
  });
}

/** The users of such a file by address, lower-cased. @throws MailstageError snapshot-unreadable */
export async function readUnifiedMessaging(file: string): Promise<ReadonlyMap<string, UnifiedMessagingUser>> {
  return new Map(parse(file, await readDurably(file)).map((user) => [user.address.toLowerCase(), user]));
}

function parse(file: string, text: string): UnifiedMessagingUser[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    const parsed = z.string().transform(toJson).pipe(lineSchema).safeParse(line);
    if (parsed.success) return [parsed.data];
    throw new MailstageError({
      code: "snapshot-unreadable",
      subject: `${file}:${index + 1}`,
      reason: "is not a line of what Unified Messaging was like",
      hint: "keep the file as it is, and give the plan another folder",
    });
  });
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
