import type * as pulumi from "@pulumi/pulumi";
import { utcMinute } from "../src/base/dates.js";
import { describeProblem, MailstageError } from "../src/base/problem.js";
import { isSpf, judge, observe, readRecordSet, sameValues, spfGap } from "../src/dns/index.js";
import {
  enableEmail,
  getDomain,
  type MailRecords,
  readMailRecords,
  takesEmail,
  verifyDomain,
} from "../src/microsoft365/graph/index.js";
import { proofSettlesSeconds } from "../src/migration/wait-15-minutes.js";
import { domainVerificationContract } from "../src/state/domain-verification.js";
import type { InputsOf, OutputsOf } from "../src/state/index.js";
import type { Context } from "./context.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"DomainVerification">;

type Outputs = OutputsOf<"DomainVerification">;

/** The proof of ownership. */
export type DomainVerificationArgs = ArgsOf<"DomainVerification", "domain" | "value">;

/**
 * The verification of the domain (`POST /domains/{id}/verify`; Microsoft's procedure, "Verify you own the domain", steps 7 and 8): asked
 * when every authoritative server answers the record and 15 minutes have passed, then set up for Exchange, so that the
 * tenant names its MX and Autodiscover. Does not wait; the next `pulumi up` goes on.
 */
export class DomainVerification extends MailstageResource implements Documented<"DomainVerification"> {
  declare readonly verified: pulumi.Output<boolean>;
  declare readonly mx: pulumi.Output<string[]>;
  declare readonly named: pulumi.Output<string[]>;
  declare readonly autodiscover: pulumi.Output<string | null>;
  declare readonly spf: pulumi.Output<string | null>;

  constructor(name: string, args: DomainVerificationArgs, opts?: pulumi.CustomResourceOptions) {
    super("DomainVerification", name, args, opts);
  }
}

const nothing = { mx: [], mxTtl: null, autodiscover: null, spf: null };

/** What the tenant names, as far as it was ever seen. */
type Named = Pick<Outputs, "mx" | "mxTtl" | "autodiscover" | "spf" | "named">;

/** What the tenant names now; what it does not name at the moment stays as it was, since a read may lag or lack something. */
function renewed(records: MailRecords, before: { [K in keyof Named]?: Named[K] | null | undefined }): Named {
  const { mx, mxTtl, autodiscover, spf } = records;
  const kept = mx.length > 0 ? mx : (before.mx ?? []);
  return {
    mx: [...kept],
    mxTtl: mxTtl ?? before.mxTtl ?? null,
    autodiscover: autodiscover ?? before.autodiscover ?? null,
    spf: spf ?? before.spf ?? null,
    named: [...new Set([...(before.named ?? []), ...(before.mx ?? []), ...kept])].sort(),
  };
}

/** When the tenant may be asked. */
function dueAt(publishedAt: string): Date {
  return new Date(Date.parse(publishedAt) + proofSettlesSeconds * 1000);
}

export const domainVerificationProvider = /* @__PURE__ */ dynamicProvider(domainVerificationContract, {
  // In `check`, so that a preview shows what it changes when the tenant names something else.
  async check(cx, { tenant, domain, observed, sendersLeft }, olds) {
    if (tenant === undefined || domain === undefined) return {};
    const { graph } = sessionOf(tenant);
    const records = readMailRecords(graph, domain);
    const policies = sendersLeft === true && observed !== undefined ? policiesAt(domain, observed) : [];
    // All at once; what is named for a domain that is not verified is not looked at.
    const asked = Promise.all([records, policies]);
    asked.catch(() => undefined);
    if ((await getDomain(graph, domain))?.isVerified !== true) return {};
    const [named, senders] = await asked;
    const now = renewed(named, olds?.domain === domain ? olds : {});
    if (now.spf !== null)
      for (const problem of spfGap(senders, domain, now.spf)) await cx.warn(describeProblem(problem));
    return now.mx.length > 0 ? now : {};
  },

  async pending(cx, inputs, state) {
    if (state.verified) return state.mx.length === 0 || namesOtherwise(inputs, state);
    if (state.publishedAt === null) return (await published(cx, inputs)) !== null;
    const due = dueAt(state.publishedAt);
    if ((await sessionOf(inputs.tenant).now()) >= due) return true;
    await cx.info(`domain ${inputs.domain}: run pulumi up again after ${utcMinute(due)} to verify it`);
    return false;
  },

  async adopt(_cx, adopting, inputs) {
    const { graph } = sessionOf(inputs.tenant);
    const live = await getDomain(graph, inputs.domain);
    const records = live?.isVerified
      ? renewed(await readMailRecords(graph, inputs.domain), {})
      : { ...nothing, named: [] };
    if (live?.isVerified !== true) adopting.absent(`the verification of domain ${inputs.domain}`);
    else if (!takesEmail(live)) adopting.absent(`e-mail as a service of domain ${inputs.domain}`);
    else if (records.mx.length === 0) adopting.absent(`the MX that the tenant names for ${inputs.domain}`);
    const { isVerified = false } = live ?? {};
    return {
      id: inputs.domain,
      outputs: { ...records, verified: isVerified, publishedAt: null, message: null },
    };
  },

  async reconcile(cx, inputs, prior) {
    const { graph } = sessionOf(inputs.tenant);
    const live = await getDomain(graph, inputs.domain);
    const since = prior?.inputs.value === inputs.value ? (prior?.outputs.publishedAt ?? null) : null;
    const waiting = async (publishedAt: string | null, message: string) => {
      await cx.warn(`domain ${inputs.domain}: ${message}`);
      const { named = [] } = prior?.outputs ?? {};
      return { id: inputs.domain, outputs: { ...nothing, named, verified: false, publishedAt, message } };
    };
    if (live?.isVerified !== true) {
      const publishedAt = since ?? (await published(cx, inputs));
      if (publishedAt === null)
        return waiting(
          null,
          `the ${inputs.type} record is not on every authoritative server yet; run pulumi up again in a few minutes`,
        );
      const due = dueAt(publishedAt);
      if ((await sessionOf(inputs.tenant).now()) < due)
        return waiting(
          publishedAt,
          `the ${inputs.type} record is published; run pulumi up again after ${utcMinute(due)} to verify it`,
        );
      const answer = await verifyDomain(graph, inputs.domain);
      if (answer.outcome === "owned-by-another-tenant")
        throw new MailstageError({
          code: "domain-taken",
          subject: `domain ${inputs.domain}`,
          reason: `belongs to another Microsoft 365 organization: ${answer.message}`,
          hint: "Sign in there and remove it, or ask Microsoft Support, who can release a domain whose owner proves it by DNS",
          operation: "POST /domains/{id}/verify",
        });
      if (answer.outcome === "owned-by-unmanaged-tenant")
        throw new MailstageError({
          code: "domain-taken",
          subject: `domain ${inputs.domain}`,
          reason: `belongs to an unmanaged Microsoft 365 organization, made by somebody's self-service sign-up: ${answer.message}`,
          hint: 'Take it over (external admin takeover): POST /domains/{id}/verify with {"forceTakeover": true}, as in "Take over an unmanaged directory as administrator"; mailstage never does that by itself, since it moves other people\'s accounts. Then run pulumi up again',
          operation: "POST /domains/{id}/verify",
        });
      if (answer.outcome === "refused")
        throw new MailstageError({
          code: "domain-refused",
          subject: `domain ${inputs.domain}`,
          reason: `was not verified, and mailstage does not know this answer of Graph: ${answer.message}`,
          hint: `The ${inputs.type} record is on every authoritative server. If the answer only says that Microsoft does not see it yet, run pulumi up again in a while; otherwise mend what it names`,
          operation: "POST /domains/{id}/verify",
        });
      // Somebody has taken it away since: only a refresh finds that, and the 15 minutes begin anew when it is back.
      if (answer.outcome === "not-yet" && (await published(cx, inputs)) === null)
        return waiting(
          null,
          `the ${inputs.type} record was there, and is not on every authoritative server any more; run pulumi refresh, then pulumi up, which adds it again`,
        );
      if (answer.outcome === "not-yet")
        return waiting(
          publishedAt,
          `the tenant does not see the ${inputs.type} record yet: ${answer.message}; run pulumi up again in a while`,
        );
    }
    const verified = await getDomain(graph, inputs.domain);
    if (verified !== undefined) await enableEmail(graph, verified);
    const records = renewed(await readMailRecords(graph, inputs.domain), prior?.outputs ?? {});
    const message = records.mx.length > 0 ? null : "is verified, but the tenant names no MX for it yet";
    if (message !== null)
      await cx.warn(`domain ${inputs.domain} ${message}; run pulumi up again in a few minutes`);
    return { id: inputs.domain, outputs: { ...records, verified: true, publishedAt: since, message } };
  },

  async read(_cx, inputs, state) {
    const live = await getDomain(sessionOf(inputs.tenant).graph, inputs.domain);
    if (live === undefined) return undefined;
    const { graph } = sessionOf(inputs.tenant);
    const records = live.isVerified
      ? renewed(await readMailRecords(graph, inputs.domain), state)
      : { ...nothing, named: state.named };
    return { inputs, outputs: { ...state, ...records, verified: live.isVerified } };
  },

  // A verification cannot be taken back, and nothing in the tenant is to be removed for it.
  async delete() {},
});

/** The SPF policies that receivers see; none where the servers cannot be asked or disagree, which other resources tell. */
async function policiesAt(domain: string, observed: Inputs["observed"]): Promise<readonly string[]> {
  try {
    const set = await readRecordSet({ ...observed, name: domain, type: "TXT" });
    return set?.values.filter(isSpf) ?? [];
  } catch (error) {
    if (error instanceof MailstageError) return [];
    throw error;
  }
}

/** Whether the tenant names something else than it did: everything that later stages use. Of what it names no more, the last stays (`renewed`). */
function namesOtherwise(now: Inputs, then: Outputs): boolean {
  if (now.mx === undefined) return false;
  const differs = (["autodiscover", "spf"] as const).some((key) => (now[key] ?? then[key]) !== then[key]);
  return differs || !sameValues("MX", now.mx, then.mx);
}

/** When all authoritative servers answered the record: now, or null while some do not. */
async function published(cx: Context, inputs: Inputs): Promise<string | null> {
  const observation = await observe({ ...inputs.observed, name: inputs.domain, type: inputs.type });
  const missing = observation.servers
    .filter((server) => server.role === "authoritative")
    .filter((server) => !server.values.includes(inputs.value));
  for (const line of judge(observation, {}).waiting) await cx.info(line);
  for (const server of missing)
    await cx.info(
      `${server.name} (${server.address}) does not answer ${inputs.type} "${inputs.value}" for ${inputs.domain}`,
    );
  return missing.length === 0 ? (await sessionOf(inputs.tenant).now()).toISOString() : null;
}
