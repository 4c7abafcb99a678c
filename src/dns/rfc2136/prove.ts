import { MailstageError, type Problem } from "../../base/problem.js";
import { canonicalName, type RecordType } from "../record-set.js";
import type { DnsRecord } from "../wire.js";
import { encodeUpdate } from "./message.js";
import { sendUpdate } from "./send.js";
import { primariesOf, type UpdateTarget } from "./target.js";

/** A value of each type that no zone has: taking it away changes nothing, and needs the right to change the type. */
const nobodys = {
  MX: "65535 mailstage-proof.invalid",
  TXT: "mailstage-proof",
  CNAME: "mailstage-proof.invalid",
  A: "0.0.0.0",
  AAAA: "100::",
} as const satisfies Partial<Record<RecordType, string>>;

/**
 * Whether updates will be taken, proved by updates that change nothing: the signature by an empty one, the right to each record
 * set by taking away a value that it does not have.
 * @throws MailstageError `dns-server`, `dns-timeout`, `dns-unreachable`
 */
export async function proveUpdates(
  target: UpdateTarget,
  sets: readonly { readonly name: string; readonly type: keyof typeof nobodys }[],
): Promise<Problem[]> {
  const zone = canonicalName(target.zone);
  let problems: Problem[] = [];
  for (const server of await primariesOf(target)) {
    const primary = { ...target, server };
    const signed = await sendUpdate(primary, encodeUpdate(zone, [], []), `zone ${zone}`);
    if (signed === undefined) {
      const each = await Promise.all(
        sets.map(async ({ name, type }) => {
          const record: DnsRecord = { name: canonicalName(name), type, ttl: 0, value: nobodys[type] };
          const message = encodeUpdate(zone, [], [{ kind: "remove", record }]);
          return (await sendUpdate(primary, message, `${type} ${record.name}`)) ?? [];
        }),
      );
      return each.flat();
    }
    if (problems.length === 0) problems = [signed];
    if (!["dns-notauth", "dns-notimp", "dns-refused"].includes(signed.code)) break;
  }
  if (problems.length > 0) return problems;
  throw new MailstageError({
    code: "dns-server",
    subject: `DNS server ${String(target.server)}`,
    reason: "its name has no address",
  });
}
