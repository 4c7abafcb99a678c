import type * as pulumi from "@pulumi/pulumi";
import { dnsObservationContract } from "../src/contracts/dns-observation.js";
import type { InputsOf } from "../src/contracts/index.js";
import { judge, observe } from "../src/dns/index.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"DnsObservation">;

/** What every authoritative server is expected to answer. */
export type DnsObservationArgs = ArgsOf<"DnsObservation", "values" | "maxTtl">;

/**
 * What the world sees of a DNS change: asks every authoritative server and the resolvers, and remembers when all the
 * authoritative ones first agreed. Waiting periods (the former TTL, 72 hours after the MX switch) count from then. It
 * does not wait: what still answers otherwise is saved and asked again by the next `pulumi up`.
 */
export class DnsObservation extends MailstageResource {
  /** When every authoritative server was first seen to agree, ISO 8601 by the service's clock; null while they do not. */
  declare readonly observedAt: pulumi.Output<string | null>;
  /** What still answers otherwise, and for how long. */
  declare readonly waiting: pulumi.Output<string[]>;

  constructor(name: string, args: DnsObservationArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsObservation", name, args, opts);
  }
}

async function look(known: Inputs) {
  const { observed, name, type, values, maxTtl } = known;
  const observation = await observe({ ...observed, name, type });
  return judge(observation, {
    ...(values === undefined ? {} : { values }),
    ...(maxTtl === undefined ? {} : { maxTtl }),
  });
}

export const dnsObservationProvider = /* @__PURE__ */ dynamicProvider({
  ...dnsObservationContract,

  // Caches count down by the second: only agreement is progress.
  async pending(_cx, known, state) {
    return state.observedAt === null && (await look(known)).authoritativeAgreed;
  },

  async reconcile(cx, known, prior) {
    const { authoritativeAgreed: agreed, waiting } = await look(known);
    const unchanged =
      prior !== undefined &&
      prior.inputs.values?.join() === known.values?.join() &&
      prior.inputs.maxTtl === known.maxTtl;
    const since = unchanged ? prior.outputs.observedAt : null;
    const observedAt = agreed ? (since ?? (await sessionOf(known.tenant).now()).toISOString()) : null;
    for (const line of waiting) await cx.info(`${known.type} ${known.name}: ${line}`);
    if (!agreed)
      await cx.warn(
        `${known.type} ${known.name} is not yet the same on every authoritative server; run pulumi up again`,
      );
    return {
      id: `${known.type} ${known.name}`,
      outputs: { observedAt, waiting: agreed ? [] : [...waiting] },
    };
  },

  // What was observed once is a fact of the past; drift of the records themselves shows at their own resource.
  async read(_cx, known, state) {
    return { inputs: known, outputs: state };
  },
  async delete() {},
});
