import { defined } from "../src/base/defined.js";
import {
  canonicalName,
  type DesiredRecordSet,
  type DnsWrite,
  isSpf,
  madeBefore,
  plainSet,
  planRecordSet,
  type RecordSet,
  type RecordSetChange,
  sameMail,
} from "../src/dns/index.js";
import { isPolicyOrTerm } from "../src/dns/owned-term.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";

type Inputs = InputsOf<"DnsRecordSet">;

/** The set that inputs ask for. */
export function desired(inputs: Inputs, owned: readonly string[]): DesiredRecordSet {
  const { name, type, ttl, values, mode } = inputs;
  return { name, type, values, mode, owned, ...defined({ ttl }) };
}

/** The set as an update with these inputs left it; undefined where it shares the set with others. */
export function written(inputs: Inputs | undefined): RecordSet | undefined {
  if (inputs === undefined || inputs.mode === "merge" || inputs.ttl === undefined) return undefined;
  return { name: canonicalName(inputs.name), type: inputs.type, ttl: inputs.ttl, values: inputs.values };
}

/** What an update with these inputs put there: what stood there before it is not ours. */
export function ownedBy(inputs: Inputs | undefined): readonly string[] {
  if (inputs === undefined) return [];
  return planRecordSet(setOf(inputs, inputs.former ?? null), desired(inputs, [])).owned;
}

/**
 * What stood there before us. Of an interrupted change the journal knows it; not so where mail goes, which is what stands there
 * now: another stack may have finished the migration that the journal tells of. Only a TTL and our own proof are told apart by it.
 */
export function formerSet(
  inputs: Inputs,
  live: RecordSet | undefined,
  made: DnsWrite | undefined,
): Inputs["former"] {
  if (made === undefined) return plainSet(live);
  if (inputs.type === "TXT" && !inputs.values.some(isSpf)) return besidePolicyOf(live, made.former);
  if (inputs.type !== "MX") return made.former;
  return made.former !== null && live !== undefined && sameMail(made.former.values, live.values)
    ? made.former
    : plainSet(live);
}

/** A former set with the sender policy as it is now, which is nobody's where `ours` lets go of it. */
function besidePolicyOf(live: RecordSet | undefined, former: DnsWrite["former"]): Inputs["former"] {
  const policies = live?.values.filter(isSpf) ?? [];
  const values = [...(former?.values.filter((value) => !isSpf(value)) ?? []), ...policies];
  const ttl = former?.ttl ?? live?.ttl;
  return ttl === undefined || values.length === 0 ? null : { ttl, values };
}

/** A change of ours that stands there although no state tells of it: its run was killed. */
export const interrupted = (cx: Context, inputs: Inputs, live: RecordSet | undefined) =>
  madeBefore(cx.dnsJournal(inputs.journal), inputs, live);

/**
 * What is ours of a set: by the journal where a run was interrupted, or else by the state. Without a state nothing goes of a sender
 * policy that these inputs do not name: whoever was converted before the state was lost still sends by it.
 */
export function ownedValues(
  inputs: Inputs,
  made: DnsWrite | undefined,
  before: readonly string[] | undefined,
): readonly string[] {
  const owned = made?.owned ?? before ?? [];
  if (before !== undefined || inputs.values.some(isSpf)) return owned;
  return owned.filter((value) => !isPolicyOrTerm(value));
}

/** The change itself, and the addresses that make room for a CNAME: one atomic update. */
export function changes(inputs: Inputs, change: RecordSetChange): RecordSetChange[] {
  const away = (inputs.displaced ?? []).map(({ type, ttl, values }) =>
    planRecordSet(
      { name: inputs.name, type, ttl, values },
      { name: inputs.name, type, values: [], mode: "exact" },
    ),
  );
  return [...away, change];
}

/** A set as state has it, at the name of the inputs. */
export const setOf = (inputs: Inputs, set: (Inputs["seen"] & object) | null): RecordSet | undefined =>
  set === null ? undefined : { name: canonicalName(inputs.name), type: inputs.type, ...set };
