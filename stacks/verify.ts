import type * as pulumi from "@pulumi/pulumi";
import { Domain } from "../providers/domain.js";
import { DomainVerification } from "../providers/domain-verification.js";
import { apexText } from "./apex-text.js";
import { gate } from "./gate.js";
import type { Migration } from "./migration.js";

/** What `verify` leaves behind. */
export interface Verification {
  readonly domain: Domain;
  readonly ownership: DomainVerification;
}

/**
 * Verify you own the domain: it is added to the tenant, the record the tenant names is published beside whatever is
 * there, and verified when every authoritative server answers it and 15 minutes have passed.
 */
export function verify(migration: Migration, dependsOn: pulumi.Resource[]): Verification {
  const { plan, observed, at } = migration;
  const way = gate(migration, "verify", dependsOn);
  const domain = new Domain("domain", { tenant: plan.tenant, domain: plan.domain }, { dependsOn: [way] });
  // From route on the tenant's SPF policy is merged in, which is known once the domain is verified.
  const merged = at("route") && plan.spf === "add";
  const proof = merged ? [] : apexText(migration, domain, undefined, [domain]);
  const ownership = new DomainVerification(
    "domain-verification",
    {
      tenant: plan.tenant,
      domain: plan.domain,
      observed,
      type: plan.verification === "mx" ? "MX" : "TXT",
      value: plan.verification === "mx" ? domain.mx.apply((value) => value ?? "") : domain.txt,
    },
    { dependsOn: [domain, ...proof] },
  );
  return { domain, ownership };
}
