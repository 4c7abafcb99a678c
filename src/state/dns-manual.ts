import { z } from "zod";
import { displacedSchema, plannedSchema, setSchema } from "../dns/planned.js";
import { contract } from "./contract.js";
import { changedTypes, observedInput, onDeleteInput } from "./settings.js";

/** Inputs of `DnsManual`. */
export const dnsManualInputs = {
  /** Which servers are asked whether it is set. */
  observed: observedInput,
  /** Fully qualified name. Replaces. */
  name: z.string(),
  /** Record type. Replaces. */
  type: changedTypes,
  /** Seconds; absent: the set's own. */
  ttl: z.number().optional(),
  /** Values in text: `10 mail.contoso.com`, raw TXT, host. */
  values: z.array(z.string()),
  /** `exact`: these values and no others; `merge`: these beside whatever else is there. */
  mode: z.enum(["exact", "merge"]),
  /** What a person is asked for when it goes: what was there before, ours to be taken away, or nothing. */
  onDelete: onDeleteInput,
  /** The MX the tenant names. */
  tenantMx: z.array(z.string()).optional(),
  /** The MX before the migration. */
  formerMx: z.array(z.string()).optional(),
  /** Whether MX points at the tenant already. */
  switched: z.boolean().optional(),
  /** Values, and terms of an SPF policy, that are ours. */
  owned: z.array(z.string()).optional(),
  /** The set as it was when it was first asked for; null where there was none. */
  former: setSchema.nullable().optional(),
  /** What made room for a CNAME. */
  displaced: displacedSchema.optional(),
  /** What the update that it was planned for makes of the record sets at the name. */
  planned: plannedSchema.optional(),
};

/** Outputs of `DnsManual`. */
export const dnsManualOutputs = {
  /** Servers that do not answer it yet. */
  waiting: z.array(z.string()),
};

/** A record set that a person sets. */
export const dnsManualContract = contract({
  inputs: z.object(dnsManualInputs),
  outputs: z.object(dnsManualOutputs),
  computed: ["owned", "former", "displaced", "planned"],
  replaceOn: ["name", "type"],
  ignoreChanges: ["observed", "tenantMx", "formerMx", "switched", "planned"],
});
