import type * as pulumi from "@pulumi/pulumi";
import { defined } from "../src/base/defined.js";
import { describeProblem, throwIfAny } from "../src/base/problem.js";
import { changedBehindOurBack } from "../src/dns/changed-by-others.js";
import {
  applyUpdate,
  canonicalName,
  describeChange,
  describeSet,
  goesTo,
  isNoChange,
  mailSafetyProblems,
  noteWrite,
  plainSet,
  plannedLater,
  plannedSet,
  planRecordSet,
  planRemoval,
  type RecordSet,
  sameValues,
  wildcardAtPrimary,
  writtenBeside,
} from "../src/dns/index.js";
import { isInSet } from "../src/dns/is-in-set.js";
import { dnsRecordSetContract } from "../src/state/dns-record-set.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { adoptChange, saidFormer } from "./dns-adopt-report.js";
import { leavesDnsHost, stayAtFormerHost } from "./dns-host-left.js";
import { tellAutodiscoverService, wildcardNote } from "./dns-preview.js";
import {
  changes,
  desired,
  formerSet,
  interrupted,
  ownedBy,
  ownedValues,
  setOf,
  written,
} from "./dns-record-set-inputs.js";
import {
  besideOf,
  displacedBy,
  foreseeUpdate,
  liveSet,
  secretNote,
  source,
  target,
} from "./dns-update-source.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";

type Inputs = InputsOf<"DnsRecordSet">;

/** A record set and where it is kept. */
export type DnsRecordSetArgs = ArgsOf<"DnsRecordSet", "ttl" | "values" | "tenantMx" | "formerMx">;

/**
 * One DNS record set, kept by RFC 2136 UPDATE with TSIG. What is there already is read, adopted and, in `merge`, kept:
 * the verification TXT joins SPF at the apex. Every update is one atomic message with the set seen before as its
 * prerequisite, noted on the disk before, and read back after.
 */
export class DnsRecordSet extends MailstageResource implements Documented<"DnsRecordSet"> {
  declare readonly former: pulumi.Output<{ ttl: number; values: string[] } | null>;
  declare readonly keeps: pulumi.Output<string[]>;
  declare readonly live: pulumi.Output<{ ttl: number; values: string[] } | null>;

  constructor(name: string, args: DnsRecordSetArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsRecordSet", name, args, opts);
  }
}

function sameRequest(left: Inputs, right: Inputs): boolean {
  return (
    left.ttl === right.ttl && left.mode === right.mode && sameValues(right.type, left.values, right.values)
  );
}

const sameName = (left: Inputs, right: Inputs) =>
  canonicalName(left.name) === canonicalName(right.name) &&
  left.type === right.type &&
  left.zone === right.zone;

export const dnsRecordSetProvider = /* @__PURE__ */ dynamicProvider(dnsRecordSetContract, {
  async check(cx, news, before, inputs) {
    if (inputs === undefined) {
      const { server, zone, name, type, transport = "tcp", key } = news;
      const placed = server !== undefined && zone !== undefined && name !== undefined && type !== undefined;
      const foreseen = placed
        ? await foreseeUpdate(cx, { server, zone, name, type, transport, key })
        : undefined;
      return {
        former: before?.former,
        displaced: before?.displaced,
        beside: foreseen?.beside ?? before?.beside,
        seen: plainSet(foreseen?.live),
        keeps: before?.keeps,
        planned: type && [plannedLater(type, foreseen?.live, foreseen?.cover)],
      };
    }
    const olds = before !== undefined && sameName(before, inputs) ? before : undefined;
    if (olds !== undefined && sameRequest(olds, inputs)) {
      const { former, displaced, beside, seen, keeps } = olds;
      return { former, displaced, beside, seen, keeps, planned: undefined };
    }

    const live = await liveSet(cx, inputs);
    const made = await interrupted(cx, inputs, live);
    const owned = ownedValues(inputs, made, olds && ownedBy(olds));
    const change = planRecordSet(live, desired(inputs, owned));
    const cover = isNoChange(change) ? undefined : await wildcardAtPrimary(source(cx, inputs), inputs.name);
    const beside = cover === undefined ? [] : writtenBeside(cover, change);
    if (!isNoChange(change)) {
      const { zone, server, name, type } = inputs;
      await tellAutodiscoverService(cx, { observed: { zone, nameServers: [server] }, name, type });
    }
    const displaced = olds?.displaced ?? made?.displaced ?? (await displacedBy(cx, inputs, cover));
    const { refused, warnings } = mailSafetyProblems(change, {
      zone: inputs.zone,
      owned,
      cover,
      beside,
      ...defined({ tenantMx: inputs.tenantMx, formerMx: inputs.formerMx, switched: inputs.switched }),
    });
    const behind = changedBehindOurBack(live, written(olds), change.after);
    throwIfAny([...(written(olds) === undefined ? [] : behind), ...refused]);
    for (const problem of warnings) await cx.warn(describeProblem(problem));
    const all = olds === undefined ? changes({ ...inputs, displaced }, change) : [change];
    if (!all.every(isNoChange)) await cx.info(all.flatMap(describeChange).join("\n"));
    if (cover !== undefined && beside.length > 0)
      await cx.warn(wildcardNote(`${inputs.type} ${inputs.name}`, cover, beside, "is written with it"));
    if (inputs.key !== undefined && source(cx, inputs).key === undefined && !isNoChange(change))
      await cx.warn(secretNote(inputs.key));
    return {
      former:
        olds === undefined
          ? (saidFormer(cx.adopting, inputs, live) ?? formerSet(inputs, live, made))
          : (olds.former ?? null),
      displaced,
      beside: besideOf(beside),
      seen: plainSet(live),
      keeps: change.kept.filter((value) => !inputs.values.includes(value)),
      planned: all.map((one) => plannedSet(one, cover)),
    };
  },

  async adopt(cx, adopting, inputs) {
    const live = await liveSet(cx, inputs);
    const made = await interrupted(cx, inputs, live);
    const change = planRecordSet(live, desired(inputs, ownedValues(inputs, made, undefined)));
    adoptChange(adopting, inputs, change);
    return {
      id: `${inputs.type} ${inputs.name}`,
      outputs: { owned: [...change.owned], live: plainSet(live) },
    };
  },

  async reconcile(cx, inputs, prior) {
    const before = await liveSet(cx, inputs);
    const made = await interrupted(cx, inputs, before);
    const change = planRecordSet(before, desired(inputs, ownedValues(inputs, made, prior?.outputs.owned)));
    const seen = inputs.seen === undefined ? before : setOf(inputs, inputs.seen);
    if (!isNoChange(change)) throwIfAny(changedBehindOurBack(before, seen, change.after));
    const all = prior === undefined ? changes(inputs, change) : [change];
    const { zone, name, type } = inputs;
    const letsGo = made?.owned.some((value) => !change.owned.includes(value)) === true;
    if (letsGo || !all.every(isNoChange)) {
      await noteWrite(cx.dnsJournal(inputs.journal), {
        zone,
        name,
        type,
        former: inputs.former === undefined ? plainSet(before) : inputs.former,
        displaced: inputs.displaced ?? [],
        owned: [...change.owned],
        after: plainSet(change.after),
      });
    }
    if (!all.every(isNoChange)) {
      await applyUpdate(target(cx, inputs), all);
      const { values, tenantMx = [] } = inputs;
      if (type === "MX" && goesTo(values, tenantMx) && !goesTo(before?.values ?? [], tenantMx))
        cx.run.switched.add(canonicalName(name));
    }
    const live = await liveSet(cx, inputs);
    return {
      id: `${inputs.type} ${inputs.name}`,
      outputs: { owned: [...change.owned], live: plainSet(live) },
    };
  },

  async read(cx, inputs, state) {
    const live = await liveSet(cx, inputs);
    if (live === undefined) return undefined;
    const ours =
      inputs.mode === "exact" ? live.values : inputs.values.filter((value) => isInSet(value, live));
    const values = sameValues(inputs.type, ours, inputs.values) ? inputs.values : [...ours];
    return {
      inputs: { ...inputs, ...(inputs.ttl === undefined ? {} : { ttl: live.ttl }), values },
      outputs: { owned: state.owned, live: plainSet(live) },
    };
  },

  async delete(cx, inputs, state) {
    if (leavesDnsHost(cx, "rfc2136")) return stayAtFormerHost(cx, inputs, inputs.server);
    const before = await liveSet(cx, inputs);
    if (before === undefined) return;
    const all = planRemoval(before, inputs, state.owned, cx.run.appliesPlan);
    const [own] = all;
    if (own === undefined) return letGo(cx, inputs, before);
    if (inputs.mode === "exact") throwIfAny(changedBehindOurBack(before, written(inputs), own.after));
    if (!all.every(isNoChange)) await applyUpdate(target(cx, inputs), all);
  },
});

/** A set that stays is nobody's from now on, which a later migration must find in the journal. */
async function letGo(cx: Context, inputs: Inputs, before: RecordSet): Promise<void> {
  const { zone, name, type } = inputs;
  await cx.warn(`${type} ${name} stays as it is: ${describeSet(before)}`);
  const set = plainSet(before);
  await noteWrite(cx.dnsJournal(inputs.journal), {
    zone,
    name,
    type,
    former: set,
    displaced: [],
    owned: [],
    after: set,
  });
}
