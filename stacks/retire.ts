import type * as pulumi from "@pulumi/pulumi";
import type { DnsObservation } from "../providers/dns-observation.js";
import type { Gate } from "../providers/gate.js";
import { gate } from "./gate.js";
import type { Migration } from "./migration.js";
import { routedBy } from "./route.js";
import type { Verification } from "./verify.js";

/**
 * Delete the staged migration batch: the way in asks for 72 hours and a synchronization since the MX switch; then the
 * batches leave the program (`migrate.ts`), their own guards ask again, and the MX gets its former TTL.
 */
export function retire(
  migration: Migration,
  verification: Verification,
  routed: DnsObservation,
  dependsOn: pulumi.Resource[],
): Gate {
  return gate(migration, "retire", dependsOn, {
    routing: routedBy(verification, routed),
  });
}
