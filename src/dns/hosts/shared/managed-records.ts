import { isDeepStrictEqual } from "node:util";
import type { PlannedSet } from "../../planned.js";
import { sameValues } from "../../record-set.js";
import { isSpf } from "../../spf.js";
import type { Declared, Granularity } from "./declare.js";
import { type HostedName, holds } from "./zone.js";

/**
 * The records of a set that are deleted with it: those that we made and no mail depends on, which is the TXT that proves the domain.
 * Pulumi lets go of all others, and they stay at the host as they are. For example an SPF policy stays, and so does a TXT that a CNAME
 * of ours had displaced and that was made again when the CNAME went: it is somebody's. Where the host keeps whole sets none is deleted.
 */
export function oursAlone(
  granularity: Granularity,
  { type, records }: { readonly type: Declared["type"]; readonly records: readonly Declared[] },
): Declared[] {
  if (granularity === "set" || type !== "TXT") return [];
  return records.filter(
    (record) => record.type === type && record.importId === undefined && !record.values.some(isSpf),
  );
}

/** How a declared record's native resource is told from the others of its set. */
const endOfName = ({ type, slot }: Declared) => `${type.toLowerCase()}-${slot}`;

/** Records that are declared and that the state does not hold. @param managed absent where that is not known: then none */
export function unmanaged(records: readonly Declared[], managed: readonly string[] | undefined): Declared[] {
  if (managed === undefined) return [];
  return records.filter((record) => !managed.includes(endOfName(record)));
}

/** Whether what a record was imported from is gone from the host: its import would fail. */
export const isImportLost = ({ importId }: Declared, live: HostedName): boolean =>
  importId !== undefined && !live.records.some((one) => one.importId === importId);

/** Whether what a record is to be imported from holds other values by now: the import would be followed by a change that nobody has seen. */
export const isImportChanged = (record: Declared, live: HostedName): boolean =>
  live.records.some((one) => one.importId === record.importId && !holds(one, record));

/**
 * Has records imported that the state does not hold: those that a run before has made and could not save, and those that a destroy
 * which was refused half-way has let go of. What was imported once and is gone since is made anew. Pure.
 */
export function importMade(
  records: readonly Declared[],
  live: HostedName,
  managed: readonly string[] | undefined,
): Declared[] {
  const open = unmanaged(records, managed);
  return records.map((record) => {
    if (!open.includes(record)) return record;
    const { held: _held, importId: imported, ...rest } = record;
    if (imported !== undefined && !isImportLost(record, live)) return { ...rest, importId: imported };
    const made = live.records.find(
      (one) => holds(one, record) && !records.some((other) => other.importId === one.importId),
    );
    return made === undefined ? rest : { ...rest, importId: made.importId };
  });
}

/**
 * What an update makes of a set where somebody has removed a declared record at the host: the state holds it as it is declared, so
 * the engine leaves it alone, and it stays gone until a refresh finds that out. `lost` are the values of such records. Pure.
 */
export function withoutLost(
  planned: readonly PlannedSet[],
  records: readonly Declared[],
  live: HostedName,
  state: { readonly before: readonly Declared[]; readonly managed: readonly string[] | undefined },
  granularity: Granularity,
): { readonly planned: readonly PlannedSet[]; readonly lost: readonly string[] } {
  const gone = records.filter(
    (record) =>
      state.managed?.includes(endOfName(record)) === true &&
      state.before.some((other) => isDeepStrictEqual(other, record)) &&
      !live.records.some((one) => holds(one, record)),
  );
  const isThere = (type: Declared["type"], value: string) =>
    live.records.some(
      (one) => one.type === type && one.values.some((other) => sameValues(type, [other], [value])),
    );
  const missing = gone.flatMap(({ type, values }) =>
    values.filter((value) => !isThere(type, value)).map((value) => ({ type, value })),
  );
  const left = planned.flatMap((set) => {
    // A whole set is one resource, which the engine leaves alone with all that stands there.
    if (granularity === "set" && gone.some(({ type }) => type === set.type)) return [];
    const lost = missing.filter(({ type }) => type === set.type).map(({ value }) => value);
    if (lost.length === 0 || !set.after) return [set];
    const values = set.after.values.filter((value) => !lost.includes(value));
    const after = { ...set.after, values };
    return set.before && sameValues(set.type, set.before.values, values) && set.before.ttl === after.ttl
      ? []
      : [{ ...set, after: values.length === 0 ? null : after }];
  });
  return { planned: left, lost: missing.map(({ value }) => value) };
}
