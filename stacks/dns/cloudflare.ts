import * as pulumi from "../../providers/sdk.js";
import { automaticTtl, toCloudflare } from "../../src/dns/hosts/index.js";
import type { DeclareNative } from "./native-record.js";
import { sdkOf } from "./sdk-of.js";

/** Declares records in a zone at Cloudflare: one resource a value, always DNS-only unless it was proxied before us. */
export function cloudflareRecord(zoneId: string): DeclareNative {
  // In the program of every plan; the SDK is loaded by those that use it.
  const { DnsRecord } = sdkOf("cloudflare", (): typeof import("@pulumi/cloudflare/dnsRecord.js") =>
    require("@pulumi/cloudflare/dnsRecord.js"),
  );
  return ({ resource, name, record }, opts) => {
    const { type, spelling, proxied = false } = record;
    const parts = pulumi.output(record.values).apply(([value = ""]) => {
      const { content, ...rest } = toCloudflare(type, value);
      return { content: spelling[value] ?? content, ...rest };
    });
    return new DnsRecord(
      resource,
      {
        zoneId,
        name,
        type,
        ttl: record.automatic || proxied ? automaticTtl.written : record.ttl,
        content: parts.content,
        ...(type === "MX" ? { priority: parts.apply(({ priority }) => priority ?? 0) } : {}),
        proxied,
      },
      // Notes on a record are the zone's own.
      { ...opts, ignoreChanges: ["comment", "tags", "settings"] },
    );
  };
}
