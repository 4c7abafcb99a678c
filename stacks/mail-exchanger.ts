import { DnsBaseline } from "../providers/dns-baseline.js";
import type { Domain } from "../providers/domain.js";
import type { DomainVerification } from "../providers/domain-verification.js";
import * as pulumi from "../providers/sdk.js";
import { defined } from "../src/base/defined.js";
import { recordSet } from "./dns/index.js";
import type { Migration } from "./migration.js";

/** The domain's MX before the migration. */
export function baseline(migration: Migration, dependsOn: pulumi.Resource[]): DnsBaseline {
  const { plan, observed, within, journal } = migration;
  return new DnsBaseline(
    "dns-baseline",
    {
      domain: plan.domain,
      tenant: plan.tenant,
      observed,
      host: plan.dns.host,
      ...defined({ journal }),
    },
    { ...within, dependsOn },
  );
}

/**
 * The domain's MX at every stage: what it was, with a TTL of at most 3600 s, until `route` points it at the tenant; from
 * `retire` on with the TTL it had (Microsoft's procedure, "Reduce email delays" and "Route your email").
 */
export function mailExchanger(
  migration: Migration,
  before: DnsBaseline,
  { domain, ownership }: { domain?: Domain | undefined; ownership?: DomainVerification | undefined },
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const { plan, at } = migration;
  const { migrationTtl, finalTtl } = plan.mx;
  const former = before.mx.apply(({ values }) => values);
  const tenant = ownership?.mx;
  const routed = at("route") && tenant !== undefined;
  const proof =
    plan.verification === "mx" && domain !== undefined && !at("connect")
      ? domain.mx.apply((value) => (value === null ? [] : [value]))
      : pulumi.output<string[]>([]);
  return recordSet(
    migration,
    "mx",
    {
      name: plan.domain,
      type: "MX",
      mode: "exact",
      values: routed ? tenant : pulumi.all([former, proof]).apply(([values, more]) => [...values, ...more]),
      ttl: before.mx.apply(({ ttl }) => (at("retire") ? (finalTtl ?? ttl) : Math.min(ttl, migrationTtl))),
      formerMx: former,
      // Also what the tenant has named before: mail that goes there is the tenant's, and may be left where it goes.
      ...defined({ tenantMx: ownership?.named }),
      switched: at("retire"),
      // Mail that is routed to the tenant stays there, whatever becomes of the stack.
      onDelete: routed ? "leave" : "restore",
    },
    dependsOn,
  );
}
