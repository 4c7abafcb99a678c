import type * as pulumi from "@pulumi/pulumi";
import { Domain } from "../providers/domain.js";
import { DomainVerification } from "../providers/domain-verification.js";
import { recordSet } from "./dns.js";
import { gate } from "./gate.js";
import type { Migration } from "./migration.js";

/** What `verify` leaves behind. */
export interface Verification {
  readonly domain: Domain;
  readonly ownership: DomainVerification;
}

/** TTL of the verification record, seconds: what Microsoft asks for. */
const proofTtl = 3600;

/**
 * Verify you own the domain: it is added to the tenant, the record the tenant names is published beside whatever is
 * there, and verified when every authoritative server answers it and 15 minutes have passed.
 */
export function verify(migration: Migration, dependsOn: pulumi.Resource[]): Verification {
  const { plan, observed } = migration;
  const way = gate(migration, "verify", dependsOn);
  const domain = new Domain("domain", { tenant: plan.tenant, domain: plan.domain }, { dependsOn: [way] });
  const proof =
    plan.verification === "mx"
      ? []
      : [
          recordSet(
            migration,
            "domain-proof",
            {
              name: plan.domain,
              type: "TXT",
              mode: "merge",
              values: [domain.txt],
              ttl: proofTtl,
              onDelete: "remove",
            },
            [domain],
          ),
        ];
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
