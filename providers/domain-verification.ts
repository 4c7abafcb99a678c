import type * as pulumi from "@pulumi/pulumi";
import { domainVerificationContract } from "../src/contracts/domain-verification.js";
import type { InputsOf, OutputsOf } from "../src/contracts/index.js";
import { judge, observe } from "../src/dns/index.js";
import { MailstageError } from "../src/errors/index.js";
import { enableEmail, getDomain, listServiceRecords, verifyDomain } from "../src/graph/index.js";
import { utcMinute } from "../src/migration/batch-progress.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** How long to wait between publishing the record and verifying it, in seconds (seed, "Verify you own the domain": about 15 minutes). */
const settlingSeconds = 15 * 60;

type Inputs = InputsOf<"DomainVerification">;

type Outputs = OutputsOf<"DomainVerification">;

/** The proof of ownership. */
export type DomainVerificationArgs = ArgsOf<"DomainVerification", "domain" | "value">;

/**
 * The verification of the domain (`POST /domains/{id}/verify`; seed, "Verify you own the domain", steps 7 and 8): asked
 * when every authoritative server answers the record and 15 minutes have passed, then set up for Exchange, so that the
 * tenant names its MX and Autodiscover. Does not wait; the next `pulumi up` goes on.
 */
export class DomainVerification extends MailstageResource {
  /** Whether the tenant has accepted the domain. */
  declare readonly verified: pulumi.Output<boolean>;
  /** The mail exchangers the tenant names: `0 contoso-com.mail.protection.outlook.com`; empty until verified. */
  declare readonly mx: pulumi.Output<string[]>;
  /** The host the tenant names for autodiscover; null until verified. */
  declare readonly autodiscover: pulumi.Output<string | null>;
  /** The SPF policy the tenant names; null until verified. */
  declare readonly spf: pulumi.Output<string | null>;

  constructor(name: string, args: DomainVerificationArgs, opts?: pulumi.CustomResourceOptions) {
    super("DomainVerification", name, args, opts);
  }
}

const nothing = { mx: [], mxTtl: null, autodiscover: null, spf: null };

/** When the tenant may be asked. */
function dueAt(publishedAt: string): Date {
  return new Date(Date.parse(publishedAt) + settlingSeconds * 1000);
}

/** What the tenant says should be published for mail; read, never computed. */
async function serviceRecords(
  known: Inputs,
): Promise<Pick<Outputs, "mx" | "mxTtl" | "autodiscover" | "spf">> {
  const records = (await listServiceRecords(sessionOf(known.tenant).graph, known.domain)).filter(
    (record) => record.supportedService === "Email",
  );
  const mx = records.flatMap((record) => (record.type === "MX" ? [record] : []));
  const cname = records.find(
    (record) => record.type === "CNAME" && record.label.toLowerCase().startsWith("autodiscover"),
  );
  const spf = records.find((record) => record.type === "TXT" && /^v=spf1\b/i.test(record.text));
  return {
    mx: mx.map((record) => `${record.preference} ${record.mailExchange.toLowerCase()}`).sort(),
    mxTtl: mx[0]?.ttl ?? null,
    autodiscover: cname?.type === "CNAME" ? cname.canonicalName.toLowerCase() : null,
    spf: spf?.type === "TXT" ? spf.text : null,
  };
}

export const domainVerificationProvider = /* @__PURE__ */ dynamicProvider({
  ...domainVerificationContract,

  async pending(cx, known, state) {
    if (state.verified && state.mx.length > 0) return false;
    if (state.verified) return true;
    if (state.publishedAt === null) return (await published(cx, known)) !== null;
    const due = dueAt(state.publishedAt);
    if ((await sessionOf(known.tenant).now()) >= due) return true;
    await cx.info(`domain ${known.domain}: run pulumi up again after ${utcMinute(due)} to verify it`);
    return false;
  },

  async reconcile(cx, known, prior) {
    const { graph } = sessionOf(known.tenant);
    const live = await getDomain(graph, known.domain);
    const since = prior?.inputs.value === known.value ? (prior?.outputs.publishedAt ?? null) : null;
    const waiting = async (publishedAt: string | null, message: string) => {
      await cx.warn(`domain ${known.domain}: ${message}`);
      return { id: known.domain, outputs: { ...nothing, verified: false, publishedAt, message } };
    };
    if (live?.isVerified !== true) {
      const publishedAt = since ?? (await published(cx, known));
      if (publishedAt === null)
        return waiting(
          null,
          `the ${known.type} record is not on every authoritative server yet; run pulumi up again in a few minutes`,
        );
      const due = dueAt(publishedAt);
      if ((await sessionOf(known.tenant).now()) < due)
        return waiting(
          publishedAt,
          `the ${known.type} record is published; run pulumi up again after ${utcMinute(due)} to verify it`,
        );
      const answer = await verifyDomain(graph, known.domain);
      if (answer.outcome === "owned-by-another-tenant")
        throw new MailstageError({
          code: "domain-taken",
          subject: `domain ${known.domain}`,
          reason: `belongs to another Microsoft 365 organization: ${answer.message}`,
          hint: "Remove it there first, or ask Microsoft support for an administrator takeover",
          operation: "POST /domains/{id}/verify",
        });
      if (answer.outcome === "not-yet")
        return waiting(
          publishedAt,
          `the tenant does not see the ${known.type} record yet: ${answer.message}; run pulumi up again in a while`,
        );
    }
    const verified = await getDomain(graph, known.domain);
    if (verified !== undefined) await enableEmail(graph, verified);
    const records = await serviceRecords(known);
    const message = records.mx.length > 0 ? null : "is verified, but the tenant names no MX for it yet";
    if (message !== null)
      await cx.warn(`domain ${known.domain} ${message}; run pulumi up again in a few minutes`);
    return { id: known.domain, outputs: { ...records, verified: true, publishedAt: since, message } };
  },

  async read(_cx, known, state) {
    const live = await getDomain(sessionOf(known.tenant).graph, known.domain);
    if (live === undefined) return undefined;
    const records = live.isVerified ? await serviceRecords(known) : nothing;
    return { inputs: known, outputs: { ...state, ...records, verified: live.isVerified } };
  },

  // A verification cannot be taken back, and nothing in the tenant is to be removed for it.
  async delete() {},
});

/** When all authoritative servers answered the record: now, or null while some do not. */
async function published(cx: Context, known: Inputs): Promise<string | null> {
  const observation = await observe({ ...known.observed, name: known.domain, type: known.type });
  const missing = observation.servers
    .filter((server) => server.role === "authoritative")
    .filter((server) => !server.values.includes(known.value));
  for (const line of judge(observation, {}).waiting) await cx.info(line);
  for (const server of missing)
    await cx.info(
      `${server.name} (${server.address}) does not answer ${known.type} "${known.value}" for ${known.domain}`,
    );
  return missing.length === 0 ? (await sessionOf(known.tenant).now()).toISOString() : null;
}
