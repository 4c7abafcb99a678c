import { refuseWrite } from "../../base/adoption.js";
import { MailstageError, type Problem, throwIfAny } from "../../base/problem.js";
import { pause, retryDelay } from "../../base/retry.js";
import { isNoChange, type RecordSetChange } from "../plan-record-set.js";
import { failedMs } from "../query.js";
import { readFromServer, type ServerRead } from "../read.js";
import {
  canonicalName,
  describeSet,
  type RecordSet,
  type RecordType,
  recordTypes,
  sameRecordSet,
} from "../record-set.js";
import { serverLabel } from "../transport.js";
import { wildcardAt, writtenBeside } from "../wildcard.js";
import { wildcardProblems } from "../wildcard-safety.js";
import type { DnsRecord } from "../wire.js";
import { encodeUpdate, type Prerequisite, type UpdateStep } from "./message.js";
import { sendUpdate } from "./send.js";
import { type Primary, primariesOf, readBy, type UpdateTarget } from "./target.js";

/** How often an update is sent that is not answered, or answered by SERVFAIL. */
const MAX_SENDINGS = 4;

/** Failures of an update after which it is read back and sent again. */
const mayPass = new Set(["dns-timeout", "dns-unreachable", "dns-servfail"]);

/** Failures that say the update was not done and is not taken here: another address of the server may. */
const notTaken = new Set(["dns-notauth", "dns-notimp", "dns-refused"]);

interface Pending {
  readonly change: RecordSetChange;
  readonly live: ServerRead;
  /** It is a wildcard's answer that was read: there is no such set at the name. */
  readonly byWildcard: boolean;
}

const label = (change: RecordSetChange) => `${change.type} ${change.name}`;
const isDone = ({ change, live }: Pending) => sameRecordSet(live.set, change.after);
const isUntouched = ({ change, live }: Pending) => sameRecordSet(live.set, change.before);

function readChanges(target: Primary, changes: readonly RecordSetChange[]): Promise<Pending[]> {
  return Promise.all(
    changes.map(async (change) => ({
      change,
      live: await readFromServer(target.server, change.name, change.type, readBy(target)),
      byWildcard: false,
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

/** The records of a set as it is to be: what is kept keeps the strings it was sent as, two records that read alike included. */
function recordsAfter({ change: { name, type, after }, live }: Pending): DnsRecord[] {
  const ttl = after?.ttl ?? 0;
  return (after?.values ?? []).flatMap((value): DnsRecord[] => {
    const kept = live.records.filter((record) => record.value === value);
    return kept.length === 0 ? [{ name, type, value, ttl }] : kept.map((record) => ({ ...record, ttl }));
  });
}

/** The whole update: all prerequisites, then all deletions, then all additions. */
function updateMessage(
  zone: string,
  pending: readonly Pending[],
  beside: readonly (readonly DnsRecord[])[],
): Buffer {
  const absent = ({ name, type }: Pick<DnsRecord, "name" | "type">): Prerequisite => ({
    kind: "absent",
    name,
    type,
  });
  const prerequisites = pending.map(({ change, live, byWildcard }) =>
    live.records.length === 0 || byWildcard
      ? absent(change)
      : ({ kind: "equals", records: live.records } as const),
  );
  const deletions = pending
    .filter(({ live, byWildcard }) => live.records.length > 0 && !byWildcard)
    .map(({ change }): UpdateStep => ({ kind: "delete", name: change.name, type: change.type }));
  const additions = [...pending.flatMap(recordsAfter), ...beside.flat()];
  return encodeUpdate(
    canonicalName(zone),
    [...prerequisites, ...beside.flatMap(([first]) => (first === undefined ? [] : [absent(first)]))],
    [...deletions, ...additions.map((record): UpdateStep => ({ kind: "add", record }))],
  );
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
async function throwIfNotApplied(target: Primary, changes: readonly RecordSetChange[]): Promise<void> {
  const until = Date.now() + (target.settleMs ?? 15_000);
  for (let round = 1; ; round += 1) {
    const open = (await readChanges(target, changes)).filter((one) => !isDone(one));
    const beside = await Promise.all(open.map(({ change }) => inTheWay(target, change)));
    // A secondary that passes updates on to its primary shows them after the next transfer.
    const late = open.every((one) => isUntouched(one)) && beside.every((found) => found === "");
    if (open.length > 0 && late && Date.now() < until) {
      await pause(retryDelay(round, failedMs));
      continue;
    }
    return throwIfAny(open.map((one, index) => notApplied(target, one, beside[index] ?? "")));
  }
}

function notApplied(target: Primary, { change, live }: Pending, beside: string): Problem {
  return {
    code: beside === "" ? "dns-update-ignored" : "cname-beside-data",
    subject: label(change),
    reason: `the server accepted the update, but holds ${describeSet(live.set)} in place of ${describeSet(change.after)}${beside === "" ? "" : `: ${beside} is at the same name, and a CNAME can stand only alone`}`,
    operation: `UPDATE at ${serverLabel(target.server)}`,
    hint:
      beside === ""
        ? "If it is a secondary that passes updates on, name the primary server in the plan (dns.server); else look at the server's log, and at who else writes to the zone"
        : "Remove the other records in the same change",
  };
}

const wildcardProblem = (target: Primary, subject: string): Problem => ({
  code: "dns-wildcard",
  subject,
  reason: "a wildcard of the zone answers for it, so there is nothing at the name that could be removed",
  operation: `UPDATE at ${serverLabel(target.server)}`,
  hint: "Leave it, or change the wildcard by hand",
});

/** What a wildcard answers for the names that the changes bring into existence. */
async function coveredBy(
  target: Primary,
  changes: readonly RecordSetChange[],
): Promise<{ readonly names: readonly string[]; readonly beside: readonly RecordSet[] }> {
  const covers = await Promise.all(
    changes
      .filter(({ after }) => after !== undefined)
      .map(async (change) => ({
        change,
        cover: await wildcardAt(target.server, target.zone, change.name, readBy(target)),
      })),
  );
  const changed = (name: string, type: string) =>
    changes.some((change) => change.name === name && change.type === type && change.after !== undefined);
  const sets = covers.flatMap(({ change, cover }) =>
    cover === undefined ? [] : writtenBeside(cover, change).filter(({ name, type }) => !changed(name, type)),
  );
  throwIfAny(covers.flatMap(({ change, cover }) => wildcardProblems(change, cover, sets)));
  return {
    names: [...new Set(covers.flatMap(({ cover }) => cover?.names ?? []))],
    beside: [...new Map(sets.map((set) => [`${set.name} ${set.type}`, set])).values()],
  };
}

/** Which of the sets that were read are a wildcard's answers, asked of the server itself: a prerequisite looks at what is there. */
async function asTheyStand(
  target: Primary,
  pending: readonly Pending[],
  { names, beside }: Awaited<ReturnType<typeof coveredBy>>,
): Promise<{ readonly pending: Pending[]; readonly beside: DnsRecord[][] }> {
  const stands = async (name: string, type: RecordType): Promise<boolean> => {
    const question = encodeUpdate(canonicalName(target.zone), [{ kind: "absent", name, type }], []);
    const problem = await sendUpdate(target, question, `${type} ${name}`);
    if (problem !== undefined && problem.code !== "record-changed") throw new MailstageError(problem);
    return problem !== undefined;
  };
  const own = await Promise.all(
    pending.map(async (one) => {
      const { change, live } = one;
      const asked = live.records.length > 0 && names.includes(change.name);
      return { ...one, byWildcard: asked && !(await stands(change.name, change.type)) };
    }),
  );
  const missing = await Promise.all(
    beside.map(async ({ name, type }) => {
      if (await stands(name, type)) return [];
      const { records } = await readFromServer(target.server, name, type, readBy(target));
      return [records.map((record) => ({ ...record, name }))];
    }),
  );
  // A wildcard's answer cannot be taken away; what comes in beside it hides it.
  return {
    pending: own.filter(({ byWildcard, change }) => !byWildcard || change.after !== undefined),
    beside: missing.flat(),
  };
}

/**
 * Carries out one change, or several as one (such as A away and CNAME in): a single atomic UPDATE whose prerequisites hold
 * the server to what the preview saw, values and TTL. What is already as wanted is left alone. Where it brings a name into
 * existence that a wildcard answered for, the wildcard's other sets are written with it, at the name and below, so that no
 * answer is lost (RFC 4592). After every write the records are read back. An update without an answer, or that the server
 * failed at (SERVFAIL), is read back before it is sent again.
 * @throws MailstageError `record-changed` for somebody else's change, `dns-refused`, `dns-notauth`, `dns-badkey`,
 *   `dns-badsig`, `dns-badtime`, `dns-notzone`, `dns-servfail`, `dns-timeout`, `dns-unreachable`, `dns-reply-forged`,
 *   `cname-beside-data`, `dns-update-ignored`, `dns-wildcard`, `dns-wildcard-hidden`. Source: RFC 2136, RFC 8945.
 */
export async function applyUpdate(
  target: UpdateTarget,
  change: RecordSetChange | readonly RecordSetChange[],
): Promise<void> {
  const changes = ("name" in change ? [change] : [...change]).filter((one) => !isNoChange(one));
  if (changes.length === 0) return;
  refuseWrite("DNS UPDATE");
  checkChanges(target.zone, changes);
  const servers = await primariesOf(target);
  let failed: MailstageError | undefined;
  for (const server of servers)
    try {
      return await applyAt({ ...target, server }, changes);
    } catch (error) {
      if (!(error instanceof MailstageError) || !notTaken.has(error.code)) throw error;
      failed ??= error;
    }
  if (failed !== undefined) throw failed;
}

async function applyAt(primary: Primary, changes: readonly RecordSetChange[]): Promise<void> {
  const subject = changes.map(label).join(", ");
  const cover = await coveredBy(primary, changes);
  let failed: MailstageError | undefined;
  for (let sent = 0; ; sent += 1) {
    const read = await readChanges(primary, changes);
    if (read.every(isDone)) return;
    throwIfAny(changedProblems(read));
    if (failed !== undefined && sent >= MAX_SENDINGS) throw failed;
    if (failed?.code === "dns-servfail") await pause(retryDelay(sent, failedMs));
    try {
      const { pending, beside } =
        cover.names.length === 0 ? { pending: read, beside: [] } : await asTheyStand(primary, read, cover);
      const problem = await sendUpdate(primary, updateMessage(primary.zone, pending, beside), subject);
      if (problem?.code === "record-changed") {
        const now = await readChanges(primary, changes);
        // The first sending of a repeated update may have arrived late.
        if (now.every(isDone)) return;
        const removal = changes.every(({ after }) => after === undefined);
        if (removal && now.every(isUntouched)) throw new MailstageError(wildcardProblem(primary, subject));
      }
      if (problem !== undefined) throw new MailstageError(problem);
    } catch (error) {
      // A closed connection is as silent about what was done as a lost reply: read back first.
      if (!(error instanceof MailstageError) || !mayPass.has(error.code)) throw error;
      failed = error;
      continue;
    }
    return throwIfNotApplied(primary, changes);
  }
}
