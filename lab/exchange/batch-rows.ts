import { judgePasswords } from "../harms.js";
import { CsvRefused, readCsvData } from "../migration/csv-data.js";
import { batchCounts, batchStatus, pace } from "../migration/status.js";
import type { BatchRecord } from "../state.js";
import type { Arguments } from "./arguments.js";
import { type CmdletContext, dates, dateText, type Row, sameName } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";

/** The addresses of an uploaded list. What it gives for a password is judged, and dropped. */
export function csv(given: Arguments, { tenant, now }: CmdletContext): string[] {
  try {
    const rows = readCsvData(
      given.bytes("CSVData") ?? new Uint8Array(),
      given.boolean("AllowUnknownColumnsInCsv") ?? false,
    );
    judgePasswords(rows, tenant, now);
    return rows.map(({ emailAddress }) => emailAddress);
  } catch (error) {
    if (error instanceof CsvRefused) throw new CmdletError("Refused", error.message);
    throw error;
  }
}

/** The batch that a cmdlet names. @throws CmdletError where there is none */
export function requireBatch(given: Arguments, context: CmdletContext): BatchRecord {
  given.require("Identity");
  const identity = given.text("Identity") ?? "";
  const batch = context.tenant.batches.find((item) => isBatch(item, identity));
  if (batch === undefined) throw notFound(identity);
  return batch;
}

/** The batch that a cmdlet changes. @throws CmdletError where there is none, or it is being removed */
export function requireStandingBatch(given: Arguments, context: CmdletContext): BatchRecord {
  const batch = requireBatch(given, context);
  if (batch.removeRequestedAt === undefined) return batch;
  throw new CmdletError(
    "Refused",
    `The migration batch "${batch.name}" can't be changed because it's being removed.`,
    batch.name,
  );
}

/** Whether a batch is the one of that name or GUID. */
export function isBatch(batch: BatchRecord, identity: string): boolean {
  return sameName(batch.name, identity) || sameName(batch.guid, identity);
}

/** What Exchange says of a batch it does not have. */
export function notFound(identity: string): CmdletError {
  return new CmdletError("NotFound", `The migration batch "${identity}" couldn't be found.`, identity);
}

/** The status a batch has now. */
export function statusOf(batch: BatchRecord, context: CmdletContext): string {
  return batchStatus(batch, context.now, context.behaviour.neverStartedStatus);
}

/** A batch as Get-MigrationBatch shows it. */
export function batchRow(batch: BatchRecord, context: CmdletContext): Row {
  const counts = batchCounts(batch, context.now);
  const status = batchStatus(batch, context.now, context.behaviour.neverStartedStatus, counts);
  const endpoint = context.tenant.endpoints.find((item) => item.guid === batch.endpoint);
  const expires =
    counts.active > 0 ? undefined : Math.max(batch.touchedAt, counts.lastEndsAt ?? 0) + pace.idleUntilStopped;
  return {
    Identity: batch.name,
    BatchGuid: batch.guid,
    Status: status,
    State: status === "Syncing" || status === "Starting" ? "Active" : status,
    Flags: "None",
    WorkflowStage: "Injection",
    TriggeredAction: "None",
    DataConsistencyScore: counts.failed > 0 ? "Investigate" : "Good",
    TotalCount: counts.total,
    ActiveCount: counts.active,
    StoppedCount: counts.stopped,
    SyncedCount: counts.synced,
    FinalizedCount: 0,
    FailedCount: counts.failed,
    FailedInitialSyncCount: counts.failed,
    FailedIncrementalSyncCount: 0,
    CompletedWithWarningCount: 0,
    PendingCount: counts.pending,
    ProvisionedCount: counts.provisioned,
    ValidationWarningCount: batch.validationWarnings.length,
    ValidationWarnings: batch.validationWarnings,
    Message: counts.failed === 0 ? "" : `${counts.failed} of ${counts.total} mailboxes failed.`,
    ...dates("CreationDateTime", batch.createdAt),
    ...dates("StartDateTime", batch.startedAt),
    ...dates("InitialSyncDateTime", counts.active > 0 ? undefined : counts.initialSyncAt),
    ...dates("LastSyncedDateTime", counts.lastSyncedAt),
    ...dates("ExpirationDateTime", expires),
    StartAfter: dateText(batch.startAfter),
    CompleteAfter: dateText(batch.completeAfter),
    SubmittedByUser: "mailstage@lab",
    OwnerId: "mailstage@lab",
    NotificationEmails: batch.notificationEmails,
    MigrationType: batch.migrationType,
    BatchDirection: "Onboarding",
    Locale: "en-US",
    Reports: [],
    ReportInterval: batch.reportInterval,
    SkipReports: batch.skipReports,
    TimeZone: batch.timeZone,
    IsProvisioning: false,
    SourceEndpoint: endpoint?.name ?? batch.endpoint,
    TargetDeliveryDomain: null,
    IsValid: true,
    ObjectState: "Changed",
  };
}
