import { isDeepStrictEqual } from "node:util";
import type { PlannedSet } from "../planned.js";
import { sameValues } from "../record-set.js";
import type { Declared } from "./declare.js";
import type { HostedName } from "./zone.js";

/** How a declared record's native resource is told from the others of its set. */
const endOfName = ({ type, slot }: Declared) => `${type.toLowerCase()}-${slot}`;

/** Records that are to be made and that the state does not hold. @param managed absent where that is not known: then none */
export function unmanaged(records: readonly Declared[], managed: readonly string[] | undefined): Declared[] {
  if (managed === undefined) return [];
  return records.filter((record) => record.importId === undefined && !managed.includes(endOfName(record)));
}

/**
 * Has records imported that a run before has made and could not save: they stand at the host as declared, and the state does not
 * hold them. Pure.
 */
export function importMade(
  records: readonly Declared[],
  live: HostedName,
  managed: readonly string[] | undefined,
): Declared[] {
  const open = unmanaged(records, managed);
  return records.map((record) => {
    if (!open.includes(record)) return record;
    const made = live.records.find(
      ({ importId, type, values }) =>
        type === record.type &&
        sameValues(type, values, record.values) &&
        !records.some((other) => other.importId === importId),
    );
    const { held: _held, ...rest } = record;
    return made === undefined ? record : { ...rest, importId: made.importId };
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
): { readonly planned: readonly PlannedSet[]; readonly lost: readonly string[] } {
  const gone = records.filter(
    (record) =>
      state.managed?.includes(endOfName(record)) === true &&
      state.before.some((other) => isDeepStrictEqual(other, record)) &&
      !live.records.some(
        ({ type, values }) => type === record.type && sameValues(type, values, record.values),
      ),
  );
  const left = planned.flatMap((set) => {
    const lost = gone.filter(({ type }) => type === set.type).flatMap(({ values }) => values);
    if (lost.length === 0 || !set.after) return [set];
    const values = set.after.values.filter((value) => !lost.includes(value));
    const after = { ...set.after, values };
    return set.before && sameValues(set.type, set.before.values, values) && set.before.ttl === after.ttl
      ? []
      : [{ ...set, after: values.length === 0 ? null : after }];
  });
  return { planned: left, lost: gone.flatMap(({ values }) => values) };
}
