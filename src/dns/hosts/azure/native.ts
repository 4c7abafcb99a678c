import { z } from "zod";
import type { NativeRecords, NativeSet } from "../host-interface.js";

/** A record set at Azure DNS. */
export const azureRecordSet = "azure-native:dns:RecordSet";

const schema = z.object({
  zoneName: z.string(),
  relativeRecordSetName: z.string().default("@"),
  recordType: z.string(),
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
  const { zoneName, relativeRecordSetName, recordType, ttl } = read;
  const values = [
    ...(read.mxRecords ?? []).map(({ preference, exchange }) => `${preference} ${exchange}`),
    ...(read.cnameRecord === undefined ? [] : [read.cnameRecord.cname]),
    // The strings of one value are chunks of one record (RFC 1035 §3.3.14).
    ...(read.txtRecords ?? []).map(({ value }) => value.join("")),
    ...(read.aRecords ?? []).map(({ ipv4Address }) => ipv4Address),
    ...(read.aaaaRecords ?? []).map(({ ipv6Address }) => ipv6Address),
  ].map((value) => (isUnknown(value) ? null : value));
  return {
    zone: zoneName,
    name: relativeRecordSetName === "@" ? zoneName : `${relativeRecordSetName}.${zoneName}`,
    type: recordType.split("/").at(-1) ?? recordType,
    ttl: ttl ?? null,
    values: values.length === 0 ? [null] : values,
    proxied: false,
  };
}

/** How its native resources are told and read. */
export const azureRecords: NativeRecords = {
  token: azureRecordSet,
  granularity: "set",
  read: readAzureRecordSet,
};
