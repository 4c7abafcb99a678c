import type * as pulumi from "@pulumi/pulumi";
import { DnsRecordSet } from "../../providers/dns-record-set.js";
import { defined } from "../../src/base/defined.js";
import type { DnsPlan } from "../../src/plan/index.js";
import type { Migration } from "../migration.js";
import type { RecordSetRequest } from "./request.js";

/** A record set kept by RFC 2136 updates: ours, since Pulumi has no provider for them. */
export function rfc2136RecordSet(
  { observed, within, journal }: Migration,
  dns: Extract<DnsPlan, { host: "rfc2136" }>,
  name: string,
  request: RecordSetRequest,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const { server, transport, key } = dns;
  return new DnsRecordSet(
    name,
    {
      ...request,
      server,
      zone: observed.zone,
      transport,
      ...defined({ key, journal }),
    },
    { ...within, dependsOn },
  );
}
