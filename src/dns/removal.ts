import { defined } from "../base/defined.js";
import { isPolicyOrTerm } from "./owned-term.js";
import { planRecordSet, type RecordSetChange } from "./plan-record-set.js";
import { type RecordSet, type RecordType, recordSet } from "./record-set.js";

/** TTL and values of a set, as state has it. */
interface KeptSet {
  readonly ttl: number;
  readonly values: readonly string[];
}

/** A record set that a resource of ours keeps, as its state has it. */
export interface HeldRecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl?: number | undefined;
  readonly mode: "exact" | "merge";
  readonly onDelete: "restore" | "remove" | "leave";
  /** The set as it was before mailstage touched it. */
  readonly former?: KeptSet | null | undefined;
  /** Addresses that made room for a CNAME. */
  readonly displaced?: readonly (KeptSet & { readonly type: RecordType })[] | undefined;
}

/**
 * What becomes of a set when its resource goes: what the provider's delete applies, and what a review shows of it. Empty: it stays
 * as it is. The first change is the set's own; what follows are addresses that return. Pure.
 * @param owned what of it is ours: `owned` of the change applied last
 * @param planned whether a program runs, and not `pulumi destroy`, which removes nothing that mail goes by
 */
export function planRemoval(
  live: RecordSet | undefined,
  held: HeldRecordSet,
  owned: readonly string[],
  planned: boolean,
): RecordSetChange[] {
  if (live === undefined || held.onDelete === "leave") return [];
  const { name, type, mode, onDelete, displaced = [] } = held;
  const former = held.former ?? undefined;
  if (mode === "exact") {
    const back = onDelete === "restore" && former !== undefined ? former : undefined;
    const own = planRecordSet(live, {
      name,
      type,
      mode,
      values: back?.values ?? [],
      ...defined({ ttl: back?.ttl }),
    });
    // A destroy may give the TTL back, and takes no value away.
    if (!planned && own.added.length + own.removed.length > 0) return [];
    const addresses = onDelete === "restore" ? displaced : [];
    return [
      own,
      ...addresses.map((set) =>
        planRecordSet(undefined, { name, type: set.type, mode, ttl: set.ttl, values: set.values }),
      ),
    ];
  }
  // Senders that were added to the SPF policy are still used when the stack is destroyed.
  const ours = planned ? owned : owned.filter((value) => !isPolicyOrTerm(value));
  const left = planRecordSet(live, { name, type, mode, values: [], owned: ours }).after?.values ?? [];
  // The others' TTL returns to what it was, if it was ours that changed it.
  const ttl = former !== undefined && live.ttl === held.ttl ? former.ttl : live.ttl;
  return [planRecordSet(recordSet(live), { name, type, mode: "exact", ttl, values: left })];
}
