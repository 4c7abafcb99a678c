import { z } from "zod";
import { parseJson } from "../../base/json.js";
import { MailstageError } from "../../base/problem.js";
import { appendDurably, readDurably } from "../../snapshots/durable-lines.js";
import { keyOf } from "./identity.js";
import type { UnifiedMessagingUser } from "./unified-messaging.js";

const lineSchema = z.strictObject({
  address: z.string().min(1),
  dn: z.string().min(1),
  objectGuid: z.guid().exactOptional(),
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
    const last = new Map(parse(file, present).map((user) => [keyOf(user), textOf(user)]));
    return users
      .filter((user) => last.get(keyOf(user)) !== textOf(user))
      .map((user) => `${textOf(user)}\n`)
      .join("");
  });
}

const textOf = ({ address, dn, objectGuid, settings }: UnifiedMessagingUser) =>
  JSON.stringify({ address, dn, objectGuid, settings });

/** The users of such a file, each as its last line has it: two that had one address are two. @throws MailstageError snapshot-unreadable */
export async function readUnifiedMessaging(file: string): Promise<readonly UnifiedMessagingUser[]> {
  const users = parse(file, await readDurably(file));
  return [...new Map(users.map((user) => [keyOf(user), user])).values()];
}

function parse(file: string, text: string): UnifiedMessagingUser[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    const parsed = lineSchema.safeParse(parseJson(line));
    if (parsed.success) return [parsed.data];
    throw new MailstageError({
      code: "snapshot-unreadable",
      subject: `${file}:${index + 1}`,
      reason: "is not a line of what Unified Messaging was like",
      hint: "Keep the file as it is, for it may be the only record of the settings, and mend that line",
    });
  });
}
