import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type RecordSet, readRecordSet } from "../src/dns/index.js";
import { MailstageError } from "../src/errors/index.js";
import { dynamicProvider } from "./dynamic.js";
import { MailstageResource } from "./resource.js";
import { observedInput } from "./settings.js";

const setSchema = z.object({ ttl: z.number(), values: z.array(z.string()) });

const inputs = z.object({
  domain: z.string(),
  observed: observedInput,
  mx: setSchema.optional(),
});

/** Where the present MX is read. */
export interface DnsBaselineArgs {
  /** The e-mail domain. Replaces. */
  domain: string;
  /** Which servers are asked. */
  observed: z.output<typeof observedInput>;
}

/**
 * The MX as it was found when the migration began: values, preferences and TTL. Read live from the authoritative
 * servers during the first preview and never again, so that every later stage, and the way back, knows it.
 */
export class DnsBaseline extends MailstageResource {
  /** The MX record set before the migration; TTL in seconds. */
  declare readonly mx: pulumi.Output<{ ttl: number; values: string[] }>;

  constructor(name: string, args: DnsBaselineArgs, opts?: pulumi.CustomResourceOptions) {
    super("DnsBaseline", name, { ...args, mx: undefined }, opts);
  }
}

export const dnsBaselineProvider = dynamicProvider({
  inputs,
  outputs: z.object({}),
  replaceOn: ["domain"],
  ignoreChanges: ["observed"],

  async check(_cx, news, olds) {
    const { domain, observed } = news;
    if (domain === undefined || observed === undefined) return {};
    if (olds?.mx !== undefined && olds.domain === domain) return { mx: olds.mx };
    const found: RecordSet | undefined = await readRecordSet({ ...observed, name: domain, type: "MX" });
    if (found === undefined)
      throw new MailstageError({
        code: "mx-missing",
        subject: `MX ${domain}`,
        reason: "is not published, so the domain receives no mail that could be migrated",
        hint: "Check the domain's name in the plan, and publish its MX before the migration begins",
      });
    return { mx: { ttl: found.ttl, values: [...found.values] } };
  },

  async reconcile(_cx, { domain }) {
    return { id: domain, outputs: {} };
  },
  async read(_cx, known, outputs) {
    return { inputs: known, outputs };
  },
  async delete() {},
});
