import { canonicalValue, type RecordSet } from "./record-set.js";
import { hasSpfTerm, isSpf, spfSenders } from "./spf.js";

/** Whether a value of ours is in the set: an SPF policy is when all its senders are in the one that stands there. */
export function isInSet(value: string, live: RecordSet): boolean {
  if (!isSpf(value)) return live.values.includes(canonicalValue(live.type, value));
  return live.values
    .filter(isSpf)
    .some((policy) => spfSenders(value).every((term) => hasSpfTerm(policy, term)));
}
