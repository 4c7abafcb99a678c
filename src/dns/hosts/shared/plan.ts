import { defined } from "../../../base/defined.js";
import type { Problem } from "../../../base/problem.js";
import { changedBehindOurBack } from "../../changed-by-others.js";
import { mailSafetyProblems } from "../../mail-safety.js";
import { isPolicyOrTerm } from "../../owned-term.js";
import { type DesiredRecordSet, planRecordSet, type RecordSetChange } from "../../plan-record-set.js";
import { type PlannedSet, plannedSet } from "../../planned.js";
import { canonicalName, type RecordSet, type RecordType } from "../../record-set.js";
import { isSpf } from "../../spf.js";
import { type Declared, declare, type Granularity, type WantedSet } from "./declare.js";
import {
  type HostedContext,
  type HostedMemory,
  type HostedPlan,
  type HostedRequest,
  rememberedSet,
  removalsOf,
  setsOf,
} from "./hosted-memory.js";
import { type HostedName, type HostedRecord, setOf } from "./zone.js";

/**
 * Plans what is to be declared for a name at a host with a Pulumi provider of its own, from what stands there. What is
 * not ours stays; nothing is overwritten unseen; the mistakes of `mailSafetyProblems` are found before the native
 * resources are declared.
 */
export function planHosted(live: HostedName, request: HostedRequest, context: HostedContext): HostedPlan {
  return request.mode === "follow" ? follow(live, request, context) : place(live, request, context);
}

function follow(live: HostedName, request: HostedRequest, context: HostedContext): HostedPlan {
  const name = canonicalName(request.name);
  const { previous, granularity } = context;
  const there = setsOf(live, name).filter(({ type }) => ["A", "AAAA", "CNAME"].includes(type));
  const placed =
    previous === undefined
      ? []
      : previous.request.mode === "follow"
        ? previous.memory.placed
        : previous.request.values;
  const ours = there.some(
    (set) => set.type === "CNAME" && set.values.some((value) => placed.includes(value)),
  );
  const back = previous !== undefined && (previous.request.mode !== "follow" || ours);
  const former = back ? previous.memory.former : there.map(rememberedSet);
  const wanted = former.map((set) => ({ ...set, name }));
  const { records, clear, drop } = declare(
    granularity,
    previous?.memory.records ?? [],
    live.records.filter(({ type }) => ["A", "AAAA", "CNAME"].includes(type)),
    wanted,
  );
  return {
    memory: {
      former,
      owned: [],
      keeps: former.flatMap(({ values }) => values),
      records: [...records],
      // A removal stays declared until the next change: a second run must change nothing.
      ...(back ? { clear: [...clear], drop: [...drop] } : removalsOf(previous?.memory)),
      placed: [...placed],
    },
    change: undefined,
    planned: followed(there, back ? former : there),
    refused: [],
    warnings: [],
  };
}

/** Addresses and CNAME of a name as they are, and as they are to be again. */
function followed(
  there: readonly WantedSet[],
  wanted: readonly Pick<WantedSet, "type" | "ttl" | "values">[],
): PlannedSet[] {
  return (["A", "AAAA", "CNAME"] as const).flatMap((type): PlannedSet[] => {
    const is = (set: { readonly type: string }) => set.type === type;
    const [before, after] = [there.find(is), wanted.find(is)];
    if (before === undefined && after === undefined) return [];
    return [{ type, before: sides(before), after: sides(after) }];
  });
}

const sides = (set: Pick<WantedSet, "ttl" | "values"> | undefined) =>
  set === undefined ? null : { ttl: set.ttl, values: [...set.values] };

function place(live: HostedName, request: HostedRequest, context: HostedContext): HostedPlan {
  const name = canonicalName(request.name);
  const { type, mode, ttl, values } = request;
  const { previous, granularity } = context;
  const before = setOf(live, name, type);
  const owned = previous?.memory.owned ?? [];
  const desired: DesiredRecordSet = {
    name,
    type,
    values,
    mode: mode === "merge" ? "merge" : "exact",
    owned,
    ...defined({ ttl }),
  };
  const change = planRecordSet(before, desired);
  const written = previous?.memory.records.filter((record) => record.type === type) ?? [];
  const others = setsOf(live, name).filter((set) => set.type !== type);
  const inTheWay = live.otherTypes.map(
    (other): Problem => ({
      code: "cname-beside-data",
      subject: `CNAME ${name}`,
      reason: `a record of type ${other} is at the same name, and a CNAME can stand only alone`,
      hint: "Remove it first, if it is no longer needed",
    }),
  );
  const safety = mailSafetyProblems(change, {
    ...context,
    owned,
    // Addresses and CNAMEs at the name are removed in the same change; anything else stays in the way.
    others: type === "CNAME" ? others.filter((set) => !["A", "AAAA"].includes(set.type)) : others,
  });
  const behind =
    mode === "exact" && previous?.request.mode === "exact"
      ? changedBehindOurBack(before, writtenSet(name, type, written), change.after)
      : [];

  const former =
    previous?.memory.former ??
    setsOf(live, name)
      .filter((set) => type === "CNAME" || set.type === type)
      .map(rememberedSet);
  const wanted = wantedSet(change, granularity, mode, previous?.memory);
  const automatic =
    wanted?.ttl === context.automaticTtl && former.some((set) => set.type === type && set.automatic);
  const declared = declare(
    granularity,
    previous?.memory.records ?? [],
    live.records.filter((record) => claimable(record, type)),
    wanted === undefined ? [] : [{ ...wanted, ...(automatic ? { automatic } : {}) }],
  );
  const nothingGoes = declared.clear.length === 0 && declared.drop.length === 0;
  const sameRequest =
    previous !== undefined &&
    previous.request.mode === mode &&
    JSON.stringify(previous.request.values) === JSON.stringify(values);
  return {
    memory: {
      former,
      owned: [...change.owned],
      keeps: othersIn(change, values),
      records: [...declared.records],
      ...(nothingGoes && sameRequest
        ? removalsOf(previous.memory)
        : { clear: [...declared.clear], drop: [...declared.drop] }),
      placed: [],
    },
    change,
    planned: [
      ...(type === "CNAME" && change.after !== undefined
        ? others
            .filter((set) => ["A", "AAAA"].includes(set.type))
            .map((set) => ({ type: set.type, before: sides(set), after: null }))
        : []),
      plannedSet(change),
    ],
    refused: [...behind, ...safety.refused, ...(type === "CNAME" ? inTheWay : [])],
    warnings: safety.warnings,
  };
}

/** Values of others in the planned set: the same whether the change was made already or not. */
function othersIn({ after }: RecordSetChange, values: readonly string[]): string[] {
  const merged = (value: string) => isSpf(value) && values.some(isSpf);
  return (after?.values ?? []).filter((value) => !values.includes(value) && !merged(value));
}

/** A CNAME takes the place of addresses at its name; every other type keeps to itself. */
const claimable = (record: HostedRecord, type: RecordType) =>
  record.type === type || (type === "CNAME" && (record.type === "A" || record.type === "AAAA"));

function writtenSet(name: string, type: RecordType, records: readonly Declared[]): RecordSet | undefined {
  const [first] = records;
  return first && { name, type, ttl: first.ttl, values: records.flatMap(({ values }) => values) };
}

/** The part of the planned set that is declared: where a value is an object of its own, nobody else's is touched. */
function wantedSet(
  change: RecordSetChange,
  granularity: Granularity,
  mode: "exact" | "merge" | "follow",
  memory: HostedMemory | undefined,
): WantedSet | undefined {
  const { after, owned } = change;
  if (after === undefined) return undefined;
  const declaredBefore = memory?.records.flatMap(({ values }) => values) ?? [];
  const touchesSpf = declaredBefore.some(isSpf) || owned.some(isPolicyOrTerm);
  const values =
    granularity === "set" || mode === "exact"
      ? after.values
      : after.values.filter((value) => owned.includes(value) || (touchesSpf && isSpf(value)));
  if (values.length === 0) return undefined;
  return { ...after, values };
}
