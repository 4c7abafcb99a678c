import type * as pulumi from "@pulumi/pulumi";
import { dnsRecordSetContract } from "../src/contracts/dns-record-set.js";
import type { InputsOf } from "../src/contracts/index.js";
import { changedBehindOurBack } from "../src/dns/changed.js";
import {
  applyUpdate,
  canonicalName,
  canonicalValue,
  type DesiredRecordSet,
  type DnsWrite,
  describeChange,
  describeSet,
  isNoChange,
  isSpf,
  madeBefore,
  mailSafetyProblems,
  noteWrite,
  plainSet,
  plannedLater,
  plannedSet,
  planRecordSet,
  planRemoval,
  type RecordSet,
  type RecordSetChange,
  readRecordSet,
  sameMail,
  sameValues,
  type UpdateTarget,
} from "../src/dns/index.js";
import { hasSpfTerm, spfSenders } from "../src/dns/spf.js";
import { describeProblem, MailstageError, throwIfAny } from "../src/errors/index.js";
import { planApplies } from "../src/gates/waivers.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";

type Inputs = InputsOf<"DnsRecordSet">;

/** A record set and where it is kept. */
export type DnsRecordSetArgs = ArgsOf<"DnsRecordSet", "ttl" | "values" | "tenantMx" | "formerMx">;

/**
 * One DNS record set, kept by RFC 2136 UPDATE with TSIG. What is there already is read, adopted and, in `merge`, kept:
 * the verification TXT joins SPF at the apex. Every update is one atomic message with the set seen before as its
 * prerequisite, noted on the disk before, and read back after.
 */
export class DnsRecordSet extends MailstageResource {
  /** The set as it was before mailstage touched it; null where there was none. */
  declare readonly former: pulumi.Output<{ ttl: number; values: string[] } | null>;
  /** Values of others that stay in the set. */
  declare readonly keeps: pulumi.Output<string[]>;
  /** The set as the server has it. */
  declare readonly live: pulumi.Output<{ ttl: number; values: string[] } | null>;

  constructor(name: string, args: DnsRecordSetArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsRecordSet", name, args, opts);
  }
}

/** The set as the server that takes our updates has it. */
async function liveSet(
  known: Pick<Inputs, "server" | "zone" | "name" | "type">,
): Promise<RecordSet | undefined> {
  const { server, zone, name, type } = known;
  return readRecordSet({ zone, name, type, nameServers: [server] });
}

function target(cx: Context, known: Inputs): UpdateTarget {
  const { server, zone, key, transport } = known;
  if (key === undefined) return { server, zone, transport };
  const secret = cx.secret("MAILSTAGE_TSIG_SECRET", "tsigSecret");
  if (secret === undefined)
    throw new MailstageError({
      code: "tsig-secret-missing",
      subject: `TSIG key ${key.name}`,
      reason: "has no secret",
      hint: "Set MAILSTAGE_TSIG_SECRET, or pulumi config set --secret mailstage:tsigSecret",
    });
  return { server, zone, transport, key: { ...key, secret } };
}

function desired(known: Inputs, owned: readonly string[]): DesiredRecordSet {
  const { name, type, ttl, values, mode } = known;
  return { name, type, values, mode, owned, ...(ttl === undefined ? {} : { ttl }) };
}

/** The set as an update with these inputs left it; undefined where it shares the set with others. */
function written(known: Inputs | undefined): RecordSet | undefined {
  if (known === undefined || known.mode === "merge" || known.ttl === undefined) return undefined;
  return { name: canonicalName(known.name), type: known.type, ttl: known.ttl, values: known.values };
}

/** What an update with these inputs put there: what stood there before it is not ours. */
function ownedBy(known: Inputs | undefined): readonly string[] {
  if (known === undefined) return [];
  return planRecordSet(setOf(known, known.former ?? null), desired(known, [])).owned;
}

function sameRequest(left: Inputs, right: Inputs): boolean {
  return (
    left.ttl === right.ttl && left.mode === right.mode && sameValues(right.type, left.values, right.values)
  );
}

/**
 * What stood there before us. Of an interrupted change the journal knows it; not so where mail goes, which is what stands there
 * now: another stack may have finished the migration that the journal tells of. Only a TTL and our own proof are told apart by it.
 */
function formerSet(known: Inputs, live: RecordSet | undefined, made: DnsWrite | undefined): Inputs["former"] {
  if (made === undefined) return plainSet(live);
  if (known.type !== "MX") return made.former;
  return made.former !== null && live !== undefined && sameMail(made.former.values, live.values)
    ? made.former
    : plainSet(live);
}

/** A change of ours that stands there although no state tells of it: its run was killed. */
const interrupted = (cx: Context, known: Inputs, live: RecordSet | undefined) =>
  madeBefore(cx.dnsJournal, known, live);

const sameName = (left: Inputs, right: Inputs) =>
  canonicalName(left.name) === canonicalName(right.name) &&
  left.type === right.type &&
  left.zone === right.zone;

/** The change itself, and the addresses that make room for a CNAME: one atomic update. */
function changes(known: Inputs, change: RecordSetChange): RecordSetChange[] {
  const away = (known.displaced ?? []).map(({ type, ttl, values }) =>
    planRecordSet(
      { name: known.name, type, ttl, values },
      { name: known.name, type, values: [], mode: "exact" },
    ),
  );
  return [...away, change];
}

export const dnsRecordSetProvider = /* @__PURE__ */ dynamicProvider({
  ...dnsRecordSetContract,

  async check(cx, news, before, known) {
    if (known === undefined) {
      const { server, zone, name, type } = news;
      const live = server && zone && name && type ? await liveSet({ server, zone, name, type }) : undefined;
      return {
        former: before?.former,
        displaced: before?.displaced,
        seen: plainSet(live),
        keeps: before?.keeps,
        planned: type && [plannedLater(type, live)],
      };
    }
    const olds = before !== undefined && sameName(before, known) ? before : undefined;
    if (olds !== undefined && sameRequest(olds, known))
      return {
        former: olds.former,
        displaced: olds.displaced,
        seen: olds.seen,
        keeps: olds.keeps,
        planned: undefined,
      };

    const live = await liveSet(known);
    const made = await interrupted(cx, known, live);
    const displaced = olds?.displaced ?? made?.displaced ?? (await addressesAt(known));
    const owned = made?.owned ?? ownedBy(olds);
    const change = planRecordSet(live, desired(known, owned));
    const { refused, warnings } = mailSafetyProblems(change, {
      zone: known.zone,
      owned,
      ...(known.tenantMx === undefined ? {} : { tenantMx: known.tenantMx }),
      ...(known.formerMx === undefined ? {} : { formerMx: known.formerMx }),
      ...(known.switched === undefined ? {} : { switched: known.switched }),
    });
    const behind = changedBehindOurBack(live, written(olds), change.after);
    throwIfAny([...(written(olds) === undefined ? [] : behind), ...refused]);
    for (const problem of warnings) await cx.warn(describeProblem(problem));
    const all = olds === undefined ? changes({ ...known, displaced }, change) : [change];
    if (!all.every(isNoChange)) await cx.info(all.flatMap(describeChange).join("\n"));
    return {
      former: olds === undefined ? formerSet(known, live, made) : (olds.former ?? null),
      displaced,
      seen: plainSet(live),
      keeps: change.kept.filter((value) => !known.values.includes(value)),
      planned: all.map(plannedSet),
    };
  },

  async reconcile(cx, known, prior) {
    const before = await liveSet(known);
    const made = await interrupted(cx, known, before);
    const change = planRecordSet(before, desired(known, made?.owned ?? prior?.outputs.owned ?? []));
    const seen = known.seen === undefined ? before : setOf(known, known.seen);
    if (!isNoChange(change)) throwIfAny(changedBehindOurBack(before, seen, change.after));
    const all = prior === undefined ? changes(known, change) : [change];
    if (!all.every(isNoChange)) {
      const { zone, name, type } = known;
      await noteWrite(cx.dnsJournal, {
        zone,
        name,
        type,
        former: known.former === undefined ? plainSet(before) : known.former,
        displaced: known.displaced ?? [],
        owned: [...change.owned],
        after: plainSet(change.after),
      });
      await applyUpdate(target(cx, known), all);
    }
    const live = await liveSet(known);
    return {
      id: `${known.type} ${known.name}`,
      outputs: { owned: [...change.owned], live: plainSet(live) },
    };
  },

  async read(_cx, known, state) {
    const live = await liveSet(known);
    if (live === undefined) return undefined;
    const ours = known.mode === "exact" ? live.values : known.values.filter((value) => stands(value, live));
    const values = sameValues(known.type, ours, known.values) ? known.values : [...ours];
    return {
      inputs: { ...known, ...(known.ttl === undefined ? {} : { ttl: live.ttl }), values },
      outputs: { owned: state.owned, live: plainSet(live) },
    };
  },

  async delete(cx, known, state) {
    const before = await liveSet(known);
    if (before === undefined) return;
    const all = planRemoval(before, known, state.owned, planApplies());
    const [own] = all;
    if (own === undefined) return letGo(cx, known, before);
    if (known.mode === "exact") throwIfAny(changedBehindOurBack(before, written(known), own.after));
    if (!all.every(isNoChange)) await applyUpdate(target(cx, known), all);
  },
});

/** A set that stays is nobody's from now on, which a later migration must find in the journal. */
async function letGo(cx: Context, known: Inputs, before: RecordSet): Promise<void> {
  const { zone, name, type } = known;
  await cx.warn(`${type} ${name} stays as it is: ${describeSet(before)}`);
  const set = plainSet(before);
  await noteWrite(cx.dnsJournal, {
    zone,
    name,
    type,
    former: set,
    displaced: [],
    owned: [],
    after: set,
  });
}

/** Whether a value of ours is in the set: an SPF policy is when all its senders are in the one that stands there. */
function stands(value: string, live: RecordSet): boolean {
  if (!isSpf(value)) return live.values.includes(canonicalValue(live.type, value));
  return live.values
    .filter(isSpf)
    .some((policy) => spfSenders(value).every((term) => hasSpfTerm(policy, term)));
}

const setOf = (known: Inputs, set: (Inputs["seen"] & object) | null): RecordSet | undefined =>
  set === null ? undefined : { name: canonicalName(known.name), type: known.type, ...set };

/** Addresses where a CNAME is wanted. */
async function addressesAt(known: Inputs): Promise<NonNullable<Inputs["displaced"]>> {
  if (known.type !== "CNAME") return [];
  const found = await Promise.all(
    (["A", "AAAA"] as const).map(async (type) => ({ type, set: await liveSet({ ...known, type }) })),
  );
  return found.flatMap(({ type, set }) =>
    set === undefined ? [] : [{ type, ttl: set.ttl, values: [...set.values] }],
  );
}
