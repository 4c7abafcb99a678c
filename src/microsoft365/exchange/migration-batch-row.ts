import { z } from "zod";
import { count, optionalDate, optionalText, text, texts } from "./schemas.js";

/** A migration batch as Get-MigrationBatch shows it (Microsoft's cmdlet reference, 2026-11). */
export interface MigrationBatchInfo {
  readonly name: string;
  /** Exchange's id, which stays with the batch when its name is given to another. */
  readonly guid: string | undefined;
  /** Opaque; see `isSynced`, `isFailed`, `isSettled`. */
  readonly status: string;
  /** Name of its migration endpoint. */
  readonly sourceEndpoint: string | undefined;
  /** ExchangeOutlookAnywhere-based batches: `ExchangeStagedMigration`, or `ExchangeCutoverMigration`, which is never ours. */
  readonly migrationType: string | undefined;
  /** Mailboxes of the CSV. */
  readonly totalCount: number;
  /** Mailboxes that are copied now. */
  readonly activeCount: number;
  /** Mailboxes whose copy was stopped. */
  readonly stoppedCount: number;
  /** Mailboxes whose first copy is done. */
  readonly syncedCount: number;
  /** Mailboxes that are finalized; none of a staged migration. */
  readonly finalizedCount: number;
  /** Mailboxes whose copy failed. */
  readonly failedCount: number;
  /** Mailboxes that wait for their copy. */
  readonly pendingCount: number;
  /** Who is mailed when the first copy is done. */
  readonly notificationEmails: readonly string[];
  /** When it was made. */
  readonly createdAt: Date | undefined;
  /** When it was started last; none before. */
  readonly startedAt: Date | undefined;
  /** When the first copy of all its mailboxes was done. */
  readonly initialSyncAt: Date | undefined;
  /** Its Last Synced Time: when it was synchronized last, or the first copy of an added mailbox ended. */
  readonly lastSyncedAt: Date | undefined;
  /** When Exchange deletes it by itself. */
  readonly expiresAt: Date | undefined;
  /** Exchange's word on a failure. */
  readonly message: string | undefined;
  /** Rows of the CSV that Exchange left out, a sentence each. */
  readonly validationWarnings: readonly string[];
}

const warning = z.union([
  z.string(),
  z.record(z.string(), z.unknown()).transform((row) => JSON.stringify(row)),
]);

/** A row of Get-MigrationBatch, read. */
export const batchRow = z
  .looseObject({
    Identity: text,
    BatchGuid: optionalText,
    Guid: optionalText,
    Status: text,
    SourceEndpoint: optionalText,
    MigrationType: optionalText,
    TotalCount: count,
    ActiveCount: count,
    StoppedCount: count,
    SyncedCount: count,
    FinalizedCount: count,
    FailedCount: count,
    PendingCount: count,
    NotificationEmails: texts,
    CreationDateTimeUTC: optionalDate,
    CreationDateTime: optionalDate,
    StartDateTimeUTC: optionalDate,
    StartDateTime: optionalDate,
    InitialSyncDateTimeUTC: optionalDate,
    InitialSyncDateTime: optionalDate,
    LastSyncedDateTimeUTC: optionalDate,
    LastSyncedDateTime: optionalDate,
    ExpirationDateTimeUTC: optionalDate,
    ExpirationDateTime: optionalDate,
    Message: optionalText,
    ValidationWarnings: z
      .union([z.array(warning), warning.transform((value) => [value])])
      .nullish()
      .transform((value) => value ?? []),
  })
  .transform(
    (row): MigrationBatchInfo => ({
      name: row.Identity,
      guid: row.BatchGuid ?? row.Guid,
      status: row.Status,
      sourceEndpoint: row.SourceEndpoint,
      migrationType: row.MigrationType,
      totalCount: row.TotalCount,
      activeCount: row.ActiveCount,
      stoppedCount: row.StoppedCount,
      syncedCount: row.SyncedCount,
      finalizedCount: row.FinalizedCount,
      failedCount: row.FailedCount,
      pendingCount: row.PendingCount,
      notificationEmails: row.NotificationEmails,
      createdAt: row.CreationDateTimeUTC ?? row.CreationDateTime,
      startedAt: row.StartDateTimeUTC ?? row.StartDateTime,
      initialSyncAt: row.InitialSyncDateTimeUTC ?? row.InitialSyncDateTime,
      lastSyncedAt: row.LastSyncedDateTimeUTC ?? row.LastSyncedDateTime,
      expiresAt: row.ExpirationDateTimeUTC ?? row.ExpirationDateTime,
      message: row.Message,
      validationWarnings: row.ValidationWarnings,
    }),
  );
