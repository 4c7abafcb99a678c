import type * as pulumi from "@pulumi/pulumi";
import type { DnsBaseline } from "../providers/dns-baseline.js";
import { DnsObservation } from "../providers/dns-observation.js";
import type { Gate } from "../providers/gate.js";
import { takeOverApexText } from "./apex-text.js";
import { takeOverAutodiscover } from "./autodiscover.js";
import { gate } from "./gate.js";
import { baseline } from "./mail-exchanger.js";
import type { Migration } from "./migration.js";
import { targetAddressPermission } from "./permissions.js";

/** What `prepare` leaves behind. */
export interface Preparation {
  readonly gate: Gate;
  /** The MX as it was. */
  readonly before: DnsBaseline;
  readonly declared: pulumi.Resource[];
}

/**
 * Prepare for a staged migration: Outlook Anywhere answers, the migration administrator has the permissions, Unified
 * Messaging is off. And the first half of "Reduce email delays": the present MX is adopted and its TTL remembered; so are
 * the domain's TXT set and its autodiscover record, for the stages that will change them.
 */
export function prepare(migration: Migration): Preparation {
  const permission = targetAddressPermission(migration);
  const prepareGate = gate(migration, "prepare", [permission ?? migration.stage], {
    targetAddressGrant: permission?.sid ?? "none",
  });
  const before = baseline(migration, [prepareGate]);
  const declared = [
    ...(permission === undefined ? [] : [permission]),
    prepareGate,
    before,
    ...(migration.at("verify") ? [] : takeOverApexText(migration, [prepareGate])),
    ...(migration.at("complete") ? [] : takeOverAutodiscover(migration, [prepareGate])),
  ];
  return { gate: prepareGate, before, declared };
}

/** When the lowered TTL of the MX was first seen everywhere: the former one runs out from then. */
export function observeLoweredTtl(
  { plan, observed, at, within }: Migration,
  before: DnsBaseline,
  mx: pulumi.Resource | undefined,
): DnsObservation {
  return new DnsObservation(
    "mx-ttl",
    {
      tenant: plan.tenant,
      observed,
      name: plan.domain,
      type: "MX",
      maxTtl: before.mx.apply(({ ttl }) => Math.min(ttl, plan.mx.migrationTtl)),
      // The way into route asks what was seen until then; from retire on the TTL is long again. Not before: what is declared anew
      // is unknown in the preview, and the way into route would be asked about nothing.
      over: at("retire"),
    },
    // From route on the MX depends on this observation, not the other way round.
    { ...within, dependsOn: [mx ?? before] },
  );
}
