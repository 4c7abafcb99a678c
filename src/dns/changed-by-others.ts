import type { Problem } from "../base/problem.js";
import { canonicalValues, describeSet, type RecordSet } from "./record-set.js";

/**
 * Whether somebody else changed a set that we keep exactly: it holds a value or a TTL that is neither what we wrote last
 * nor what is wanted now, or lacks one that is both. A half-done change of our own is none.
 */
export function changedBehindOurBack(
  live: RecordSet | undefined,
  written: RecordSet | undefined,
  wanted: RecordSet | undefined,
): Problem[] {
  const expected = [written, wanted].filter((set) => set !== undefined);
  const subject = expected[0] ?? live;
  if (subject === undefined) return [];
  const values = (set: RecordSet | undefined) =>
    set === undefined ? [] : canonicalValues(set.type, set.values);
  const [now, before, after] = [values(live), values(written), values(wanted)];
  const foreign = now.filter((value) => !before.includes(value) && !after.includes(value));
  const missing = before.filter((value) => after.includes(value) && !now.includes(value));
  const odd = live !== undefined && expected.length > 0 && expected.every((set) => set.ttl !== live.ttl);
  const gone = live === undefined && before.length > 0 && after.length > 0;
  if (foreign.length === 0 && missing.length === 0 && !odd && !gone) return [];
  return [recordChanged(subject, written, live)];
}

/** Somebody else's change, and the one documented step by which it is accepted. */
export function recordChanged(
  { type, name }: Pick<RecordSet, "type" | "name">,
  written: RecordSet | undefined,
  live: RecordSet | undefined,
): Problem {
  return {
    code: "record-changed",
    subject: `${type} ${name}`,
    reason: `was changed by somebody else: it was ${describeSet(written)}, and now is ${describeSet(live)}`,
    hint: "Find out who changed it and why; then set it back, or accept it with pulumi refresh, and read in pulumi preview what becomes of it. An MX that is accepted before the switch is what going back returns to",
  };
}
