import { z } from "zod";
import { contract } from "./contract.js";
import { observedInput, tenantInput } from "./settings.js";

/** Inputs of `DomainVerification`. */
export const domainVerificationInputs = {
  /** The tenant. */
  tenant: tenantInput,
  /** The e-mail domain. Replaces. */
  domain: z.string(),
  /** Which servers must answer the record before the tenant is asked. */
  observed: observedInput,
  /** Type of the published record. */
  type: z.enum(["TXT", "MX"]),
  /** Value of the published record. */
  value: z.string(),
  /** Whether users send from Exchange Online by now while the SPF policy is left to people, who are told what it lacks. */
  sendersLeft: z.boolean().optional(),
  /** What the tenant names now, read by every run once it has accepted the domain: see the outputs of the same names. */
  mx: z.array(z.string()).optional(),
  mxTtl: z.number().nullish(),
  autodiscover: z.string().nullish(),
  spf: z.string().nullish(),
  named: z.array(z.string()).optional(),
};

/** Outputs of `DomainVerification`. */
export const domainVerificationOutputs = {
  /** Whether the tenant has accepted the domain. */
  verified: z.boolean(),
  /** When every authoritative server was first seen to answer the record, ISO 8601 by the service's clock. */
  publishedAt: z.string().nullable(),
  /** What it waits for. */
  message: z.string().nullable(),
  /** The mail exchangers the tenant names: `0 contoso-com.mail.protection.outlook.com`; empty until verified. */
  mx: z.array(z.string()),
  /** The TTL the tenant names with them, seconds. */
  mxTtl: z.number().nullable(),
  /** The host the tenant names for autodiscover; null until verified. */
  autodiscover: z.string().nullable(),
  /** The SPF policy the tenant names; null until verified. */
  spf: z.string().nullable(),
  /** All mail exchangers the tenant has ever named: mail to these has reached it. */
  named: z.array(z.string()).default([]),
};

/** The proof of ownership, and what the tenant names once it has it. */
export const domainVerificationContract = contract({
  inputs: z.object(domainVerificationInputs),
  outputs: z.object(domainVerificationOutputs),
  computed: ["mx", "mxTtl", "autodiscover", "spf", "named"],
  replaceOn: ["domain"],
  ignoreChanges: ["observed", "tenant", "type", "sendersLeft", "mx", "mxTtl", "autodiscover", "spf", "named"],
});
