import { type Problem, throwIfAny } from "../../base/problem.js";
import { pause, retryDelay } from "../../base/retry.js";
import type { RecordSetChange } from "../plan-record-set.js";
import { failedMs } from "../query.js";
import { readFromServer, type ServerRead } from "../read.js";
import { describeSet, type RecordSet, recordTypes, sameRecordSet } from "../record-set.js";
import { serverLabel } from "../transport.js";
import { wildcardAt, writtenBeside } from "../wildcard.js";
import { wildcardProblems } from "../wildcard-safety.js";
import { type Primary, readBy } from "./target.js";

/** A change, and what the server has of it now. */
export interface Pending {
  readonly change: RecordSetChange;
  readonly live: ServerRead;
  /** It is a wildcard's answer that was read: there is no such set at the name. */
  readonly byWildcard: boolean;
}

/** A change as messages name it. */
export const label = (change: RecordSetChange) => `${change.type} ${change.name}`;
/** Whether what stands there is what the change leaves. */
export const isDone = ({ change, live }: Pending) => sameRecordSet(live.set, change.after);
/** Whether what stands there is what the change began from. */
export const isUntouched = ({ change, live }: Pending) => sameRecordSet(live.set, change.before);

/** Reads what the server has of each change. */
export function readChanges(target: Primary, changes: readonly RecordSetChange[]): Promise<Pending[]> {
  return Promise.all(
    changes.map(async (change) => ({
      change,
      live: await readFromServer(target.server, change.name, change.type, readBy(target)),
      byWildcard: false,
    })),
  );
}

/** Somebody else's change since the preview, told before anything is sent. */
export function changedProblems(pending: readonly Pending[]): Problem[] {
  return pending
    .filter((one) => !isUntouched(one))
    .map(({ change, live }) => ({
      code: "record-changed",
      subject: label(change),
      reason: `it now is ${describeSet(live.set)}, but the preview was made from ${describeSet(change.before)}`,
      hint: "Run pulumi preview again and review the new difference",
    }));
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
export async function throwIfNotApplied(target: Primary, changes: readonly RecordSetChange[]): Promise<void> {
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

/** That a wildcard at the name cannot be told from a record of its own. */
export const wildcardProblem = (target: Primary, subject: string): Problem => ({
  code: "dns-wildcard",
  subject,
  reason: "a wildcard of the zone answers for it, so there is nothing at the name that could be removed",
  operation: `UPDATE at ${serverLabel(target.server)}`,
  hint: "Leave it, or change the wildcard by hand",
});

/** What a wildcard answers for the names that the changes bring into existence. */
export async function coveredBy(
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
