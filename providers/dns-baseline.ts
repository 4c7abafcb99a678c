import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { dnsBaselineContract } from "../src/contracts/dns-baseline.js";
import {
  delegationProblems,
  dnsJournal,
  hostProblems,
  madeBefore,
  type RecordSet,
  readRecordSet,
} from "../src/dns/index.js";
import { describeProblem, MailstageError, throwIfAny } from "../src/errors/index.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";

/** Where the present MX is read. */
export type DnsBaselineArgs = ArgsOf<"DnsBaseline">;

/**
 * The MX as it was found when the migration began: values, preferences and TTL. Read live from the authoritative
 * servers during the first preview and never again, so that every later stage, and the way back, knows it. What another run
 * has noted to have changed counts as it was before.
 */
export class DnsBaseline extends MailstageResource {
  /** The MX record set before the migration; TTL in seconds. */
  declare readonly mx: pulumi.Output<{ ttl: number; values: string[] }>;

  constructor(name: string, args: DnsBaselineArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsBaseline", name, args, opts);
  }
}

export const dnsBaselineProvider = /* @__PURE__ */ dynamicProvider({
  ...dnsBaselineContract,

  async check(cx, news, olds) {
    const { domain, observed } = news;
    if (domain === undefined || observed === undefined) return {};
    if (olds?.mx !== undefined && olds.domain === domain) return { mx: olds.mx };
    for (const problem of await delegationProblems(observed.zone, observed))
      await cx.warn(describeProblem(problem));
    // Hosts with an API say themselves which name servers are theirs: see DnsAdoption.
    if (news.host === "rfc2136") {
      const served = await readRecordSet({ ...observed, name: observed.zone, type: "NS" });
      throwIfAny(hostProblems(observed.zone, news.host, served?.values ?? []));
    }
    const found: RecordSet | undefined = await readRecordSet({ ...observed, name: domain, type: "MX" });
    if (found === undefined)
      throw new MailstageError({
        code: "mx-missing",
        subject: `MX ${domain}`,
        reason: "is not published, so the domain receives no mail that could be migrated",
        hint: "Check the domain's name in the plan, and publish its MX before the migration begins",
      });
    // Another run of this migration may have changed it already, which no state tells of yet.
    const made = await madeBefore(join(cx.root, dnsJournal), { ...found, zone: observed.zone }, found);
    const { ttl, values } = made?.former ?? found;
    return { mx: { ttl, values: [...values] } };
  },

  async reconcile(_cx, { domain }) {
    return { id: domain, outputs: {} };
  },
  async read(_cx, known, outputs) {
    return { inputs: known, outputs };
  },
  async delete() {},
});
