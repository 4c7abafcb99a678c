import { pause, retryDelay } from "../../cloud/retry.js";
import { MailstageError, type Problem, throwIfAny } from "../../errors/index.js";
import { describeSet } from "../mail-safety.js";
import { isNoChange, type RecordSetChange } from "../plan-record-set.js";
import { failedMs } from "../query.js";
import { readFromServer, type ServerRead } from "../read.js";
import { canonicalName, recordTypes, sameRecordSet } from "../record-set.js";
import { serverAddresses } from "../servers.js";
import { type DnsServer, exchange, serverLabel, type Transport } from "../transport.js";
import { rcodeName } from "../wire.js";
import { updateFailure } from "./failures.js";
import { decodeMessage, encodeUpdate, type Prerequisite, type UpdateStep } from "./message.js";
import { signMessage, type TsigKey, type TsigVerdict, verifyMessage } from "./tsig.js";

/** The server that takes a zone's updates, and how to reach it. */
export interface UpdateTarget {
  /** The primary server: an address, or `host` or `host:port`. */
  readonly server: DnsServer | string;
  readonly zone: string;
  /** Absent: updates are not signed, for servers that allow them by address. */
  readonly key?: TsigKey | undefined;
  /** @default "tcp" */
  readonly transport?: Transport;
  /** Milliseconds to wait for the server to carry out an update. @default 5000 */
  readonly timeoutMs?: number;
  /** The clock signatures are made with. @default the machine's */
  readonly now?: () => Date;
}

/** A message over UDP beyond this is sent over TCP, as it would be cut into fragments. */
const UDP_LIMIT = 1232;

/** How often an update is sent that is not answered, or answered by SERVFAIL. */
const MAX_SENDINGS = 4;

/** Failures of an update after which it is read back and sent again. */
const mayPass = new Set(["dns-timeout", "dns-unreachable", "dns-servfail"]);

/** A target whose server's address is known. */
type Primary = UpdateTarget & { readonly server: DnsServer };

interface Pending {
  readonly change: RecordSetChange;
  readonly live: ServerRead;
}

/** What is read around an update goes the way the update goes. */
const readBy = (target: Primary) => ({ transport: target.transport ?? "tcp" });

const label = (change: RecordSetChange) => `${change.type} ${change.name}`;
const isDone = ({ change, live }: Pending) => sameRecordSet(live.set, change.after);
const isUntouched = ({ change, live }: Pending) => sameRecordSet(live.set, change.before);

function readChanges(target: Primary, changes: readonly RecordSetChange[]): Promise<Pending[]> {
  return Promise.all(
    changes.map(async (change) => ({
      change,
      live: await readFromServer(target.server, change.name, change.type, readBy(target)),
    })),
  );
}

/** Somebody else's change since the preview, told before anything is sent. */
function changedProblems(pending: readonly Pending[]): Problem[] {
  return pending
    .filter((one) => !isUntouched(one))
    .map(({ change, live }) => ({
      code: "record-changed",
      subject: label(change),
      reason: `it now is ${describeSet(live.set)}, but the preview was made from ${describeSet(change.before)}`,
      hint: "Run pulumi preview again and review the new difference",
    }));
}

async function addressOf(server: DnsServer | string): Promise<DnsServer> {
  if (typeof server !== "string") return server;
  const [first] = await serverAddresses(server);
  if (first !== undefined) return first;
  throw new MailstageError({
    code: "dns-server",
    subject: `DNS server ${server}`,
    reason: "its name has no address",
  });
}

function checkChanges(zone: string, changes: readonly RecordSetChange[]): void {
  const apex = canonicalName(zone);
  throwIfAny(
    changes.flatMap((change): Problem[] => {
      const inside = change.name === apex || change.name.endsWith(`.${apex}`);
      if (change.type !== "NS" && change.type !== "SOA" && inside) return [];
      return [
        {
          code: inside ? "dns-type" : "dns-notzone",
          subject: label(change),
          reason: inside ? "mailstage does not change delegations" : `it is outside the zone ${apex}`,
          hint: "Check dns.zone in the plan",
        },
      ];
    }),
  );
}

/** The whole update: all prerequisites, then all deletions, then all additions; kept TXT values keep the strings they were sent as. */
function updateMessage(zone: string, pending: readonly Pending[]): Buffer {
  const prerequisites = pending.map(
    ({ change, live }): Prerequisite =>
      live.records.length === 0
        ? { kind: "absent", name: change.name, type: change.type }
        : { kind: "equals", records: live.records },
  );
  const deletions = pending
    .filter(({ live }) => live.records.length > 0)
    .map(({ change }): UpdateStep => ({ kind: "delete", name: change.name, type: change.type }));
  const additions = pending.flatMap(({ change: { name, type, after }, live }) =>
    (after?.values ?? []).map((value): UpdateStep => {
      const chunks = live.records.find((record) => record.value === value)?.chunks;
      const record = { name, type, value, ttl: after?.ttl ?? 0, ...(chunks === undefined ? {} : { chunks }) };
      return { kind: "add", record };
    }),
  );
  return encodeUpdate(canonicalName(zone), prerequisites, [...deletions, ...additions]);
}

/** Sends an update once; the problem the server reported, if any. */
async function send(target: Primary, message: Buffer, subject: string): Promise<Problem | undefined> {
  const at = target.now?.() ?? new Date();
  const signed = target.key === undefined ? undefined : signMessage(message, target.key, at);
  const request = signed?.message ?? message;
  const transport = request.length > UDP_LIMIT ? "tcp" : (target.transport ?? "tcp");
  const reply = await exchange(target.server, request, transport, target.timeoutMs ?? 5000);
  const context = {
    subject,
    server: serverLabel(target.server),
    zone: canonicalName(target.zone),
    keyName: target.key?.name,
    at,
  };
  try {
    const verdict: TsigVerdict =
      target.key === undefined
        ? { kind: "unsigned" }
        : verifyMessage(reply, [target.key], target.now?.() ?? new Date(), signed?.mac);
    return updateFailure(rcodeName(decodeMessage(reply).flags), verdict, context);
  } catch (cause) {
    throw new MailstageError(
      {
        code: "dns-malformed",
        subject: `DNS server ${context.server}`,
        reason: "sent a reply that cannot be read",
      },
      { cause },
    );
  }
}

/** What stands beside a CNAME that did not get in, or a CNAME in the way of other data. */
async function inTheWay(target: Primary, change: RecordSetChange): Promise<string> {
  const types =
    change.type === "CNAME" ? recordTypes.filter((type) => type !== "CNAME") : (["CNAME"] as const);
  const reads = await Promise.all(
    types.map((type) => readFromServer(target.server, change.name, type, readBy(target))),
  );
  return reads
    .flatMap(({ set }) => (set === undefined ? [] : [`${set.type} ${set.values.join(", ")}`]))
    .join("; ");
}

/** A server may say NOERROR and do nothing (BIND, with a CNAME beside other data): only reading back tells. */
async function notAppliedProblems(target: Primary, pending: readonly Pending[]): Promise<Problem[]> {
  return Promise.all(
    pending
      .filter((one) => !isDone(one))
      .map(async ({ change, live }) => {
        const beside = await inTheWay(target, change);
        return {
          code: beside === "" ? "dns-update-ignored" : "cname-beside-data",
          subject: label(change),
          reason: `the server accepted the update, but holds ${describeSet(live.set)} in place of ${describeSet(change.after)}${beside === "" ? "" : `: ${beside} is at the same name, and a CNAME can stand only alone`}`,
          operation: `UPDATE at ${serverLabel(target.server)}`,
          hint:
            beside === ""
              ? "Look at the server's log, and at who else writes to the zone"
              : "Remove the other records in the same change",
        };
      }),
  );
}

/**
 * The server answers for sets that it says it does not hold: a wildcard answered. The new records are then put beside it, on
 * condition that there are none; a wildcard's answer cannot be taken away by itself.
 */
async function sendBesideWildcard(
  target: Primary,
  pending: readonly Pending[],
  subject: string,
): Promise<Problem | undefined> {
  if (pending.every(({ change }) => change.after === undefined))
    return {
      code: "dns-wildcard",
      subject,
      reason: "a wildcard of the zone answers for it, so there is nothing at the name that could be removed",
      operation: `UPDATE at ${serverLabel(target.server)}`,
      hint: "Leave it, or change the wildcard by hand",
    };
  const bare = pending.map(({ change }) => ({ change, live: { set: undefined, records: [] } }));
  return send(target, updateMessage(target.zone, bare), subject);
}

/**
 * Carries out one change, or several as one (such as A away and CNAME in): a single atomic UPDATE whose prerequisites hold
 * the server to what the preview saw, values and TTL. What is already as wanted is left alone. After every write the
 * records are read back. An update without an answer, or that the server failed at (SERVFAIL), is read back before it is
 * sent again.
 * @throws MailstageError `record-changed` for somebody else's change, `dns-refused`, `dns-notauth`, `dns-badkey`,
 *   `dns-badsig`, `dns-badtime`, `dns-notzone`, `dns-servfail`, `dns-timeout`, `dns-unreachable`, `dns-reply-forged`,
 *   `cname-beside-data`, `dns-update-ignored`, `dns-wildcard`. Source: RFC 2136, RFC 8945.
 */
export async function applyUpdate(
  target: UpdateTarget,
  change: RecordSetChange | readonly RecordSetChange[],
): Promise<void> {
  const changes = ("name" in change ? [change] : [...change]).filter((one) => !isNoChange(one));
  if (changes.length === 0) return;
  checkChanges(target.zone, changes);
  const subject = changes.map(label).join(", ");
  const primary = { ...target, server: await addressOf(target.server) };

  let failed: MailstageError | undefined;
  for (let sent = 0; ; sent += 1) {
    const pending = await readChanges(primary, changes);
    if (pending.every(isDone)) return;
    throwIfAny(changedProblems(pending));
    if (failed !== undefined && sent >= MAX_SENDINGS) throw failed;
    if (failed?.code === "dns-servfail") await pause(retryDelay(sent, failedMs));
    try {
      let problem = await send(primary, updateMessage(target.zone, pending), subject);
      if (problem?.code === "record-changed") {
        const now = await readChanges(primary, changes);
        // The first sending of a repeated update may have arrived late.
        if (now.every(isDone)) return;
        if (now.every(isUntouched)) problem = await sendBesideWildcard(primary, now, subject);
      }
      if (problem !== undefined) throw new MailstageError(problem);
    } catch (error) {
      // A closed connection is as silent about what was done as a lost reply: read back first.
      if (!(error instanceof MailstageError) || !mayPass.has(error.code)) throw error;
      failed = error;
      continue;
    }
    throwIfAny(await notAppliedProblems(primary, await readChanges(primary, changes)));
    return;
  }
}
