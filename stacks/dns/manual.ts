import type * as pulumi from "@pulumi/pulumi";
import { DnsManual } from "../../providers/dns-manual.js";
import type { Migration } from "../migration.js";
import type { RecordSetRequest } from "./request.js";

/** A record set that a person sets: printed as a table, and believed only when the authoritative servers answer it. */
export function manualRecordSet(
  { observed, within }: Migration,
  name: string,
  request: RecordSetRequest,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  return new DnsManual(name, { ...request, observed }, { ...within, dependsOn });
}
