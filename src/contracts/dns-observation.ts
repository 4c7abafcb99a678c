import { z } from "zod";
import { contract } from "./contract.js";
import { changedTypes, observedInput, tenantInput } from "./settings.js";

/** What the world sees of a DNS change. */
export const dnsObservationContract = contract({
  inputs: z.object({
    /** The tenant, whose clock is the one that counts. */
    tenant: tenantInput,
    /** Which servers are asked. */
    observed: observedInput,
    /** Fully qualified name. */
    name: z.string(),
    /** Record type. */
    type: changedTypes,
    /** The expected values; a change observes anew. */
    values: z.array(z.string()).optional(),
    /** The highest TTL expected, seconds. */
    maxTtl: z.number().optional(),
  }),
  outputs: z.object({
    /** When every authoritative server was first seen to agree, ISO 8601 by the service's clock; null while they do not. */
    observedAt: z.string().nullable(),
    /** What still answers otherwise, and for how long. */
    waiting: z.array(z.string()),
  }),
  ignoreChanges: ["observed", "tenant"],
});
