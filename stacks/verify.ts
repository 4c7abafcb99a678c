import type * as pulumi from "@pulumi/pulumi";
import { Domain } from "../providers/domain.js";
import { DomainVerification } from "../providers/domain-verification.js";
import { addsSenders, apexText, leavesSenders } from "./apex-text.js";
import { gate } from "./gate.js";
import type { Migration } from "./migration.js";

/** What `verify` leaves behind. */
export interface Verification {
  readonly domain: Domain;
  readonly ownership: DomainVerification;
}

/** Verify you own the domain: it is added to the tenant, which names the record that proves it. */
export function addDomain(migration: Migration, dependsOn: pulumi.Resource[]): Domain {
  const { plan, within } = migration;
  const verifyGate = gate(migration, "verify", dependsOn);
  return new Domain(
    "domain",
    { tenant: plan.tenant, domain: plan.domain },
    { ...within, dependsOn: [verifyGate] },
  );
}

/**
 * The record the tenant names is published beside whatever is there, and the domain verified when every authoritative server
 * answers it and 15 minutes have passed.
 * @param published the MX with the proof in it, where the plan proves the domain so
 */
export function verify(
  migration: Migration,
  domain: Domain,
  published: pulumi.Resource[],
): { verification: Verification; declared: pulumi.Resource[] } {
  const { plan, observed, within } = migration;
  // Where the tenant's senders are merged into the policy, they are known only when the domain is verified.
  const proof = addsSenders(migration) ? [] : apexText(migration, domain, undefined, [domain]);
  const ownership = new DomainVerification(
    "domain-verification",
    {
      tenant: plan.tenant,
      domain: plan.domain,
      observed,
      type: plan.verification === "mx" ? "MX" : "TXT",
      value: plan.verification === "mx" ? domain.mx.apply((value) => value ?? "") : domain.txt,
      sendersLeft: leavesSenders(migration),
    },
    { ...within, dependsOn: [domain, ...proof, ...published] },
  );
  return { verification: { domain, ownership }, declared: [domain, ...proof, ownership] };
}
