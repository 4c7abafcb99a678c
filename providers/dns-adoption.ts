import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Adopting } from "../src/base/adoption.js";
import { defined } from "../src/base/defined.js";
import { describeProblem, MailstageError, throwIfAny } from "../src/base/problem.js";
import {
  automaticTtlOf,
  granularityOf,
  type HostedMemory,
  type HostedName,
  type HostedRequest,
  type HostedZone,
  holds,
  hostedMemorySchema,
  importMade,
  isImportChanged,
  isImportLost,
  openZone,
  oursAlone,
  planHosted,
  refreshHosted,
  setOf,
  unmanaged,
  withoutLost,
} from "../src/dns/hosts/index.js";
import {
  canonicalValues,
  describeChange,
  hostProblems,
  isNoChange,
  plannedLater,
  readRecordSet,
  wildcardOver,
} from "../src/dns/index.js";
import { dnsAdoptionContract } from "../src/state/dns-adoption.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { adoptPlanned } from "./dns-adopt-report.js";
import { leavesDnsHost, stayAtFormerHost } from "./dns-host-left.js";
import { foresee, tellAutodiscoverService } from "./dns-preview.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";

type Inputs = InputsOf<"DnsAdoption">;

/** What is wanted of a record set at a host. */
export type DnsAdoptionArgs = ArgsOf<"DnsAdoption", "ttl" | "values" | "tenantMx" | "formerMx" | "managed">;

/**
 * What is known of a record set that Cloudflare's or Azure's own Pulumi provider keeps: read live from the host's API
 * during preview, so that existing records are taken over by import, merged, and restored later, and a mistake is
 * refused before a native resource is declared. Writes nothing itself.
 */
export class DnsAdoption extends MailstageResource implements Documented<"DnsAdoption"> {
  // Documented here: the contract has these from the hosts' memory, whose documentation the package's declarations leave out.
  /** The native resources to declare. */
  declare readonly records: pulumi.Output<HostedMemory["records"]>;
  /** Records that are removed before these are declared. */
  declare readonly clear: pulumi.Output<HostedMemory["clear"]>;
  /** Records that are removed once these are declared. */
  declare readonly drop: pulumi.Output<HostedMemory["drop"]>;
  /** What stood there before mailstage. */
  declare readonly former: pulumi.Output<HostedMemory["former"]>;

  constructor(name: string, args: DnsAdoptionArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsAdoption", name, args, opts);
  }
}

/** Refuses to write to a host whose name servers do not serve the zone: nobody would see the change. */
async function checkHost(zone: HostedZone, inputs: Pick<Inputs, "host" | "observed">): Promise<void> {
  const { observed, host } = inputs;
  const [expected, served] = await Promise.all([
    zone.nameServers(),
    readRecordSet({ ...observed, name: observed.zone, type: "NS" }),
  ]);
  throwIfAny(hostProblems(observed.zone, host.kind, served?.values ?? [], expected));
}

const requestOf = ({ name, type, ttl, values, mode }: Inputs): HostedRequest => ({
  name,
  type,
  ttl,
  values,
  mode,
});
const memoryOf = (inputs: Inputs): HostedMemory | undefined => hostedMemorySchema.safeParse(inputs).data;

function sameRequest(left: Inputs, right: Inputs): boolean {
  return JSON.stringify(requestOf(left)) === JSON.stringify(requestOf(right));
}

const isBare = ({ records, otherTypes }: HostedName) => records.length + otherTypes.length === 0;

/** What is to be declared, or what a preview can say of it while the values are not known yet. */
async function planAtHost(
  cx: Context,
  news: Partial<Inputs>,
  olds: Inputs | undefined,
  inputs: Inputs | undefined,
): Promise<Partial<Inputs>> {
  const before = olds === undefined ? undefined : memoryOf(olds);
  if (inputs === undefined) {
    const { host, observed, name, type } = news;
    if (!host || !observed || !name || !type) return { ...before };
    const there = await openZone(host, observed.zone, cx.secret).at(name);
    if (before === undefined && isBare(there)) await foresee(cx, { observed, name, type }, false);
    return { ...before, planned: [plannedLater(type, setOf(there, name, type))] };
  }
  const asBefore =
    olds !== undefined && before !== undefined && inputs.mode === "exact" && sameRequest(olds, inputs);
  const open = asBefore ? unmanaged(before.records, inputs.managed) : [];
  if (asBefore && open.length === 0) return { ...before, planned: undefined };

  const zone = openZone(inputs.host, inputs.observed.zone, cx.secret);
  if (before === undefined) await checkHost(zone, inputs);
  const live = await zone.at(inputs.name);
  // Where one that is to be imported again is gone or another, somebody has changed the set meanwhile: it is planned anew.
  if (asBefore && !open.some((record) => isImportLost(record, live) || isImportChanged(record, live)))
    return {
      ...before,
      records: importMade(before.records, live, inputs.managed),
      planned: undefined,
    };
  // Only a name that has nothing yet comes into existence by the change.
  const appears = inputs.mode !== "follow" && inputs.values.length > 0 && isBare(live);
  const { memory, change, planned, refused, warnings } = planHosted(live, requestOf(inputs), {
    cover: appears ? await wildcardOver({ ...inputs.observed, name: inputs.name }) : undefined,
    zone: inputs.observed.zone,
    granularity: granularityOf(inputs.host),
    automaticTtl: automaticTtlOf(inputs.host),
    previous:
      olds === undefined || before === undefined ? undefined : { request: requestOf(olds), memory: before },
    ...defined({ tenantMx: inputs.tenantMx, formerMx: inputs.formerMx, switched: inputs.switched }),
  });
  throwIfAny(refused);
  for (const problem of warnings) await cx.warn(describeProblem(problem));
  if (change !== undefined && !isNoChange(change)) await tellAutodiscoverService(cx, inputs);
  if (change !== undefined && !isNoChange(change)) await cx.info(describeChange(change).join("\n"));
  const stays = withoutLost(
    planned,
    memory.records,
    live,
    { before: before?.records ?? [], managed: inputs.managed },
    granularityOf(inputs.host),
  );
  for (const value of stays.lost)
    await cx.warn(
      `${inputs.type} ${inputs.name}: somebody has removed "${value}" at the host, and the state still has it: pulumi up --refresh writes it again`,
    );
  return {
    ...memory,
    records: importMade(memory.records, live, inputs.managed),
    planned: [...stays.planned],
  };
}

/**
 * The same for adoption: native resources are declared only for records that all stand as planned, and so are imported. The native
 * plugins would make anything else.
 */
async function lookAtHost(
  cx: Context,
  adopting: Adopting,
  news: Partial<Inputs>,
  inputs: Inputs | undefined,
): Promise<Partial<Inputs>> {
  const nothing = { records: [], clear: [], drop: [], former: [], owned: [], keeps: [], placed: [] };
  try {
    const found = await planAtHost(cx, news, undefined, inputs);
    const { records = [], clear = [], drop = [] } = found;
    const stands =
      clear.length + drop.length === 0 && records.every(({ importId }) => importId !== undefined);
    const left = (found.planned ?? []).some(({ before, after }) => !isDeepStrictEqual(before, after));
    if (inputs !== undefined && stands && !left) return found;
    if (inputs !== undefined) adoptPlanned(adopting, inputs, found.planned ?? []);
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    adopting.differs(...error.problems);
  }
  return nothing;
}

export const dnsAdoptionProvider = /* @__PURE__ */ dynamicProvider(dnsAdoptionContract, {
  check(cx, news, before, inputs) {
    // What is remembered of another host's records, their ids for one, says nothing of this one's.
    const olds = before?.host.kind === news.host?.kind ? before : undefined;
    return cx.adopting === undefined
      ? planAtHost(cx, news, olds, inputs)
      : lookAtHost(cx, cx.adopting, news, inputs);
  },

  async reconcile(_cx, { type, name }) {
    return { id: `${type} ${name}`, outputs: {} };
  },
  // Drift of the records shows at the native resources; what they are declared from has to follow them, or the next update
  // would put everything back.
  async read(cx, inputs, outputs) {
    const memory = memoryOf(inputs);
    if (memory === undefined) return { inputs, outputs };
    const live = await openZone(inputs.host, inputs.observed.zone, cx.secret).at(inputs.name);
    const { type, values, tenantMx = [] } = inputs;
    const tenants = new Set(canonicalValues(type, tenantMx));
    const refreshed = refreshHosted(live, requestOf(inputs), memory, {
      granularity: granularityOf(inputs.host),
      switched: canonicalValues(type, values).some((value) => tenants.has(value)),
    });
    const { ttl, values: standing } = refreshed.request;
    return {
      inputs: {
        ...inputs,
        ...refreshed.memory,
        values: [...standing],
        ...defined({ ttl }),
      },
      outputs,
    };
  },
  async delete(cx, inputs) {
    const { host, observed, name, type, records = [] } = inputs;
    if (leavesDnsHost(cx, host.kind)) return stayAtFormerHost(cx, inputs, host.kind);
    const own = oursAlone(granularityOf(host), { type, records });
    const zone = own.length === 0 ? undefined : openZone(host, observed.zone, cx.secret);
    const live = (await zone?.at(name))?.records ?? [];
    for (const record of own) {
      const found = live.find((one) => holds(one, record));
      if (found !== undefined) await zone?.remove(found);
    }
    if (records.length > own.length)
      await cx.warn(
        `${type} ${name} stays as it is at the host; only records that are ours alone are removed`,
      );
  },
});
