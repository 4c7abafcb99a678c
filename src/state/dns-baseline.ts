import { z } from "zod";
import { setSchema } from "../dns/planned.js";
import { dnsHosts } from "../plan/dns-plan.js";
import { contract, noOutputs } from "./contract.js";
import { observedInput, tenantInput } from "./settings.js";

/** Inputs of `DnsBaseline`. */
export const dnsBaselineInputs = {
  /** The e-mail domain. Replaces. */
  domain: z.string(),
  /** The tenant, asked which mail servers are its own. */
  tenant: tenantInput,
  /** Which servers are asked. */
  observed: observedInput,
  /** The plan's DNS host, which must be the one that serves the zone. */
  host: z.literal(dnsHosts).optional(),
  /** Where changes of DNS are noted before they are sent, a path or URL; absent: where the plan of stack config has snapshots kept. */
  journal: z.string().optional(),
  /** The MX record set before the switch, which going back from `route` returns to; TTL in seconds. */
  mx: setSchema.optional(),
};

/** The MX before the switch: as it was found when the migration began, or accepted since by `pulumi refresh`. */
export const dnsBaselineContract = contract({
  inputs: z.object(dnsBaselineInputs),
  outputs: noOutputs,
  computed: ["mx"],
  replaceOn: ["domain"],
  ignoreChanges: ["journal", "observed", "host", "tenant"],
});
