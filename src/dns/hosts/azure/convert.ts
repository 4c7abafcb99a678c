import { z } from "zod";
import { MailstageError } from "../../../base/problem.js";
import { canonicalName, canonicalValue, type RecordType } from "../../record-set.js";

/** Where an Azure DNS zone is. */
export interface AzureZonePlace {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** The zone's name, A-labels. */
  readonly zone: string;
}

/** A record set as Azure Resource Manager answers it. */
export const setSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  properties: z.looseObject({
    TTL: z.number().default(0),
    ARecords: z.array(z.looseObject({ ipv4Address: z.string() })).nullish(),
    AAAARecords: z.array(z.looseObject({ ipv6Address: z.string() })).nullish(),
    CNAMERecord: z.looseObject({ cname: z.string() }).nullish(),
    MXRecords: z.array(z.looseObject({ preference: z.number(), exchange: z.string() })).nullish(),
    NSRecords: z.array(z.looseObject({ nsdname: z.string() })).nullish(),
    TXTRecords: z.array(z.looseObject({ value: z.array(z.string()) })).nullish(),
    targetResource: z.looseObject({ id: z.string().nullish() }).nullish(),
  }),
});

/** A record set as Azure Resource Manager answers it. */
export type AzureSet = z.output<typeof setSchema>;

/** Name of a set inside its zone: `@` for the apex. */
export function relativeName(name: string, zone: string): string {
  const [own, apex] = [canonicalName(name), canonicalName(zone)];
  if (own === apex) return "@";
  if (own.endsWith(`.${apex}`)) return own.slice(0, -apex.length - 1);
  throw new MailstageError({
    code: "dns-notzone",
    subject: own,
    reason: `it is outside the zone ${apex}`,
    hint: "Check dns.zone in the plan",
  });
}

/** ARM id of a record set, by which `azure-native.dns.RecordSet` imports it. */
export function recordSetId(place: AzureZonePlace, type: RecordType, name: string): string {
  return `${zoneResourceId(place)}/${type}/${relativeName(name, place.zone)}`;
}

/** ARM id of a zone. */
export function zoneResourceId({ subscriptionId, resourceGroup, zone }: AzureZonePlace): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/dnsZones/${zone}`;
}

/** The values of a set, each with its spelling at Azure. */
export function valuesOf(type: RecordType, { properties }: AzureSet): [value: string, spelling: string][] {
  const plain = (values: readonly string[]): [string, string][] =>
    values.map((value) => [canonicalValue(type, value), value]);
  switch (type) {
    case "A":
      return plain((properties.ARecords ?? []).map((record) => record.ipv4Address));
    case "AAAA":
      return plain((properties.AAAARecords ?? []).map((record) => record.ipv6Address));
    case "CNAME":
      return plain(properties.CNAMERecord ? [properties.CNAMERecord.cname] : []);
    case "NS":
      return plain((properties.NSRecords ?? []).map((record) => record.nsdname));
    case "MX":
      return (properties.MXRecords ?? []).map(({ preference, exchange }) => [
        canonicalValue("MX", `${preference} ${exchange}`),
        exchange,
      ]);
    case "TXT":
      return (properties.TXTRecords ?? []).map(({ value }) => [value.join(""), JSON.stringify(value)]);
    case "SOA":
      return [];
  }
}
