import { z } from "zod";
import { contract } from "./contract.js";
import { changedTypes, observedInput, tenantInput } from "./settings.js";

/** Inputs of `DnsObservation`. */
export const dnsObservationInputs = {
  /** The tenant, whose clock is the one that counts. */
  tenant: tenantInput,
  /** Which servers are asked. */
  observed: observedInput,
  /** Fully qualified name. */
  name: z.string(),
  /** Record type. */
  type: changedTypes,
  /** MX values whose hosts count: every server answers at least one, and no other. The tenant may name further ones meanwhile. */
  goesTo: z.array(z.string()).optional(),
  /** The highest TTL expected, seconds. */
  maxTtl: z.number().optional(),
  /** Whether what it is observed for is over: what is seen otherwise later no longer counts. */
  over: z.boolean().optional(),
};

/** Outputs of `DnsObservation`. */
export const dnsObservationOutputs = {
  /**
   * Since when every authoritative server agrees, ISO 8601 by the service's clock; null while they do not. Counts anew when one was
   * seen to answer otherwise, and when this stack has switched the MX anew.
   */
  observedAt: z.string().nullable(),
  /** What still answers otherwise, and for how long. */
  waiting: z.array(z.string()),
};

/** What the world sees of a DNS change. */
export const dnsObservationContract = contract({
  inputs: z.object(dnsObservationInputs),
  outputs: z.object(dnsObservationOutputs),
  ignoreChanges: ["observed", "tenant", "goesTo"],
});
