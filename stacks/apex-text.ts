import type { Domain } from "../providers/domain.js";
import * as pulumi from "../providers/sdk.js";
import { recordSet, takeOver } from "./dns/index.js";
import type { Migration } from "./migration.js";

const name = "apex-text";

/**
 * What mailstage adds to the TXT set of the domain's apex: the proof of ownership from `verify` on, and from `migrate` on,
 * before the first converted user sends from there, the tenant's senders in the SPF policy. One resource, since the set is one: SPF
 * and whatever else is there stays, with its TTL.
 */
export function apexText(
  migration: Migration,
  { txt }: Domain,
  spf: pulumi.Output<string | null> | undefined,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { plan } = migration;
  if (plan.verification === "mx" && spf === undefined) return takeOverApexText(migration, dependsOn);
  const values = pulumi
    .all([txt, spf ?? null])
    .apply(([code, policy]) => [
      ...(plan.verification === "txt" ? [code] : []),
      ...(policy === null || policy === "" ? [] : [policy]),
    ]);
  return [
    recordSet(
      migration,
      name,
      { name: plan.domain, type: "TXT", mode: "merge", values, onDelete: "remove" },
      dependsOn,
    ),
  ];
}

/** Before anything is added: the set is taken over as it is. */
export function takeOverApexText(migration: Migration, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  return takeOver(migration, name, { name: migration.plan.domain, type: "TXT", mode: "merge" }, dependsOn);
}

/** Whether the tenant's senders are merged into the SPF policy by now. */
export function addsSenders({ plan, at }: Migration): boolean {
  return plan.spf === "add" && at("migrate");
}

/** Whether users send from Exchange Online by now, or are about to, while the SPF policy is left to people. */
export function leavesSenders({ plan, at }: Migration): boolean {
  return plan.spf === "keep" && at("migrate");
}
