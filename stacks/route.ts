import { DnsObservation } from "../providers/dns-observation.js";
import type { Gate } from "../providers/gate.js";
import * as pulumi from "../providers/sdk.js";
import { gate } from "./gate.js";
import type { Routing } from "./migrate.js";
import type { Migration } from "./migration.js";
import type { Preparation } from "./prepare.js";
import type { Verification } from "./verify.js";

/** The way into `route`: all mailboxes are synced, and the former TTL of the MX has run out. */
export function routeGate(
  migration: Migration,
  { before }: Preparation,
  lowered: DnsObservation,
  dependsOn: pulumi.Resource[],
): Gate {
  return gate(migration, "route", dependsOn, {
    lowered: pulumi
      .all([seenAt(lowered), before.mx])
      .apply(([observedAt, mx]) => ({ observedAt, formerTtl: mx.ttl })),
  });
}

/**
 * Route your email directly to Microsoft 365: the MX points at the tenant (`mail-exchanger.ts`); here the switch is
 * observed on every authoritative server, from which moment the 72 hours count.
 */
export function route(
  migration: Migration,
  verification: Verification,
  dependsOn: pulumi.Resource[],
): { observation: DnsObservation; routing: Routing } {
  const { plan, observed, within } = migration;
  const observation = new DnsObservation(
    "mail-routing",
    { tenant: plan.tenant, observed, name: plan.domain, type: "MX", goesTo: verification.ownership.named },
    { ...within, dependsOn },
  );
  const routing = routedBy(verification, observation).apply(({ routedAt, values }) =>
    routedAt === null ? undefined : { routedAt, values },
  );
  return { observation, routing };
}

/** When the switch was seen and to what, as the later ways in ask for it. */
export function routedBy({ ownership }: Verification, observation: DnsObservation) {
  return pulumi
    .all([seenAt(observation), ownership.named])
    .apply(([routedAt, values]) => ({ routedAt, values }));
}

/** When it was seen; an update of other resources alone (`--target`) leaves one out that is not made yet, which has no outputs. */
function seenAt({ observedAt }: DnsObservation): pulumi.Output<string | null> {
  return pulumi.output(observedAt).apply((at: string | null | undefined) => at ?? null);
}
