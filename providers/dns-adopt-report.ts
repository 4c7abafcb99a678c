import { isDeepStrictEqual } from "node:util";
import type { Adopting } from "../src/base/adoption.js";
import type { Problem } from "../src/base/problem.js";
import {
  describeChange,
  describeSet,
  isNoChange,
  type PlannedSet,
  type RecordSet,
  type RecordSetChange,
  touches,
} from "../src/dns/index.js";
import { formerMx } from "../src/migration/adopt/former-mx.js";

/** A record set as it is asked for. */
interface Asked {
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
  readonly mode: "exact" | "merge" | "follow";
}

/** Whether other values stand there than would. */
const otherValues = (before: RecordSet | undefined, after: RecordSet | undefined): boolean =>
  before !== undefined && before.values.join("\n") !== after?.values.join("\n");

const differing = (label: string, before: RecordSet | undefined, after: RecordSet | undefined): Problem => ({
  code: "adopt-record-differs",
  subject: label,
  reason: `is ${describeSet(before)}, and the plan makes it ${describeSet(after)}`,
  hint: "Set the stage in the plan at which it is as it stands; it was not changed",
});

/**
 * Tells how a record set stands, for adoption: other values of a set that is to have ours alone differ from the plan; ours that are
 * missing beside others', and a TTL, are left to `pulumi up`. @returns whether it stands as planned
 */
export function adoptChange(adopting: Adopting, asked: Asked, change: RecordSetChange | undefined): boolean {
  if (change === undefined || isNoChange(change)) return true;
  const { before, after } = change;
  const label = `${asked.type} ${asked.name}`;
  if (asked.mode === "exact" && otherValues(before, after)) adopting.differs(differing(label, before, after));
  else {
    const lines = describeChange(change).filter((line) => !line.startsWith("= "));
    adopting.absent(`${label}: ${lines.join("; ")}`);
  }
  return false;
}

/** The same of record sets at a host, each as it is and as it would be. */
export function adoptPlanned(adopting: Adopting, asked: Asked, planned: readonly PlannedSet[]): void {
  const sets = planned.map(({ type, before, after }) => {
    const named = (set: typeof before | undefined) => set && { name: asked.name, type, ...set };
    return { type, before: named(before) ?? undefined, after: named(after) ?? undefined };
  });
  for (const { type, before, after } of sets) {
    if (isDeepStrictEqual(before, after)) continue;
    if (asked.mode === "exact" && otherValues(before, after))
      adopting.differs(differing(`${type} ${asked.name}`, before, after));
    else adopting.absent(`${type} ${asked.name}: is ${describeSet(before)}, to be ${describeSet(after)}`);
  }
  if (sets.length === 0) adopting.absent(`${asked.type} ${asked.name}`);
}

/** What a person said that stood there before the migration, of an MX that is the tenant's already. */
export function saidFormer(
  adopting: Adopting | undefined,
  asked: Asked & { readonly tenantMx?: readonly string[] | undefined },
  live: RecordSet | undefined,
): { ttl: number; values: string[] } | undefined {
  const routed = asked.type === "MX" && touches(asked.values, asked.tenantMx ?? []);
  return adopting !== undefined && routed ? formerMx(live) : undefined;
}
