import { z } from "zod";
import type { NativeRecords, NativeSet } from "../host-interface.js";

/** A record set at Azure DNS. */
export const azureRecordSet = "azure-native:dns:RecordSet";

const text = z.string().optional().catch(undefined);

/** Its inputs, or where these are not known its outputs, which have of its path only what Azure answers. */
const schema = z.object({
  zoneName: text,
  relativeRecordSetName: z.string().default("@"),
  recordType: text,
  name: text,
  type: text,
  fqdn: text,
  ttl: z.number().optional().catch(undefined),
  mxRecords: z
    .array(z.object({ preference: z.number(), exchange: z.string() }))
    .optional()
    .catch(undefined),
  cnameRecord: z.object({ cname: z.string() }).optional().catch(undefined),
  txtRecords: z
    .array(z.object({ value: z.array(z.string()) }))
    .optional()
    .catch(undefined),
  aRecords: z
    .array(z.object({ ipv4Address: z.string() }))
    .optional()
    .catch(undefined),
  aaaaRecords: z
    .array(z.object({ ipv6Address: z.string() }))
    .optional()
    .catch(undefined),
});

/** A whole set. */
function readAzureRecordSet(
  properties: unknown,
  isUnknown: (value: unknown) => boolean,
): NativeSet | undefined {
  const read = schema.safeParse(properties).data;
  if (read === undefined) return undefined;
  const { zoneName = "", ttl } = read;
  const type = (read.recordType ?? read.type)?.split("/").at(-1) ?? (read.mxRecords && "MX");
  if (type === undefined) return undefined;
  const values = [
    ...(read.mxRecords ?? []).map(({ preference, exchange }) => `${preference} ${exchange}`),
    ...(read.cnameRecord === undefined ? [] : [read.cnameRecord.cname]),
    // The strings of one value are chunks of one record (RFC 1035 §3.3.14).
    ...(read.txtRecords ?? []).map(({ value }) => value.join("")),
    ...(read.aRecords ?? []).map(({ ipv4Address }) => ipv4Address),
    ...(read.aaaaRecords ?? []).map(({ ipv6Address }) => ipv6Address),
  ].map((value) => (isUnknown(value) ? null : value));
  const { mxRecords, cnameRecord, txtRecords, aRecords, aaaaRecords } = read;
  const isKnown = [mxRecords, cnameRecord, txtRecords, aRecords, aaaaRecords].some(Boolean);
  return {
    zone: zoneName,
    name: nameOf(read),
    type: type.toUpperCase(),
    ttl: ttl ?? null,
    values: isKnown ? values : [null],
    proxied: false,
  };
}

function nameOf({ zoneName, relativeRecordSetName, fqdn, name }: z.output<typeof schema>): string {
  if (zoneName === undefined) return fqdn?.replace(/\.$/, "") ?? name ?? relativeRecordSetName;
  return relativeRecordSetName === "@" ? zoneName : `${relativeRecordSetName}.${zoneName}`;
}

/** How its native resources are told and read. */
export const azureRecords: NativeRecords = {
  token: azureRecordSet,
  granularity: "set",
  read: readAzureRecordSet,
};
