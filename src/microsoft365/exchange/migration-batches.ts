import { batchRow, type MigrationBatchInfo } from "./migration-batch-row.js";
import { byteArray, ExchangeError, type ExchangePort, flag } from "./port.js";
import { parseRows, sameName } from "./schemas.js";
import { isFailed, isIdle, isRemoving } from "./status.js";
import { ignoreNotFound, isExchangeFailure, writeOnce } from "./write.js";

/** The batch of that name, regardless of case. */
export const batchNamed = (
  batches: readonly MigrationBatchInfo[],
  name: string,
): MigrationBatchInfo | undefined => batches.find((batch) => sameName(batch.name, name));

/** What New-MigrationBatch is given for a staged migration. */
export interface NewMigrationBatch {
  /** At most 64 characters, no spaces or special characters. */
  readonly name: string;
  /** The CSV's bytes, UTF-8; a secret, since it may hold passwords. */
  readonly csvData: Uint8Array;
  /** Name of the migration endpoint. */
  readonly sourceEndpoint: string;
  /** Start at once. */
  readonly autoStart: boolean;
  readonly notificationEmails?: readonly string[];
}

/** All migration batches of the tenant (Get-MigrationBatch). @throws ExchangeError */
export async function listMigrationBatches(port: ExchangePort): Promise<MigrationBatchInfo[]> {
  const { rows } = await port.invoke("Get-MigrationBatch", { ResultSize: "Unlimited" });
  return parseRows("Get-MigrationBatch", rows, batchRow);
}

/**
 * One batch by exact name or GUID, or undefined. An unknown Identity may give an error or every batch there is
 * (Microsoft's cmdlet reference, 2026-11): both mean undefined. @throws ExchangeError
 */
export async function getMigrationBatch(
  port: ExchangePort,
  name: string,
): Promise<MigrationBatchInfo | undefined> {
  try {
    const { rows } = await port.invoke("Get-MigrationBatch", { Identity: name });
    return parseRows("Get-MigrationBatch", rows, batchRow).find(
      (batch) => sameName(batch.name, name) || sameName(batch.guid, name),
    );
  } catch (error) {
    if (isExchangeFailure(error, "not-found")) return undefined;
    throw error;
  }
}

/**
 * Creates a staged batch (New-MigrationBatch). Without CSVData Exchange would migrate the whole organization at once
 * (cutover), so an empty list is refused here. @throws ExchangeError kind `already-exists` when the name is taken
 */
export async function createMigrationBatch(
  port: ExchangePort,
  batch: NewMigrationBatch,
): Promise<MigrationBatchInfo> {
  refuseEmpty(batch.name, batch.csvData);
  const read = async () => {
    const found = await getMigrationBatch(port, batch.name);
    return found === undefined || isRemoving(found.status) ? undefined : found;
  };
  return writeOnce(async () => {
    const { rows } = await port.invoke("New-MigrationBatch", {
      Name: batch.name,
      CSVData: byteArray(batch.csvData),
      SourceEndpoint: batch.sourceEndpoint,
      AutoStart: flag(batch.autoStart),
      NotificationEmails: batch.notificationEmails?.length ? batch.notificationEmails : undefined,
    });
    const created = parseRows("New-MigrationBatch", rows, batchRow).find((row) =>
      sameName(row.name, batch.name),
    );
    const info = created ?? (await read());
    if (info !== undefined) return info;
    throw new ExchangeError("outcome-unknown", {
      subject: `batch ${batch.name}`,
      reason: "New-MigrationBatch succeeded, but the batch cannot be read yet",
      hint: "Run the same command again in a minute",
      operation: "Get-MigrationBatch",
    });
  }, read);
}

/**
 * Starts a batch, resumes a stopped one, retries its failed users (Start-MigrationBatch).
 * @param before the batch as it was read: what did not begin since was not started
 * @throws ExchangeError
 */
export async function startMigrationBatch(
  port: ExchangePort,
  { name, failedCount }: Pick<MigrationBatchInfo, "name" | "failedCount">,
): Promise<void> {
  await writeOnce(
    async () => {
      await port.invoke("Start-MigrationBatch", { Identity: name, Confirm: false });
      return true;
    },
    async () => {
      const batch = await getMigrationBatch(port, name);
      if (batch === undefined || isIdle(batch) || isFailed(batch.status)) return undefined;
      // A batch whose other users are Synced looks the same before and after; of those who are tried again none is Failed any more.
      return failedCount === 0 || batch.failedCount < failedCount ? true : undefined;
    },
  );
}

/** Stops a running batch (Stop-MigrationBatch). @throws ExchangeError also when all its users are done or failed */
export async function stopMigrationBatch(port: ExchangePort, name: string): Promise<void> {
  await writeOnce(
    async () => {
      await port.invoke("Stop-MigrationBatch", { Identity: name, Confirm: false });
      return true;
    },
    async () => {
      const batch = await getMigrationBatch(port, name);
      return batch !== undefined && /^stopp(ing|ed)$/i.test(batch.status) ? true : undefined;
    },
  );
}

/** Changes what Set-MigrationBatch can change in place. @throws ExchangeError */
export async function setMigrationBatch(
  port: ExchangePort,
  name: string,
  changes: { readonly notificationEmails?: readonly string[] },
): Promise<void> {
  await port.invoke(
    "Set-MigrationBatch",
    { Identity: name, NotificationEmails: changes.notificationEmails, Confirm: false },
    { repeatable: true },
  );
}

/**
 * Asks for one incremental synchronization of the users that are Synced (Set-MigrationBatch -SyncNow): a staged batch may have none of
 * its own (OfficeDocs-Exchange, migration-users-status-report.md, checked 2026-11). It never resumes a user that failed or stopped. @throws ExchangeError
 */
export async function syncMigrationBatch(port: ExchangePort, name: string): Promise<void> {
  await port.invoke(
    "Set-MigrationBatch",
    { Identity: name, SyncNow: flag(true), Confirm: false },
    { repeatable: true },
  );
}

/**
 * Removes a batch (Remove-MigrationBatch). The service does so in its own time: status Removing, then not found;
 * wait for that before a batch of the same name is created. One that is not there is no error. @throws ExchangeError
 */
export async function removeMigrationBatch(port: ExchangePort, name: string): Promise<void> {
  await ignoreNotFound(() =>
    port.invoke("Remove-MigrationBatch", { Identity: name, Confirm: false }, { repeatable: true }),
  );
}

/** @throws ExchangeError for a list of nobody */
export function refuseEmpty(batch: string, csvData: Uint8Array): void {
  if (csvData.length > 0) return;
  throw new ExchangeError("invalid", {
    subject: `batch ${batch}`,
    reason:
      "its list of mailboxes is empty, and without a list Exchange would migrate every mailbox at once (cutover)",
    hint: "Give the batch a CSV with at least one mailbox",
  });
}
