import { z } from "zod";
import { defined } from "../base/defined.js";
import type { RecordSetChange } from "./plan-record-set.js";
import { type RecordSet, recordTypes } from "./record-set.js";
import type { WildcardCover } from "./wildcard.js";

/** TTL in seconds and values of a record set. */
export const setSchema = z.object({ ttl: z.number(), values: z.array(z.string()) });

const displacedSet = z.object({ type: z.enum(["A", "AAAA", "MX", "TXT"]), ...setSchema.shape });

/** What made room for a CNAME: addresses, and whatever a wildcard answered at its name. */
export const displacedSchema = z.array(displacedSet);

/** Those of some sets that have to make room for a CNAME, as state has them. */
export function displacedSets(sets: readonly RecordSet[]): z.output<typeof displacedSchema> {
  return sets.flatMap(({ type, ttl, values }) => {
    const set = displacedSet.safeParse({ type, ttl, values: [...values] });
    return set.success ? [set.data] : [];
  });
}

/**
 * What an update makes of record sets: planned in `check` by the code that applies it, so that a review shows what is done and
 * from what. `before` is what was answered when it was planned, and `wildcard` what answered it where nothing stood at the name itself;
 * `after` is missing where it is known only during the update.
 */
export const plannedSchema = z.array(
  z.object({
    type: z.enum(recordTypes),
    before: setSchema.nullable(),
    after: setSchema.nullable().optional(),
    wildcard: z.string().exactOptional(),
  }),
);
/** What an update makes of one record set. */
export type PlannedSet = z.output<typeof plannedSchema>[number];

/** A set as state has it. */
export const plainSet = (set: RecordSet | undefined) =>
  set === undefined ? null : { ttl: set.ttl, values: [...set.values] };

/**
 * A planned change as state has it.
 * @param cover the wildcard that answers for the name so far
 */
export function plannedSet({ type, before, after }: RecordSetChange, cover?: WildcardCover): PlannedSet {
  return { ...plannedLater(type, before, cover), after: plainSet(after) };
}

/** The same while what is wanted is not known yet. */
export function plannedLater(
  type: PlannedSet["type"],
  before: RecordSet | undefined,
  cover?: WildcardCover,
): PlannedSet {
  const wildcard = before === undefined ? undefined : cover?.wildcard;
  return { type, before: plainSet(before), ...defined({ wildcard }) };
}
