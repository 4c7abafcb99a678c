import { MailstageError, type Problem } from "../../base/problem.js";
import { canonicalName } from "../record-set.js";
import { serverLabel } from "../transport.js";
import { rcodeName } from "../wire.js";
import { frozen, updateFailure } from "./failures.js";
import { decodeMessage, encodeUpdate } from "./message.js";
import { exchangeSigned } from "./signed.js";
import type { Primary } from "./target.js";

async function sendOnce(target: Primary, message: Buffer, subject: string): Promise<Problem | undefined> {
  const server = serverLabel(target.server);
  try {
    const { reply, verdict, at } = await exchangeSigned(target.server, message, {
      transport: target.transport ?? "tcp",
      timeoutMs: target.timeoutMs ?? 5000,
      key: target.key,
      now: target.now,
    });
    return updateFailure(rcodeName(decodeMessage(reply).flags), verdict, {
      subject,
      server,
      zone: canonicalName(target.zone),
      keyName: target.key?.name,
      at,
    });
  } catch (cause) {
    if (cause instanceof MailstageError || !(cause instanceof Error)) throw cause;
    throw new MailstageError(
      {
        code: "dns-malformed",
        subject: `DNS server ${server}`,
        reason: "sent a reply that cannot be read",
        hint: "Look whether something between answers in its place; else look at its log",
      },
      { cause },
    );
  }
}

/**
 * Sends an update once; the problem the server reported, if any. Where it is refused, one that changes nothing tells whether the
 * key lacks a right or the zone takes no updates at all.
 * @throws MailstageError the errors of `exchange`, `dns-malformed`
 */
export async function sendUpdate(
  target: Primary,
  message: Buffer,
  subject: string,
): Promise<Problem | undefined> {
  const problem = await sendOnce(target, message, subject);
  if (problem?.code !== "dns-refused") return problem;
  const nothing = encodeUpdate(canonicalName(target.zone), [], []);
  const also = await sendOnce(target, nothing, subject);
  return also?.code === "dns-refused" ? { ...problem, ...frozen(canonicalName(target.zone)) } : problem;
}
