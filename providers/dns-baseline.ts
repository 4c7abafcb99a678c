import type * as pulumi from "@pulumi/pulumi";
import { describeProblem, MailstageError, throwIfAny } from "../src/base/problem.js";
import { recordChanged } from "../src/dns/changed-by-others.js";
import {
  delegationProblems,
  describeSet,
  hostProblems,
  inheritedSpfProblems,
  isProofMx,
  lastNoted,
  madeBefore,
  nullMxProblems,
  type RecordSet,
  readRecordSet,
  sameMail,
  touches,
} from "../src/dns/index.js";
import { readMailRecords } from "../src/microsoft365/graph/index.js";
import { formerMx } from "../src/migration/adopt/former-mx.js";
import { newSetTtl } from "../src/plan/ttl.js";
import { dnsBaselineContract } from "../src/state/dns-baseline.js";
import type { InputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"DnsBaseline">;
type MxSet = NonNullable<Inputs["mx"]>;

/** Where the present MX is read. */
export type DnsBaselineArgs = ArgsOf<"DnsBaseline">;

/**
 * The MX before the switch: values, preferences and TTL, as every later stage, and the way back, knows it. Read live from the
 * authoritative servers during the first preview. What somebody else makes of it during the months until the switch is told by
 * every run, and taken over by `pulumi refresh` and by nothing else; a refresh while mail goes to the tenant takes nothing over.
 */
export class DnsBaseline extends MailstageResource implements Documented<"DnsBaseline"> {
  declare readonly mx: pulumi.Output<{ ttl: number; values: string[] }>;

  constructor(name: string, args: DnsBaselineArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsBaseline", name, args, opts);
  }
}

/** The MX as it stands there now. */
const liveMx = ({ domain, observed }: Pick<Inputs, "domain" | "observed">) =>
  readRecordSet({ ...observed, name: domain, type: "MX" });

/**
 * What somebody else has made of the MX while mail did not go to the tenant; undefined where nothing is to be accepted. Our own
 * proof of ownership in it, and the TTL we lowered, are no such change.
 */
async function changedSince(
  { domain, tenant, observed }: Pick<Inputs, "domain" | "tenant" | "observed">,
  mx: MxSet,
): Promise<RecordSet | undefined> {
  const live = await liveMx({ domain, observed });
  if (live === undefined) return undefined;
  const values = live.values.filter((value) => !isProofMx(value));
  if (values.length === 0 || sameMail(values, mx.values)) return undefined;
  const { mx: tenants } = await readMailRecords(sessionOf(tenant).graph, domain);
  // The TTL to return to one day: what stands there is mostly the one that was lowered.
  return touches(values, tenants) ? undefined : { ...live, values, ttl: Math.max(live.ttl, mx.ttl) };
}

/** The same; servers that cannot be asked, or disagree for now, are told by what needs them. */
const changedIfKnown: typeof changedSince = (inputs, mx) =>
  changedSince(inputs, mx).catch((error: unknown) => {
    if (error instanceof MailstageError) return undefined;
    throw error;
  });

/**
 * The MX before the switch, of mail that goes to the tenant already: the world does not tell it any more, so that a person has to. What
 * the journal remembers is offered, and never taken by itself.
 */
async function formerMxOf(cx: Context, journal: string, zone: string, found: RecordSet): Promise<MxSet> {
  const said = formerMx(found);
  if (said !== undefined) return said;
  const noted = await lastNoted(journal, { zone, name: found.name, type: "MX" });
  const former = noted?.former ?? undefined;
  const example = former === undefined ? "10 mail.contoso.com" : former.values.join(", ");
  cx.adopting?.differs({
    code: "adopt-former-mx",
    subject: `MX ${found.name}`,
    reason: `is Microsoft 365's already (${describeSet(found)}), and what it was before the switch cannot be read anywhere`,
    hint: `Say it with --former-mx "${example}"${former === undefined ? "" : ` --former-ttl ${former.ttl}, as the journal of DNS changes has it`}: the way back from route returns to it`,
  });
  return { ttl: found.ttl, values: [...found.values] };
}

/** The MX as it stands when the migration begins, after what speaks against beginning. */
async function firstSeen(
  cx: Context,
  { domain, tenant, observed, host, journal }: Partial<Inputs> & Pick<Inputs, "domain" | "observed">,
): Promise<MxSet> {
  for (const problem of await delegationProblems(observed.zone, observed))
    await cx.warn(describeProblem(problem));
  // Hosts with an API say themselves which name servers are theirs: see DnsAdoption.
  if (host === "rfc2136") {
    const served = await readRecordSet({ ...observed, name: observed.zone, type: "NS" });
    throwIfAny(hostProblems(observed.zone, host, served?.values ?? []));
  }
  const found = await liveMx({ domain, observed });
  if (found === undefined)
    throw new MailstageError({
      code: "mx-missing",
      subject: `MX ${domain}`,
      reason: "is not published, so the domain receives no mail that could be migrated",
      hint: "Check the domain's name in the plan, and publish its MX before the migration begins",
    });
  throwIfAny(nullMxProblems(found));
  if (cx.adopting !== undefined && tenant !== undefined) {
    const { mx: tenants } = await readMailRecords(sessionOf(tenant).graph, domain);
    if (touches(found.values, tenants))
      return await formerMxOf(cx, cx.dnsJournal(journal), observed.zone, found);
  }
  const txt = await readRecordSet({ ...observed, name: domain, type: "TXT" });
  for (const problem of inheritedSpfProblems(txt)) await cx.warn(describeProblem(problem));
  // Where mail goes is what stands there, whatever was noted; only a TTL and a proof that another run has put there are not.
  const made = await madeBefore(cx.dnsJournal(journal), { ...found, zone: observed.zone }, found);
  const former = made?.former;
  const { ttl, values } = former && sameMail(former.values, found.values) ? former : found;
  return { ttl, values: [...values] };
}

export const dnsBaselineProvider = /* @__PURE__ */ dynamicProvider(dnsBaselineContract, {
  async check(cx, news, olds) {
    const { domain, tenant, observed } = news;
    if (domain === undefined || observed === undefined) return {};
    if (olds?.mx !== undefined && olds.domain === domain) {
      const { mx } = olds;
      const changed = tenant && (await changedIfKnown({ domain, tenant, observed }, mx));
      // Said in every run until it is set back or accepted.
      if (changed !== undefined)
        await cx.warn(describeProblem(recordChanged(changed, { ...changed, ...mx }, changed)));
      return { mx };
    }
    try {
      return { mx: await firstSeen(cx, { ...news, domain, observed }) };
    } catch (error) {
      // Nothing is adopted then. The rest is looked at all the same, for which there has to be an MX.
      if (cx.adopting === undefined || !(error instanceof MailstageError)) throw error;
      cx.adopting.differs(...error.problems);
      return { mx: formerMx(undefined) ?? { ttl: newSetTtl, values: [] } };
    }
  },

  async reconcile(_cx, { domain }) {
    return { id: domain, outputs: {} };
  },
  async read(cx, inputs, outputs) {
    const changed = inputs.mx && (await changedIfKnown(inputs, inputs.mx));
    if (inputs.mx === undefined || changed === undefined) return { inputs, outputs };
    const { ttl, values } = changed;
    await cx.warn(
      `MX ${inputs.domain}: ${describeSet(changed)} is accepted as what stands there before the switch; it was ${inputs.mx.values.join(", ")}. Going back from route returns to it`,
    );
    return { inputs: { ...inputs, mx: { ttl, values: [...values] } }, outputs };
  },
  async delete() {},
});
