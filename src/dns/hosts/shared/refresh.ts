import { canonicalName, sameValues } from "../../record-set.js";
import { type Declared, declare, type Granularity } from "./declare.js";
import { type HostedMemory, type HostedRequest, plainSets } from "./hosted-memory.js";
import { isImportLost } from "./managed-records.js";
import { type HostedName, holds, setOf } from "./zone.js";

/** What `pulumi refresh` takes over of a name: the request as if what stands there had been asked for, and its memory. */
export interface Refreshed {
  readonly request: Pick<HostedRequest, "values" | "ttl">;
  readonly memory: HostedMemory;
}

/**
 * Takes over what somebody else has changed at the host. A set that is kept exactly becomes what stands there, so that the next
 * update changes nothing; and it is "what stood there before us" as long as mail is not routed to the tenant, so that the way
 * back leads to it. A record that is gone is no longer imported. Pure; gives back its arguments where nothing was changed.
 * @param switched whether the set is the tenant's already
 */
export function refreshHosted(
  live: HostedName,
  request: HostedRequest,
  memory: HostedMemory,
  { granularity, switched }: { readonly granularity: Granularity; readonly switched: boolean },
): Refreshed {
  const name = canonicalName(request.name);
  const { type, ttl } = request;
  const present = memory.records.map((record) => withoutLost(record, live));
  const set = setOf(live, name, type);
  if (request.mode !== "exact" || set === undefined)
    return { request, memory: { ...memory, records: present } };
  const written = present.filter((record) => record.type === type);
  const asWritten =
    sameValues(
      type,
      set.values,
      written.flatMap(({ values }) => values),
    ) && written.every((record) => record.ttl === set.ttl);
  if (asWritten) return { request, memory: { ...memory, records: present } };
  const standing = present.filter((record) => hasRecord(record, live));
  const own = live.records.filter((record) => record.type === type);
  const automatic = own.some((record) => record.automatic);
  const { records } = declare(granularity, standing, own, [{ ...set, ...(automatic ? { automatic } : {}) }]);
  return {
    request: { values: [...set.values], ttl: ttl === undefined ? undefined : set.ttl },
    memory: {
      ...memory,
      former: switched ? memory.former : plainSets(live, name).filter((one) => one.type === type),
      owned: [...set.values],
      keeps: [],
      records: [...records],
      clear: [],
      drop: [],
    },
  };
}

/** A record whose import would fail, since what it was imported from is gone, is made anew if it is still wanted. */
function withoutLost(record: Declared, live: HostedName): Declared {
  const { importId: _, ...rest } = record;
  return isImportLost(record, live) ? rest : record;
}

/** Whether a native resource still has its record: the one it imported, whatever it holds now, or one with the values it wrote. */
const hasRecord = (record: Declared, live: HostedName): boolean =>
  record.importId === undefined
    ? live.records.some((one) => holds(one, record))
    : !isImportLost(record, live);
