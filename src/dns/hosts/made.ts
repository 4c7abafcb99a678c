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
    return made === undefined ? record : { ...record, importId: made.importId };
  });
}
