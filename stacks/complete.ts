import type * as pulumi from "@pulumi/pulumi";
import type { DnsObservation } from "../providers/dns-observation.js";
import type { Plan } from "../src/plan/index.js";
import { autodiscoverName } from "../src/plan/names.js";
import { newSetTtl } from "../src/plan/ttl.js";
import { recordSet } from "./dns/index.js";
import { gate } from "./gate.js";
import type { Migration } from "./migration.js";
import { routedBy } from "./route.js";
import type { Verification } from "./verify.js";

/**
 * Complete post migration tasks: every user is licensed (the way in asks), Autodiscover points at the tenant, and what
 * remains to be done by hand is listed.
 */
export function complete(
  migration: Migration,
  verification: Verification,
  routed: DnsObservation,
  dependsOn: pulumi.Resource[],
): { decommission: string[]; declared: pulumi.Resource[] } {
  const { plan } = migration;
  const completeGate = gate(migration, "complete", dependsOn, {
    routing: routedBy(verification, routed),
  });
  const autodiscover = recordSet(
    migration,
    "autodiscover",
    {
      name: autodiscoverName(plan),
      type: "CNAME",
      mode: "exact",
      values: [verification.ownership.autodiscover.apply((value) => value ?? "")],
      ttl: newSetTtl,
      onDelete: "restore",
    },
    [completeGate],
  );
  return { decommission: decommissionAdvice(plan), declared: [completeGate, autodiscover] };
}

/** What Microsoft's procedure leaves to people, in the order to do it. */
export function decommissionAdvice({ domain, directory, waves }: Plan): string[] {
  const off = waves.filter(({ unifiedMessaging }) => unifiedMessaging === "disable").map(({ name }) => name);
  return [
    `Check in the on-premises message tracking log that no mail for ${domain} arrives there any more; also devices, applications and connectors that send through the old servers`,
    "Clear the internal Autodiscover service connection point (Set-ClientAccessServer -AutoDiscoverServiceInternalUri $null), or domain-joined Outlook keeps asking the old server",
    "Every user needs a new Outlook profile; remind those who still use the old one",
    off.length === 0
      ? "Turn Unified Messaging on in the cloud for those who had it"
      : `Turn Unified Messaging on for those of ${off.join(", ")} who had it: in the cloud, or as it was by unifiedMessaging: enable in the plan`,
    `Set-AcceptedDomain -Identity ${domain} -DomainType Authoritative, where it was made InternalRelay for the time of the migration, and remove the connectors that were made for it`,
    "Keep directory synchronization, and with it the Active Directory that users are managed in; do not uninstall Exchange by removing the attributes mailstage wrote",
    "Run Clean-MailboxDatabase and keep a backup of the mailbox databases until the retention time of the converted mailboxes is over",
    "Contact Microsoft Support before the on-premises Exchange organization is decommissioned: that can have unintended consequences",
    `Remove the migration administrator's permissions${directory.grantTargetAddress === undefined ? "" : " (take directory.grantTargetAddress out of the plan)"} and the app registration's rights`,
    'Uninstall the last Exchange server only after all of this, as "How to Remove an Exchange 2007 Organization" or "How to Uninstall Exchange Server 2003" says',
  ];
}
