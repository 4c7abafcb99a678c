import type * as pulumi from "@pulumi/pulumi";
import { defined } from "../src/base/defined.js";
import { describeProblem, throwIfAny } from "../src/base/problem.js";
import {
  describeChange,
  describeSet,
  displacedSets,
  isNoChange,
  mailSafetyProblems,
  observe,
  type PlannedSet,
  plainSet,
  plannedLater,
  plannedSet,
  planRecordSet,
  planRemoval,
  type RecordSetChange,
  readAll,
  readRecordSet,
  recordSet,
  sameValues,
  wildcardOver,
  writtenBeside,
} from "../src/dns/index.js";
import { dnsManualContract } from "../src/state/dns-manual.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { adoptChange, saidFormer } from "./dns-adopt-report.js";
import { leavesDnsHost } from "./dns-host-left.js";
import { foresee, tellAutodiscoverService, wildcardNote } from "./dns-preview.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";

type Inputs = InputsOf<"DnsManual">;

/** A record set that a person sets. */
export type DnsManualArgs = ArgsOf<"DnsManual", "ttl" | "values" | "tenantMx" | "formerMx">;

/**
 * A record set at a host mailstage cannot write to: what to set is printed in preview and update, as a table of the
 * whole set, until every authoritative server answers it; and when a stage goes back, what to set back.
 */
export class DnsManual extends MailstageResource implements Documented<"DnsManual"> {
  declare readonly waiting: pulumi.Output<string[]>;

  constructor(name: string, args: DnsManualArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsManual", name, args, opts);
  }
}

async function plan(inputs: Inputs): Promise<RecordSetChange> {
  const { observed, name, type, ttl, values, mode, owned = [] } = inputs;
  const live = await readRecordSet({ ...observed, name, type });
  return planRecordSet(live, { name, type, values, mode, owned, ...defined({ ttl }) });
}

/** The whole set as it should be, the way zone editors show it, and what that changes. */
function instruction(change: RecordSetChange): string {
  const { name, type, after, before } = change;
  const rows = (after?.values ?? []).map((value) => [name, type, String(after?.ttl), value]);
  const table = [["Name", "Type", "TTL", "Value"], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  const lines = table.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(width(column)))
        .join("  ")
        .trimEnd()}`,
  );
  const head =
    after === undefined
      ? `Remove ${type} ${name}, which is ${describeSet(before)}:`
      : `Set at your DNS host, ${type} ${name}:`;
  return [
    head,
    ...(after === undefined ? [] : lines),
    ...describeChange(change).map((line) => `  ${line}`),
  ].join("\n");
}

async function waitingFor(inputs: Inputs): Promise<string[]> {
  const { observed, name, type } = inputs;
  const { servers } = await observe({ ...observed, name, type });
  const { ttl, values, mode, owned = [] } = inputs;
  return servers
    .filter(({ role }) => role === "authoritative")
    .flatMap((server) => {
      const label = `${server.name} (${server.address})`;
      if (server.error !== undefined) return [`${label} ${server.error}`];
      const live =
        server.ttl === undefined
          ? undefined
          : recordSet({ name, type, ttl: server.ttl, values: server.values });
      const change = planRecordSet(live, {
        name,
        type,
        values,
        mode,
        owned,
        ...defined({ ttl }),
      });
      return isNoChange(change) ? [] : [`${label} answers ${describeSet(live)}`];
    });
}

async function tell(cx: Context, change: RecordSetChange): Promise<void> {
  if (!isNoChange(change)) await cx.warn(instruction(change));
}

/**
 * What a person has to change when nobody asks for the set any more: what every other host does by itself then. Nothing where
 * somebody has set something else since.
 * @param planned whether a program runs, and not `pulumi destroy`
 */
export async function returning(inputs: Inputs, planned: boolean): Promise<RecordSetChange[]> {
  const { observed, name, type, values, mode, onDelete, displaced = [], owned = [] } = inputs;
  const live = await readRecordSet({ ...observed, name, type });
  if (live === undefined) {
    // Addresses that were taken away for a CNAME that was never set.
    const bare = type === "CNAME" && (await readAll({ ...observed, name })).length === 0;
    if (!bare || onDelete !== "restore" || !planned) return [];
    return displaced.map((set) => planRecordSet(undefined, { ...set, name, mode }));
  }
  if (mode === "exact" && !sameValues(type, live.values, values)) return [];
  return planRemoval(live, inputs, owned, planned).filter((change) => !isNoChange(change));
}

export const dnsManualProvider = /* @__PURE__ */ dynamicProvider(dnsManualContract, {
  async check(cx, news, olds, whole) {
    if (whole === undefined) {
      const { observed, name, type } = news;
      const before = { owned: olds?.owned, former: olds?.former, displaced: olds?.displaced };
      if (!observed || !name || !type) return before;
      const { live, cover } = await foresee(cx, { observed, name, type }, true);
      return { ...before, planned: [plannedLater(type, live, cover)] };
    }
    const inputs: Inputs = { ...whole, owned: olds?.owned ?? [] };
    const { observed, name, type, tenantMx, formerMx, switched } = inputs;
    const change = await plan(inputs);
    const others =
      type === "CNAME" && !isNoChange(change)
        ? (await readAll({ ...observed, name })).filter((set) => set.type !== "CNAME")
        : [];
    const cover = isNoChange(change) ? undefined : await wildcardOver({ ...observed, name });
    const beside = cover === undefined ? [] : writtenBeside(cover, change);
    const { refused, warnings } = mailSafetyProblems(change, {
      zone: observed.zone,
      owned: inputs.owned ?? [],
      cover,
      beside,
      ...defined({ tenantMx, formerMx, switched }),
    });
    throwIfAny(refused);
    for (const problem of warnings) await cx.warn(describeProblem(problem));
    if (!isNoChange(change)) await tellAutodiscoverService(cx, inputs);
    for (const set of others)
      await cx.warn(
        `Remove ${set.type} ${set.name} first, which is ${describeSet(set)}: a CNAME can stand only alone`,
      );
    await tell(cx, change);
    if (cover !== undefined && beside.length > 0)
      await cx.warn(wildcardNote(`${type} ${name}`, cover, beside, "has to be set with it"));
    const away = others.map((set): PlannedSet => ({ type: set.type, before: plainSet(set), after: null }));
    return {
      owned: [...change.owned],
      former:
        olds === undefined
          ? (saidFormer(cx.adopting, inputs, change.before) ?? plainSet(change.before))
          : (olds.former ?? null),
      displaced: olds?.displaced ?? (type === "CNAME" ? displacedSets(cover?.sets ?? others) : []),
      planned: [...away, plannedSet(change, cover)],
    };
  },

  async pending(_cx, inputs, state) {
    const waiting = await waitingFor(inputs);
    return waiting.join() !== state.waiting.join();
  },

  async adopt(_cx, adopting, inputs) {
    adoptChange(adopting, inputs, await plan(inputs));
    return { id: `${inputs.type} ${inputs.name}`, outputs: { waiting: await waitingFor(inputs) } };
  },

  async reconcile(cx, inputs) {
    const waiting = await waitingFor(inputs);
    for (const line of waiting) await cx.info(line);
    if (waiting.length > 0)
      await cx.warn(
        `${inputs.type} ${inputs.name} is not set on every authoritative server yet; run pulumi up again when it is`,
      );
    return { id: `${inputs.type} ${inputs.name}`, outputs: { waiting } };
  },

  async read(_cx, inputs, state) {
    return { inputs, outputs: state };
  },

  async delete(cx, inputs) {
    const { observed, name, type } = inputs;
    // What another host keeps from now on is not a person's to set back.
    const changes = leavesDnsHost(cx, "manual") ? [] : await returning(inputs, cx.run.appliesPlan);
    for (const change of changes) await tell(cx, change);
    if (changes.length > 0) return;
    const live = await readRecordSet({ ...observed, name, type });
    if (live !== undefined) await cx.warn(`${type} ${name} stays as it is: ${describeSet(live)}`);
  },
});
