import type * as pulumi from "@pulumi/pulumi";
import { defined } from "../src/base/defined.js";
import { canonicalName, judge, observe } from "../src/dns/index.js";
import { tenantMxOf } from "../src/migration/gates/mail-routing.js";
import { dnsObservationContract } from "../src/state/dns-observation.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"DnsObservation">;

/** What every authoritative server is expected to answer. */
export type DnsObservationArgs = ArgsOf<"DnsObservation", "goesTo" | "maxTtl">;

/**
 * What the world sees of a DNS change: asks every authoritative server and the resolvers in every run, and remembers since when
 * all the authoritative ones agree. Waiting periods (the former TTL, 72 hours after the MX switch) count from then, and anew when
 * one is seen to answer otherwise, by `pulumi up` or `pulumi refresh`: a promise about time is about unbroken time. It does not
 * wait: what still answers otherwise is saved and asked again by the next `pulumi up`.
 */
export class DnsObservation extends MailstageResource implements Documented<"DnsObservation"> {
  declare readonly observedAt: pulumi.Output<string | null>;
  declare readonly waiting: pulumi.Output<string[]>;

  constructor(name: string, args: DnsObservationArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsObservation", name, args, opts);
  }
}

async function look({ observed, name, type, goesTo, maxTtl }: Inputs) {
  const observation = await observe({ ...observed, name, type });
  return judge(observation, {
    ...defined({ goesTo, maxTtl }),
  });
}

/** Whether this very run has turned mail to where it is observed to go. */
const switchedAnew = ({ run }: Context, { goesTo, name }: Inputs) =>
  goesTo !== undefined && run.switched.has(canonicalName(name));

export const dnsObservationProvider = /* @__PURE__ */ dynamicProvider(dnsObservationContract, {
  // Caches count down by the second: only agreement is progress, and only what contradicts it a step back.
  async pending(cx, inputs, state) {
    if (state.observedAt !== null && inputs.over === true) return false;
    const { authoritativeAgreed, contradicted } = await look(inputs);
    return state.observedAt === null ? authoritativeAgreed : contradicted || switchedAnew(cx, inputs);
  },

  async reconcile(cx, inputs, prior) {
    const { authoritativeAgreed: agreed, contradicted, waiting } = await look(inputs);
    const before = prior?.inputs.maxTtl === inputs.maxTtl ? (prior?.outputs.observedAt ?? null) : null;
    // On the way back from where it was over, what is seen is changed back by this very run, later.
    const returning = prior?.inputs.over === true && inputs.over !== true;
    // A server that does not answer says nothing against what was seen before.
    const since = !returning && (contradicted || switchedAnew(cx, inputs)) ? null : before;
    const observedAt = since ?? (agreed ? (await sessionOf(inputs.tenant).now()).toISOString() : null);
    if (!returning) for (const line of waiting) await cx.info(`${inputs.type} ${inputs.name}: ${line}`);
    if (observedAt === null)
      await cx.warn(
        before === null
          ? `${inputs.type} ${inputs.name} is not yet the same on every authoritative server; run pulumi up again`
          : brokenMessage(inputs, waiting),
      );
    return {
      id: `${inputs.type} ${inputs.name}`,
      outputs: { observedAt, waiting: agreed || returning ? [] : [...waiting] },
    };
  },

  async read(cx, inputs, state) {
    if (state.observedAt === null || inputs.over === true) return { inputs, outputs: state };
    const { contradicted, waiting } = await look(await withNamesOfToday(inputs));
    if (!contradicted) return { inputs, outputs: state };
    await cx.warn(brokenMessage(inputs, waiting));
    return { inputs, outputs: { observedAt: null, waiting: [...waiting] } };
  },
  async delete() {},
});

/** State has the names of the last update, and the tenant may have named another host since: mail there is its own as well. */
async function withNamesOfToday(inputs: Inputs): Promise<Inputs> {
  if (inputs.goesTo === undefined) return inputs;
  return { ...inputs, goesTo: await tenantMxOf(sessionOf(inputs.tenant), inputs.name, inputs.goesTo) };
}

function brokenMessage({ type, name }: Inputs, waiting: readonly string[]): string {
  return `${type} ${name} is no longer as it was seen on every authoritative server: ${waiting.join("; ")}. Waiting periods count anew from when it is again`;
}
