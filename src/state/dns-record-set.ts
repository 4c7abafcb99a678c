import { z } from "zod";
import { displacedSchema, plannedSchema, setSchema } from "../dns/planned.js";
import { contract } from "./contract.js";
import { changedTypes, onDeleteInput } from "./settings.js";

/** Inputs of `DnsRecordSet`. */
export const dnsRecordSetInputs = {
  /** Primary server that takes RFC 2136 updates, host or host:port. */
  server: z.string(),
  /** The zone. Replaces. */
  zone: z.string(),
  /** TSIG key; its secret comes from MAILSTAGE_TSIG_SECRET or `mailstage:tsigSecret`. */
  key: z
    .object({ name: z.string(), algorithm: z.enum(["hmac-sha256", "hmac-sha384", "hmac-sha512"]) })
    .optional(),
  /** How updates are sent. @default tcp */
  transport: z.enum(["udp", "tcp"]),
  /** Fully qualified name. Replaces. */
  name: z.string(),
  /** Record type. Replaces. */
  type: z.enum(["MX", "TXT", "CNAME", "A", "AAAA"]),
  /** Seconds; absent: the set keeps its own, and a new one gets 3600. */
  ttl: z.number().optional(),
  /** Values in text: `10 mail.contoso.com`, raw TXT, host. */
  values: z.array(z.string()),
  /** `exact`: these values and no others; `merge`: these beside whatever else is there. */
  mode: z.enum(["exact", "merge"]),
  /** What a delete does: `restore` what was there before, `remove` our values, or `leave` the set as it is. */
  onDelete: onDeleteInput,
  /** The MX the tenant names, for the check that mail never goes elsewhere. */
  tenantMx: z.array(z.string()).optional(),
  /** The MX that was adopted at prepare, which may always return. */
  formerMx: z.array(z.string()).optional(),
  /** Whether MX points at the tenant already: then a TTL may rise again. */
  switched: z.boolean().optional(),
  /** Where changes are noted before they are sent, a path or URL; absent: where the plan of stack config has snapshots kept. */
  journal: z.string().optional(),
  /** The set as it was before mailstage touched it; null where there was none. */
  former: setSchema.nullable().optional(),
  /** What made room for a CNAME: addresses, and whatever a wildcard answered at its name. */
  displaced: displacedSchema.optional(),
  /** What a wildcard answered for the names that the change brought into existence, written with it. */
  beside: z
    .array(z.object({ name: z.string(), type: changedTypes.or(z.enum(["A", "AAAA"])), ...setSchema.shape }))
    .optional(),
  /** The set as it was when this change was planned; null where there was none. */
  seen: setSchema.nullable().optional(),
  /** Values of others that stay in the set. */
  keeps: z.array(z.string()).optional(),
  /** What the update that it was planned for makes of the record sets at the name. */
  planned: plannedSchema.optional(),
};

/** Outputs of `DnsRecordSet`. */
export const dnsRecordSetOutputs = {
  /** Values, and terms of an SPF policy, that are ours. */
  owned: z.array(z.string()),
  /** The set as the server has it. */
  live: setSchema.nullable(),
};

/** One DNS record set, kept by RFC 2136 UPDATE. */
export const dnsRecordSetContract = contract({
  inputs: z.object(dnsRecordSetInputs),
  outputs: z.object(dnsRecordSetOutputs),
  computed: ["former", "displaced", "beside", "seen", "keeps", "planned"],
  replaceOn: ["zone", "name", "type"],
  ignoreChanges: [
    "journal",
    "tenantMx",
    "formerMx",
    "switched",
    "transport",
    "keeps",
    "seen",
    "beside",
    "planned",
  ],
});
