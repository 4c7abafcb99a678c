import type { DnsRecordSetArgs } from "../../providers/dns-record-set.js";

/** One record set as the stages ask for it, whatever host the zone is at. */
export interface RecordSetRequest
  extends Pick<
    DnsRecordSetArgs,
    "name" | "values" | "ttl" | "mode" | "onDelete" | "tenantMx" | "formerMx" | "switched"
  > {
  /** Record type. */
  readonly type: "MX" | "TXT" | "CNAME";
}
