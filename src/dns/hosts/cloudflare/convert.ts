import { z } from "zod";
import { canonicalName, canonicalValue, type RecordType, recordTypes } from "../../record-set.js";
import { textStrings } from "../shared/strings.js";
import type { HostedRecord } from "../shared/zone.js";

/** Cloudflare's automatic TTL: how it is written, and what it is for the world, seconds. */
export const automaticTtl = { written: 1, seconds: 300 } as const;

/** A TTL as the world sees it, seconds. */
export const ttlSeen = (written: number): number =>
  written === automaticTtl.written ? automaticTtl.seconds : written;

/** A record as the API answers it. */
export const recordSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string().default(""),
  ttl: z.number(),
  priority: z.number().nullish(),
  proxied: z.boolean().nullish(),
});

/** A record's content as mailstage compares it: TXT without quotes and joined, MX with its preference. */
export function fromCloudflare(type: RecordType, content: string, priority?: number | null): string {
  if (type === "MX") return canonicalValue("MX", `${priority ?? 0} ${content}`);
  if (type !== "TXT") return canonicalValue(type, content);
  const strings = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text = ""]) =>
    text.replace(/\\(\d{3}|.)/gs, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number(code)) : code,
    ),
  );
  // Content typed without quotes is taken by Cloudflare as it stands.
  return content.startsWith('"') && strings.length > 0 ? strings.join("") : content;
}

/** A value as `cloudflare.DnsRecord` wants it: TXT quoted, in strings of at most 255 octets, else the API re-splits it and every preview differs. */
export function toCloudflare(type: RecordType, value: string): { content: string; priority?: number } {
  if (type === "MX") {
    const [preference = "0", exchange = ""] = canonicalValue("MX", value).split(" ");
    return { content: exchange, priority: Number(preference) };
  }
  if (type !== "TXT") return { content: canonicalValue(type, value) };
  const strings = textStrings(value).map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`);
  return { content: strings.join(" ") };
}

/** A record in mailstage's terms; undefined for a type it knows nothing of. */
export function toRecord(zoneId: string, record: z.output<typeof recordSchema>): HostedRecord | undefined {
  const type = recordTypes.find((own) => own === record.type);
  if (type === undefined || type === "SOA") return undefined;
  const value = fromCloudflare(type, record.content, record.priority);
  const automatic = record.ttl === automaticTtl.written;
  return {
    importId: `${zoneId}/${record.id}`,
    name: canonicalName(record.name),
    type,
    ttl: ttlSeen(record.ttl),
    values: [value],
    spelling: { [value]: record.content },
    ...(automatic ? { automatic } : {}),
    ...(record.proxied === true ? { proxied: true } : {}),
  };
}
