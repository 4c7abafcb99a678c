import { nativeRecordsOf } from "../../dns/hosts/all-native-records.js";
import type { NativeSet } from "../../dns/hosts/host-interface.js";
import type { Granularity } from "../../dns/hosts/shared/declare.js";
import { hasUnknown, type Properties, type Step } from "../shared/preview.js";
import { isPartOfReplacement, type RecordSetSides, side } from "./record-set-sides.js";

/** Whether a step is of a resource of Cloudflare's or Azure's own provider. */
export const isNative = ({ type }: Pick<Step, "type">): boolean => nativeRecordsOf(type) !== undefined;

/**
 * Whether the record of a native resource is the same before and after. What its provider knows besides, such as `proxied: false`
 * which it leaves out of what it imports, and the date of a change, is none of the record.
 */
export function isSameRecord(step: Step): boolean {
  const isProxied = (properties: Properties | undefined) => properties?.["proxied"] === true;
  return (
    isProxied(step.before) === isProxied(step.after) &&
    nativeRecordSets([step], undefined).every(
      ({ before, after }) => JSON.stringify(before) === JSON.stringify(after),
    )
  );
}

/** Record sets as the native resources of DNS hosts show them. */
export function nativeRecordSets(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  const isOf = (granularity: Granularity) => (step: Step) =>
    nativeRecordsOf(step.type)?.granularity === granularity;
  return [
    ...setsOfValues(steps.filter(isOf("value")), zoneName),
    ...steps.filter(isOf("set")).flatMap(wholeSet),
  ];
}

const read = ({ type }: Step, properties: Properties | undefined): NativeSet | undefined =>
  nativeRecordsOf(type)?.read(properties, hasUnknown);

/** Where one resource is one value, those of one name and type are one record set. */
function setsOfValues(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  const sets = new Map<string, RecordSetSides>();
  const add = (step: Step, properties: Properties | undefined, which: "before" | "after") => {
    const native = read(step, properties);
    if (native === undefined) return;
    const { zone, name, type, ttl, values, proxied } = native;
    const full = fullName(name, zoneName);
    const id = `${zone} ${full} ${type}`;
    const set = sets.get(id) ?? {
      zone: zoneName ?? zone,
      name: full,
      type,
      before: null,
      after: null,
      joins: false,
      touched: false,
      proxied: false,
    };
    sets.set(id, {
      ...set,
      [which]: side(ttl, [...(set[which]?.values ?? []), ...values]),
      touched: set.touched || step.op !== "same",
      proxied: set.proxied || (which === "after" && proxied),
    });
  };
  for (const step of steps) {
    if (isPartOfReplacement(step.op)) continue;
    if (step.before !== undefined) add(step, step.before, "before");
    // What is imported was there before: it is adopted, not made.
    else if (step.op === "import") add(step, step.after, "before");
    if (step.op !== "delete" && step.after !== undefined) add(step, step.after, "after");
  }
  return [...sets.values()];
}

function fullName(name: string, zone: string | undefined): string {
  if (zone === undefined || name === zone || name.endsWith(`.${zone}`)) return name;
  return name === "@" ? zone : `${name}.${zone}`;
}

function wholeSet(step: Step): RecordSetSides[] {
  if (isPartOfReplacement(step.op)) return [];
  const before = step.before ?? (step.op === "import" ? step.after : undefined);
  const after = step.op === "delete" ? undefined : step.after;
  const native = read(step, after ?? before);
  if (native === undefined) return [];
  const { zone, name, type } = native;
  const sideOf = (properties: Properties | undefined) => {
    const set = read(step, properties);
    return set === undefined ? null : side(set.ttl, set.values);
  };
  return [
    {
      zone,
      name,
      type,
      before: sideOf(before),
      after: sideOf(after),
      joins: false,
      touched: step.op !== "same",
      proxied: false,
    },
  ];
}
