import { z } from "zod";
import { defined } from "../../../base/defined.js";
import {
  canonicalValues,
  type RecordSet,
  type RecordType,
  recordTypes,
  sameValues,
} from "../../record-set.js";
import { isSpf } from "../../spf.js";
import type { HostedRecord } from "./zone.js";

/** One native resource to be declared: a value, or a whole set, by the host's granularity. */
export const declaredSchema = z.object({
  type: z.enum(recordTypes),
  /** Number within its type; with the type it names the resource, so that a changed value is an update in place. */
  slot: z.number(),
  /** Seconds, as the world should see them. */
  ttl: z.number(),
  values: z.array(z.string()),
  /** The host's own spelling of values that were there before, by canonical value. */
  spelling: z.record(z.string(), z.string()),
  /** What it is imported by: set where it stood there before us. */
  importId: z.string().optional(),
  /** Whether `pulumi import` has put it into the state, by which it is imported no more. */
  held: z.boolean().optional(),
  automatic: z.boolean().optional(),
  proxied: z.boolean().optional(),
});
/** One native resource to be declared. */
export type Declared = z.output<typeof declaredSchema>;

/** A record to be removed through the host's API, because the native resource only lets go of it. */
export const removalSchema = z.object({
  importId: z.string(),
  name: z.string(),
  type: z.enum(recordTypes),
  values: z.array(z.string()),
});
/** A record to be removed. */
export type Removal = z.output<typeof removalSchema>;

/** Which native resources stand for the wanted sets. */
export interface Declaration {
  readonly records: readonly Declared[];
  /** To be removed before the records are written: other types that stand in the way. */
  readonly clear: readonly Removal[];
  /** To be removed after the records are written: surplus values of the same type. */
  readonly drop: readonly Removal[];
}

/** How a host keeps a record set: each value an object of its own, or the whole set one. */
export type Granularity = "value" | "set";

/** A set that should stand at the name, or the part of it that is ours to declare. */
export interface WantedSet extends RecordSet {
  readonly automatic?: boolean | undefined;
  readonly proxied?: boolean | undefined;
}

interface Candidate {
  readonly declared: Declared | undefined;
  readonly live: HostedRecord | undefined;
  readonly values: readonly string[];
}

const spellings = (records: readonly HostedRecord[], own: readonly string[]) =>
  Object.fromEntries(
    records.flatMap(({ spelling }) => Object.entries(spelling)).filter(([value]) => own.includes(value)),
  );

/**
 * Which native resources to declare: what was declared before keeps its resource, a record that already stands there is
 * taken over by import, and a new value takes the place of one that goes, so that the host changes it in one request. One that
 * somebody has removed at the host and that changes is made anew under another name: a change of what is gone would be refused.
 * Pure and stable: the same arguments, or those of the run before with its result, give the same names.
 */
export function declare(
  granularity: Granularity,
  previous: readonly Declared[],
  live: readonly HostedRecord[],
  wanted: readonly WantedSet[],
): Declaration {
  const records: Declared[] = [];
  const surplus: { candidate: Candidate; type: RecordType }[] = [];
  for (const type of recordTypes) {
    const set = wanted.find((one) => one.type === type);
    const mine = live.filter((record) => record.type === type);
    const before = previous.filter((one) => one.type === type);
    const candidates = candidatesOf(type, before, mine);
    const units =
      set === undefined
        ? []
        : granularity === "set"
          ? [canonicalValues(type, set.values)]
          : canonicalValues(type, set.values).map((value) => [value]);
    const taken = new Map<readonly string[], Candidate>();
    const free = () => candidates.filter((candidate) => ![...taken.values()].includes(candidate));
    for (const unit of units) {
      const same = free().find((candidate) => sameValues(type, candidate.values, unit));
      if (same !== undefined) taken.set(unit, same);
    }
    for (const unit of units) {
      if (taken.has(unit)) continue;
      const place = free().find((candidate) => granularity === "set" || mayBecome(type, candidate, unit));
      if (place !== undefined) taken.set(unit, place);
    }
    const used = new Set(before.map(({ slot }) => slot));
    // Where all that stands there is as it was declared, one that is missing was not changed by somebody: it is gone.
    const isLost = (candidate: Candidate | undefined) =>
      granularity === "value" &&
      candidate?.declared !== undefined &&
      candidate.live === undefined &&
      mine.every((record) =>
        candidates.some(({ declared, live }) => declared !== undefined && live === record),
      );
    for (const unit of units) {
      const place = taken.get(unit);
      const candidate = set !== undefined && isLost(place) && !staysAs(place, unit, set) ? undefined : place;
      let slot = candidate?.declared?.slot;
      if (slot === undefined) for (slot = 1; used.has(slot); ) slot += 1;
      used.add(slot);
      const importId =
        candidate?.declared === undefined ? candidate?.live?.importId : candidate.declared.importId;
      records.push({
        type,
        slot,
        ttl: set?.ttl ?? 0,
        values: [...unit],
        spelling: {
          ...candidate?.declared?.spelling,
          // What we wrote is in our spelling already; only what others wrote is copied.
          ...spellings(
            mine,
            unit.filter((value) => !candidate?.declared?.values.includes(value)),
          ),
        },
        ...defined({ importId }),
        ...(candidate?.declared?.held === true ? { held: true } : {}),
        ...(set?.automatic === true ? { automatic: true } : {}),
        ...(set?.proxied === true ? { proxied: true } : {}),
      });
    }
    for (const candidate of free()) surplus.push({ candidate, type });
  }
  // TXT of others stays, imported or not.
  const goes = surplus.filter(
    ({ candidate: { declared }, type }) =>
      type !== "NS" &&
      (type !== "TXT" ||
        (declared !== undefined && (granularity === "set" || declared.importId === undefined))),
  );
  const removals = goes.flatMap(({ candidate, type }) => removalOf(candidate, type));
  const kept = new Set(records.map(({ type }) => type));
  return {
    records: records.sort((left, right) => order(left) - order(right)),
    clear: removals.filter(({ type }) => !kept.has(type) && kept.size > 0),
    drop: removals.filter(({ type }) => kept.has(type) || kept.size === 0),
  };
}

/** Whether a record stays as it is declared: the engine leaves it alone then, and a refresh finds out that it is gone. */
const staysAs = (place: Candidate | undefined, unit: readonly string[], set: WantedSet) =>
  place?.declared !== undefined &&
  sameValues(set.type, place.declared.values, unit) &&
  place.declared.ttl === set.ttl &&
  place.declared.automatic === set.automatic &&
  place.declared.proxied === set.proxied;

const order = ({ type, slot }: Declared) => recordTypes.indexOf(type) * 1000 + slot;

/** What a wanted unit may take the place of: what we declared before, then what stands there unclaimed. */
function candidatesOf(
  type: RecordType,
  before: readonly Declared[],
  live: readonly HostedRecord[],
): Candidate[] {
  const claimed = before.map((declared) => ({
    declared,
    live: live.find((record) => sameValues(type, record.values, declared.values)),
    values: declared.values,
  }));
  const unclaimed = live
    .filter((record) => !claimed.some((candidate) => candidate.live === record))
    .filter((record) => !before.some((declared) => sameValues(type, declared.values, record.values)))
    // A record edited since still is the one that was imported.
    .filter((record) => !before.some((declared) => declared.importId === record.importId))
    .map((record) => ({ declared: undefined, live: record, values: record.values }));
  return [...claimed, ...unclaimed];
}

/** Whether a record may change into a value: a TXT only an SPF policy into an SPF policy, or a neighbour's text would be overwritten. */
function mayBecome(type: RecordType, candidate: Candidate, unit: readonly string[]): boolean {
  return type !== "TXT" || (candidate.values.every(isSpf) && unit.every(isSpf));
}

function removalOf({ declared, live }: Candidate, type: RecordType): Removal[] {
  if (live === undefined) return [];
  return [{ importId: live.importId, name: live.name, type, values: [...(declared?.values ?? live.values)] }];
}
