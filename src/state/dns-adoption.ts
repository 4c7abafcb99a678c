import { z } from "zod";
import { hostPlace } from "../dns/hosts/all-places.js";
import { hostedMemorySchema } from "../dns/hosts/shared/hosted-memory.js";
import { plannedSchema } from "../dns/planned.js";
import { contract, noOutputs } from "./contract.js";
import { changedTypes, observedInput } from "./settings.js";

/** Inputs of `DnsAdoption`. */
export const dnsAdoptionInputs = {
  /** The zone's host. */
  host: hostPlace,
  /** The zone's name, and which servers are asked whether they are the host's. */
  observed: observedInput,
  /** Fully qualified name. Replaces. */
  name: z.string(),
  /** Record type. Replaces. */
  type: changedTypes,
  /** Seconds; absent: the set's own. */
  ttl: z.number().optional(),
  /** Values in text: `10 mail.contoso.com`, raw TXT, host. */
  values: z.array(z.string()),
  /** `exact`: these and no others; `merge`: these beside whatever else is there; `follow`: what stands there, until another mode takes over. */
  mode: z.enum(["exact", "merge", "follow"]),
  /** The MX the tenant names, for the check that mail never goes elsewhere. */
  tenantMx: z.array(z.string()).optional(),
  /** The MX that was adopted at prepare, which may always return. */
  formerMx: z.array(z.string()).optional(),
  /** Whether MX points at the tenant already: then a TTL may rise again. */
  switched: z.boolean().optional(),
  /** Native resources that the state holds (`mx-1`); absent where that is not known. */
  managed: z.array(z.string()).optional(),
  ...hostedMemorySchema.partial().shape,
  /** What the update that it was planned for makes of the record sets at the name. */
  planned: plannedSchema.optional(),
};

/** What is known of a record set that Cloudflare's or Azure's own Pulumi provider keeps. */
export const dnsAdoptionContract = contract({
  inputs: z.object(dnsAdoptionInputs),
  outputs: noOutputs,
  computed: ["former", "owned", "keeps", "records", "clear", "drop", "placed", "planned"],
  replaceOn: ["name", "type"],
  ignoreChanges: ["observed", "tenantMx", "formerMx", "switched", "managed", "planned"],
});
