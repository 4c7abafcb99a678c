import type * as pulumi from "@pulumi/pulumi";
import { LicenseAssignment } from "../providers/license-assignment.js";
import { MailUserConversion } from "../providers/mail-user-conversion.js";
import { MigrationBatch } from "../providers/migration-batch.js";
import { UnifiedMessaging } from "../providers/unified-messaging.js";
import { defined } from "../src/base/defined.js";
import type { MxSwitch } from "../src/plan/mx-switch.js";
import { type Migration, onPremises, type Wave } from "./migration.js";

/** Where and since when mail is routed to the tenant, once every authoritative server was seen to say so. */
export type Routing = pulumi.Output<MxSwitch | undefined> | undefined;

/**
 * Migrate your mailboxes, start the staged migration batch, convert on-premises mailboxes to mail-enabled users, and
 * repeat: each wave in its own phase, side by side. From `retire` on the batches are gone; users stay converted and licensed.
 * @param ready what must be done before: the way in, and the endpoint
 */
export function migrate(
  migration: Migration,
  ready: readonly pulumi.Resource[],
  routing: Routing,
): { users: pulumi.Resource[]; declared: pulumi.Resource[] } {
  const declared: pulumi.Resource[] = [];
  const users: pulumi.Resource[] = [];
  for (const wave of migration.waves) {
    // Unified Messaging is off before the copy begins, and on again only after everything else.
    const off = unifiedMessaging(migration, wave, "disable", [...ready]);
    const batch = migrationBatch(migration, wave, routing, [...ready, ...off]);
    const before = [...ready, ...batch];
    const licensed = licenseAssignment(migration, wave, routing, batch, before);
    const converted = mailUserConversion(migration, wave, batch, before);
    const on = unifiedMessaging(migration, wave, "enable", [...before, ...licensed, ...converted]);
    users.push(...licensed, ...converted);
    declared.push(...off, ...batch, ...licensed, ...converted, ...on);
  }
  return { users, declared };
}

/** Where the plan has the wave's switched so. */
function unifiedMessaging(
  { plan, snapshots, within }: Migration,
  wave: Wave,
  wanted: "disable" | "enable",
  dependsOn: pulumi.Resource[],
): UnifiedMessaging[] {
  if (wave.unifiedMessaging !== wanted) return [];
  const directory = onPremises(plan.directory);
  const members = wave.mailboxes.lines();
  return [
    new UnifiedMessaging(
      `${wave.name}-unified-messaging`,
      { ...wave.file, members, directory, unifiedMessaging: wanted, snapshots },
      { ...within, dependsOn },
    ),
  ];
}

/** Until `retire`. */
function migrationBatch(
  { plan, observed, stage, within, at }: Migration,
  wave: Wave,
  routing: Routing,
  dependsOn: pulumi.Resource[],
): MigrationBatch[] {
  if (at("retire")) return [];
  return [
    new MigrationBatch(
      wave.name,
      {
        ...wave.file,
        tenant: plan.tenant,
        endpoint: plan.source.endpointName,
        mailboxes: wave.mailboxes.lines(),
        started: wave.phase !== "created",
        retryFailed: wave.retryFailed,
        wait: wave.wait,
        retired: stage.retired.apply((names) => names.includes(wave.name)),
        observed,
        ...defined({ notificationEmails: wave.notificationEmails, convert: wave.convert, routing }),
      },
      { ...within, dependsOn },
    ),
  ];
}

/** The wave's users, and whose mailbox was seen Synced; when the batches are gone, each resource keeps what it was told last. */
const usersOf = ({ file, mailboxes }: Wave, [batch]: readonly MigrationBatch[]) => ({
  ...file,
  members: mailboxes.lines(),
  mailboxes: mailboxes.size,
  ...defined({ seenSynced: batch?.seenSynced }),
});

/** From phase `started` on, as users arrive. */
function licenseAssignment(
  { plan: { tenant, licenses }, observed, within }: Migration,
  wave: Wave,
  routing: Routing,
  batch: readonly MigrationBatch[],
  dependsOn: pulumi.Resource[],
): LicenseAssignment[] {
  if (wave.phase === "created") return [];
  const taken = "sku" in licenses && licenses.removeOnDestroy;
  return [
    new LicenseAssignment(
      `${wave.name}-licenses`,
      { ...usersOf(wave, batch), tenant, licenses, ...(taken && { observed, ...defined({ routing }) }) },
      { ...within, dependsOn },
    ),
  ];
}

/** In phase `converted`: mailboxes on premises become mail users. */
function mailUserConversion(
  { plan: { tenant, directory, conversion, source }, snapshots, within }: Migration,
  wave: Wave,
  batch: readonly MigrationBatch[],
  dependsOn: pulumi.Resource[],
): MailUserConversion[] {
  if (wave.phase !== "converted") return [];
  return [
    new MailUserConversion(
      `${wave.name}-conversion`,
      {
        ...usersOf(wave, batch),
        tenant,
        directory: onPremises(directory),
        flavour: source.exchange,
        recipientTypeDetails: conversion.recipientTypeDetails,
        snapshots,
        ...defined({ convert: wave.convert }),
      },
      { ...within, dependsOn },
    ),
  ];
}
