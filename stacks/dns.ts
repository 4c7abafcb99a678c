import * as pulumi from "@pulumi/pulumi";
import { DnsRecordSet, type DnsRecordSetArgs } from "../providers/dns-record-set.js";
import type { Migration } from "./migration.js";

/** One record set as the stages ask for it, whatever host the zone is at. */
export interface RecordSetRequest
  extends Pick<
    DnsRecordSetArgs,
    "name" | "type" | "ttl" | "values" | "mode" | "onDelete" | "tenantMx" | "formerMx" | "switched"
  > {}

/** Declares a record set at the plan's DNS host. */
export function recordSet(
  { plan, observed }: Migration,
  name: string,
  request: RecordSetRequest,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const { dns } = plan;
  switch (dns.host) {
    case "rfc2136":
      return new DnsRecordSet(
        name,
        {
          ...request,
          server: dns.server,
          zone: observed.zone,
          transport: dns.transport,
          ...(dns.key === undefined ? {} : { key: dns.key }),
        },
        { dependsOn },
      );
    default:
      throw new pulumi.RunError(`mailstage:plan.dns.host: ${dns.host} is not supported yet`);
  }
}
