import { refuseWrite } from "../../base/adoption.js";
import { MailstageError, type Problem, throwIfAny } from "../../base/problem.js";
import { pause, retryDelay } from "../../base/retry.js";
import { isNoChange, type RecordSetChange } from "../plan-record-set.js";
import { failedMs } from "../query.js";
import { readFromServer } from "../read.js";
import { canonicalName, type RecordType } from "../record-set.js";
import type { DnsRecord } from "../wire.js";
import { encodeUpdate, type Prerequisite, type UpdateStep } from "./message.js";
import { sendUpdate } from "./send.js";
import { type Primary, primariesOf, readBy, type UpdateTarget } from "./target.js";
import {
  changedProblems,
  coveredBy,
  isDone,
  isUntouched,
  label,
  type Pending,
  readChanges,
  throwIfNotApplied,
  wildcardProblem,
} from "./update-outcome.js";

/** How often an update is sent that is not answered, or answered by SERVFAIL. */
const MAX_SENDINGS = 4;

/** Failures of an update after which it is read back and sent again. */
const mayPass = new Set(["dns-timeout", "dns-unreachable", "dns-servfail"]);

/** Failures that say the update was not done and is not taken here: another address of the server may. */
const notTaken = new Set(["dns-notauth", "dns-notimp", "dns-refused"]);

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
