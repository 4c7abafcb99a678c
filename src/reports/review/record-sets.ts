import { defined } from "../../base/defined.js";
import { granularityOf } from "../../dns/hosts/all-native-records.js";
import { oursAlone } from "../../dns/hosts/shared/managed-records.js";
import {
  type PlannedSet,
  planRemoval,
  type RecordSet,
  type RecordSetChange,
  recordSet,
} from "../../dns/index.js";
import { type ReadResource, readResource } from "../../state/read-resource.js";
import { hasUnknown, type Properties, type Step } from "../shared/preview.js";
import type { RecordSide } from "./model.js";
import { nativeRecordSets } from "./native-record-sets.js";
import { isPartOfReplacement, type RecordSetSides, side } from "./record-set-sides.js";

/** Kinds that plan their change themselves, and tell it. */
type Planning = "DnsRecordSet" | "DnsManual" | "DnsAdoption";
const isPlanning = (kind: Step["kind"]): kind is Planning =>
  kind === "DnsRecordSet" || kind === "DnsManual" || kind === "DnsAdoption";

/** All record sets of a preview, those that stay included: a set may be spread over several resources. */
export function recordSetsOf(steps: readonly Step[], zoneName: string | undefined): RecordSetSides[] {
  const natives = nativeRecordSets(steps, zoneName).map((set) => withoutLetGo(set, steps));
  const planned = steps.flatMap((step) =>
    isPlanning(step.kind) && !isLeft(step, steps) ? plannedSets(step, step.kind, natives) : [],
  );
  const own = new Set(planned.filter(({ answered }) => answered !== true).map(key));
  // What is itself asked for is told as that; what several bring about is told once.
  const beside = new Map(
    planned.filter((set) => set.answered === true && !own.has(key(set))).map((set) => [key(set), set]),
  );
  const told = new Set([...own, ...beside.keys()]);
  return [
    ...planned.filter(({ answered }) => answered !== true),
    ...beside.values(),
    // Where the plan of a name is told, the host's own resources are how it is carried out.
    ...natives.filter((set) => !told.has(key(set))),
  ].sort((left, right) => key(left).localeCompare(key(right), "en"));
}

/**
 * A record that is no more declared because nobody adopts its name any more, as after another `cloudNamespace`: Pulumi lets go of it, and
 * it stays at the host.
 */
function withoutLetGo(set: RecordSetSides, steps: readonly Step[]): RecordSetSides {
  const { before } = set;
  if (before === null || set.after !== null) return set;
  const adoption = steps.find((step) => {
    if (step.kind !== "DnsAdoption" || (step.op !== "delete" && step.op !== "replace")) return false;
    const { name, type } = readResource(step.kind, step.before);
    return name === set.name && type === set.type;
  });
  const {
    host,
    type,
    records = [],
  } = adoption === undefined ? {} : readResource("DnsAdoption", adoption.before);
  if (adoption === undefined || host === undefined || type === undefined) return set;
  const gone = isLeft(adoption, steps)
    ? []
    : oursAlone(granularityOf(host), { type, records }).flatMap(({ values }) => values);
  const stays = before.values.filter((value) => value === null || !gone.includes(value));
  return {
    ...set,
    after: stays.length === 0 ? null : { ...before, values: stays },
    touched: gone.length > 0,
  };
}

/** The host at which a resource keeps its set. */
function hostOf({ kind, before, after }: Step): string | undefined {
  if (kind === "DnsAdoption") return readResource(kind, after ?? before).host?.kind;
  return kind === "DnsManual" ? "manual" : "rfc2136";
}

/** Whether the plan names another DNS host from now on: then nothing is done at the one before, nor is anybody asked to. */
function isLeft(step: Step, steps: readonly Step[]): boolean {
  if (step.op !== "delete") return false;
  return steps.some(
    (other) => isPlanning(other.kind) && other.op !== "delete" && hostOf(other) !== hostOf(step),
  );
}

const key = ({ zone, name, type }: RecordSetSides) => `${zone} ${name} ${type}`;

function plannedSets(step: Step, kind: Planning, natives: readonly RecordSetSides[]): RecordSetSides[] {
  if (isPartOfReplacement(step.op)) return [];
  const props = readResource(kind, step.after ?? step.before);
  const { name, type } = props;
  if (name === undefined || type === undefined) return [];
  const zone =
    kind === "DnsRecordSet"
      ? readResource(kind, step.after ?? step.before).zone
      : readResource(kind, step.after ?? step.before).observed?.zone;
  const base = {
    zone: zone ?? name,
    name,
    proxied: false,
    joins: false,
    touched: true,
    ...(kind === "DnsManual"
      ? { byHand: step.op === "delete" ? ("told" as const) : ("observed" as const) }
      : {}),
  };
  if (step.op === "drift") return kind === "DnsRecordSet" ? driftedSet(step, base) : [];
  if (step.op === "delete") return kind === "DnsAdoption" ? [] : removedSets(step, kind, base);
  const asked = readResource(kind, step.after);
  const planned = asked.planned ?? [];
  const left = step.op === "replace" ? leftSets(step, kind, natives) : [];
  const isPlanned = (set: RecordSetSides) =>
    set.name === name && planned.some((one) => one.type === set.type);
  const carried = natives.some((set) => set.touched && isPlanned(set));
  if (step.op === "same" && !carried) return [];
  const sets = planned.map((set) => ({
    ...base,
    type: set.type,
    before: sideOf(set.before),
    ...defined({ wildcard: set.wildcard }),
    after: set.after === undefined ? later(set, asked, step.after) : sideOf(set.after),
    joins: set.after === undefined,
    proxied: natives.some((native) => native.name === name && native.type === set.type && native.proxied),
  }));
  const beside = kind === "DnsRecordSet" && planned.length > 0 ? besideSets(step, base) : [];
  return [...left, ...sets, ...beside];
}

/** What becomes of the set that is kept no more because another name is kept from now on, as after another `cloudNamespace`. */
function leftSets(step: Step, kind: Planning, natives: readonly RecordSetSides[]): RecordSetSides[] {
  const [was, is] = [readResource(kind, step.before), readResource(kind, step.after)];
  if (was.name === is.name && was.type === is.type) return [];
  return plannedSets({ ...step, op: "delete", after: undefined }, kind, natives);
}

/** What a wildcard answers at the name and below, written with it so that it is answered still. */
function besideSets(step: Step, base: Base): RecordSetSides[] {
  const { beside = [] } = readResource("DnsRecordSet", step.after);
  return beside.map(({ name, type, ...set }) => ({
    ...base,
    name,
    type,
    before: null,
    after: sideOf(set),
    answered: true,
  }));
}

/** A set of which something is known only during the update: what of it is known, and what stays beside it. */
function later(
  { before }: PlannedSet,
  { mode, ttl }: Pick<ReadResource<Planning>, "mode" | "ttl">,
  raw: Properties | undefined,
): RecordSide {
  const values = raw?.["values"];
  const wanted = Array.isArray(values)
    ? values.map((value) => (typeof value !== "string" || hasUnknown(value) ? null : value))
    : [null];
  const stays = mode === "merge" ? (before?.values ?? []) : [];
  return side(ttl ?? before?.ttl ?? null, [
    ...stays,
    ...wanted.filter((value) => value === null || !stays.includes(value)),
  ]);
}

type Base = Omit<RecordSetSides, "type" | "before" | "after">;

/** A set of ours as it was found to have drifted. */
function driftedSet(step: Step, base: Base): RecordSetSides[] {
  const { type, values = [], ttl = 0 } = readResource("DnsRecordSet", step.before);
  if (type === undefined) return [];
  const { live } = readResource("DnsRecordSet", step.outputsBefore);
  const before = sideOf(live === undefined ? { ttl, values } : live);
  const there = readResource("DnsRecordSet", step.outputsAfter).live;
  return [{ ...base, type, before, after: there === undefined ? before : sideOf(there) }];
}

/** What the removal of a set of ours leaves; none where a person is asked for nothing. */
function removedSets(step: Step, kind: "DnsRecordSet" | "DnsManual", base: Base): RecordSetSides[] {
  const props = readResource(kind, step.before);
  const { name, type, values = [], ttl = 0, mode, onDelete, former, displaced } = props;
  if (name === undefined || type === undefined) return [];
  const { live = { ttl, values }, owned = [] } = leftOf(step, kind, type);
  const before = sideOf(live);
  const present = live === null ? undefined : canonicalSet({ name, type, ...live });
  if (present === undefined || mode === undefined || onDelete === undefined)
    return [{ ...base, type, before, after: null }];
  const held = { name, type, mode, onDelete, former, displaced, ...defined({ ttl: props.ttl }) };
  const changes = planRemoval(present, held, owned, true);
  if (changes.length === 0) return kind === "DnsManual" ? [] : [{ ...base, type, before, after: before }];
  return changes.map((change: RecordSetChange) => ({
    ...base,
    type: change.type,
    before: sideOf(change.before),
    after: sideOf(change.after),
  }));
}

/** What stands there, and what of it is ours, as the state knows it. */
function leftOf(step: Step, kind: "DnsRecordSet" | "DnsManual", type: string) {
  if (kind === "DnsRecordSet") return readResource(kind, step.outputsBefore);
  const { planned, owned } = readResource(kind, step.before);
  // As it was asked for: what a person has made of it is looked up during the update.
  return { live: planned?.find((set) => set.type === type)?.after, owned };
}

/** A set in canonical form; undefined where a value is none, which the provider refuses with its reason. */
function canonicalSet(set: RecordSet): RecordSet | undefined {
  try {
    return recordSet(set);
  } catch {
    return undefined;
  }
}

const sideOf = (set: Pick<RecordSet, "ttl" | "values"> | null | undefined): RecordSide | null =>
  set === null || set === undefined ? null : side(set.ttl, set.values);
