import { z } from "zod";
import { contract, noOutputs } from "./contract.js";
import { observedInput, setSchema } from "./settings.js";

/** The MX as it was found when the migration began. */
export const dnsBaselineContract = contract({
  inputs: z.object({
    /** The e-mail domain. Replaces. */
    domain: z.string(),
    /** Which servers are asked. */
    observed: observedInput,
    /** The plan's DNS host, which must be the one that serves the zone. */
    host: z.enum(["rfc2136", "cloudflare", "azure", "manual"]).optional(),
    /** The MX record set before the migration; TTL in seconds. */
    mx: setSchema.optional(),
  }),
  outputs: noOutputs,
  computed: ["mx"],
  replaceOn: ["domain"],
  ignoreChanges: ["observed", "host"],
});
