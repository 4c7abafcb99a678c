import type * as pulumi from "@pulumi/pulumi";
import { placeInPlan } from "../../src/dns/hosts/all-places.js";
import type { Migration } from "../migration.js";
import { HostedRecordSet } from "./hosted.js";
import { manualRecordSet } from "./manual.js";
import type { RecordSetRequest } from "./request.js";
import { rfc2136RecordSet } from "./rfc2136.js";

/** Declares a record set at the plan's DNS host. */
export function recordSet(
  migration: Migration,
  name: string,
  request: RecordSetRequest,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const { dns } = migration.plan;
  if (dns.host === "rfc2136") return rfc2136RecordSet(migration, dns, name, request, dependsOn);
  if (dns.host === "manual") return manualRecordSet(migration, name, request, dependsOn);
  const { plan, observed, within } = migration;
  return new HostedRecordSet(name, placeInPlan(plan, dns), observed, request, { ...within, dependsOn });
}

/**
 * Takes over what stands at a name without changing it, so that a later stage can change it and a revert restores it.
 * Only where Pulumi's own provider keeps the records: elsewhere it is read when it is changed.
 */
export function takeOver(
  migration: Migration,
  name: string,
  request: Pick<RecordSetRequest, "name" | "type"> & { readonly mode: "merge" | "follow" },
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { dns } = migration.plan;
  if (dns.host === "rfc2136" || dns.host === "manual") return [];
  const { plan, observed, within } = migration;
  const asked = { ...request, values: [] };
  return [new HostedRecordSet(name, placeInPlan(plan, dns), observed, asked, { ...within, dependsOn })];
}
