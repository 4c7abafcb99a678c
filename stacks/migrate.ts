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
    const off =
      wave.unifiedMessaging === "disable"
        ? [unifiedMessaging(migration, wave, wave.unifiedMessaging, [...ready])]
        : [];
    const batch = migration.at("retire")
      ? undefined
      : migrationBatch(migration, wave, routing, [...ready, ...off]);
    const before = [...ready, ...(batch ? [batch] : [])];
    const migrated =
      wave.phase === "created" ? [] : migratedUsers(migration, wave, { batch, routing }, before);
    users.push(...migrated);
    const on =
      wave.unifiedMessaging === "enable"
        ? [unifiedMessaging(migration, wave, wave.unifiedMessaging, [...before, ...migrated])]
        : [];
    declared.push(...off, ...(batch ? [batch] : []), ...migrated, ...on);
  }
  return { users, declared };
}

function unifiedMessaging(
  { plan, snapshots, within }: Migration,
  wave: Wave,
  wanted: "disable" | "enable",
  dependsOn: pulumi.Resource[],
): UnifiedMessaging {
  return new UnifiedMessaging(
    `${wave.name}-unified-messaging`,
    {
      ...wave.file,
      members: wave.mailboxes.lines(),
      directory: onPremises(plan.directory),
      unifiedMessaging: wanted,
      snapshots,
    },
    { ...within, dependsOn },
  );
}

function migrationBatch(
  { plan, observed, stage, within }: Migration,
  wave: Wave,
  routing: Routing,
  dependsOn: pulumi.Resource[],
): MigrationBatch {
  return new MigrationBatch(
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
  );
}

/** Licences as users arrive; on-premises mailboxes become mail users when the wave's phase says so. */
function migratedUsers(
  { plan, observed, snapshots, within }: Migration,
  wave: Wave,
  { batch, routing }: { readonly batch: MigrationBatch | undefined; readonly routing: Routing },
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  // Whose mailbox was seen Synced; from `retire` on, when the batches are gone, each resource keeps what it was told last.
  const copies = batch === undefined ? {} : { seenSynced: batch.seenSynced };
  const { tenant, directory, licenses, conversion, source } = plan;
  const mailboxes = wave.mailboxes.size;
  const taken = "sku" in licenses && licenses.removeOnDestroy;
  const users: pulumi.Resource[] = [
    new LicenseAssignment(
      `${wave.name}-licenses`,
      {
        ...wave.file,
        members: wave.mailboxes.lines(),
        ...copies,
        tenant,
        mailboxes,
        licenses,
        ...(taken && { observed, ...defined({ routing }) }),
      },
      { ...within, dependsOn },
    ),
  ];
  if (wave.phase === "converted")
    users.push(
      new MailUserConversion(
        `${wave.name}-conversion`,
        {
          ...wave.file,
          members: wave.mailboxes.lines(),
          ...copies,
          tenant,
          mailboxes,
          directory: onPremises(directory),
          flavour: source.exchange,
          recipientTypeDetails: conversion.recipientTypeDetails,
          snapshots,
          ...defined({ convert: wave.convert }),
        },
        { ...within, dependsOn },
      ),
    );
  return users;
}
