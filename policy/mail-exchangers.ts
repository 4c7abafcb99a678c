import { z } from "zod";
import { defined } from "../src/base/defined.js";
import { ttlSeen } from "../src/dns/hosts/cloudflare/convert.js";
import { found } from "../src/state/found.js";
import type { Declared } from "./declared.js";
import { azureRecordSet, cloudflareRecord } from "./tokens.js";

/** The MX of a name, or a part of it: one resource, at whichever host the zone is kept. */
export interface MailExchanger {
  readonly urn: string;
  /** Fully qualified, or as the host has it. */
  readonly name: string;
  /** The host's own id of the zone, where the record says it: a name may be one within its zone. */
  readonly zoneId?: string;
  /** Seconds; undefined where it is the set's own or not known before the update. */
  readonly ttl: number | undefined;
  /** `0 contoso-com.mail.protection.outlook.com`, lower case, no final dot; undefined where not known before the update. */
  readonly values: readonly string[] | undefined;
}

const ttl = z.number().optional().catch(undefined);
const cloudflareSchema = z.object({
  zoneId: z.string().optional().catch(undefined),
  name: z.string(),
  type: z.literal("MX"),
  ttl,
  content: z.string().optional(),
  priority: z.number().optional(),
});
const text = z.string().optional().catch(undefined);
/** Its inputs, or where these are not known its outputs, which have of its path only what Azure answers. */
const azureSchema = z.object({
  relativeRecordSetName: z.string().default("@"),
  zoneName: text,
  recordType: text,
  name: text,
  type: text,
  fqdn: text,
  ttl,
  mxRecords: z.array(z.object({ preference: z.number(), exchange: z.string() })).optional(),
});

/** An MX value as it is compared: lower case, no final dot, one space. */
export const spelled = (value: string): string =>
  value.trim().toLowerCase().replace(/\s+/g, " ").replace(/\.$/, "");

/** The MX a resource keeps; undefined where it keeps none. */
export function mailExchangerOf({ kind, type, props, urn }: Declared): MailExchanger | undefined {
  if (kind === "DnsRecordSet" || kind === "DnsManual") {
    const read = found(kind, props);
    if (read.name === undefined || read.type !== "MX") return undefined;
    return { urn, name: spelled(read.name), ttl: read.ttl, values: read.values?.map(spelled) };
  }
  if (type === cloudflareRecord) {
    const read = cloudflareSchema.safeParse(props).data;
    if (read === undefined) return undefined;
    const { name, content, priority = 0, zoneId } = read;
    return {
      urn,
      name: spelled(name),
      ...defined({ zoneId }),
      ttl: read.ttl === undefined ? undefined : ttlSeen(read.ttl),
      values: content === undefined ? undefined : [spelled(`${priority} ${content}`)],
    };
  }
  if (type === azureRecordSet) {
    const read = azureSchema.safeParse(props).data;
    if (read === undefined) return undefined;
    const isMx = /(?:^|\/)MX$/i.test(read.recordType ?? read.type ?? "");
    if (!isMx && read.mxRecords === undefined) return undefined;
    return {
      urn,
      name: spelled(azureName(read) ?? read.name ?? ""),
      ttl: read.ttl,
      values: read.mxRecords?.map(({ preference, exchange }) => spelled(`${preference} ${exchange}`)),
    };
  }
  return undefined;
}

function azureName(read: z.output<typeof azureSchema>): string | undefined {
  const { relativeRecordSetName: relative, zoneName, fqdn } = read;
  if (zoneName === undefined) return fqdn;
  return relative === "@" ? zoneName : `${relative}.${zoneName}`;
}

/** A value that only proves ownership: an exchanger that is never tried, since it does not exist. */
export const isProof = (value: string): boolean => /^32767 \S+\.msv1\.invalid$/.test(value);
