import { z } from "zod";
import type { NativeRecords, NativeSet } from "../host-interface.js";
import { automaticTtl, fromCloudflare, ttlSeen } from "./convert.js";

/** A record at Cloudflare: one resource a value. */
export const cloudflareRecord = "cloudflare:index/dnsRecord:DnsRecord";

const schema = z.object({
  zoneId: z.string().catch(""),
  name: z.string(),
  type: z.string(),
  ttl: z.number().optional().catch(undefined),
  content: z.string().optional().catch(undefined),
  priority: z.number().optional().catch(undefined),
  proxied: z.boolean().optional().catch(undefined),
});

/** One value of a set. */
function readCloudflareRecord(
  properties: unknown,
  isUnknown: (value: unknown) => boolean,
): NativeSet | undefined {
  const read = schema.safeParse(properties).data;
  if (read === undefined) return undefined;
  const { zoneId, name, type, ttl, content, priority, proxied } = read;
  const value = () => {
    if (content === undefined || isUnknown(content)) return null;
    if (type === "MX") return `${priority ?? 0} ${content}`;
    return type === "TXT" ? fromCloudflare(type, content) : content;
  };
  return {
    zone: zoneId,
    name,
    type,
    ttl: ttl === undefined ? null : ttlSeen(ttl),
    values: [value()],
    proxied: proxied === true,
  };
}

/** How its native resources are told and read. */
export const cloudflareRecords: NativeRecords = {
  token: cloudflareRecord,
  granularity: "value",
  automaticTtl: automaticTtl.seconds,
  read: readCloudflareRecord,
};
