import { are, mailboxes } from "../base/words.js";
import {
  type ExchangePort,
  isExchangeFailure,
  isRemoving,
  isSettled,
  type MigrationBatchInfo,
  stopMigrationBatch,
} from "../microsoft365/exchange/index.js";

/** Whether any of a batch's mailboxes is on its way still. */
export const isCopying = ({ status }: MigrationBatchInfo): boolean =>
  !isSettled(status) && status.toLowerCase() !== "stopping" && !isRemoving(status);

/**
 * Stops a batch. Of one whose mailboxes have all arrived or failed Exchange refuses it (Stop-MigrationBatch, Microsoft's cmdlet
 * reference, 2026-11), and nothing is wrong with that.
 * @param more whether mailboxes were added since `batch` was read
 * @returns what to tell where nothing was left to stop
 * @throws ExchangeError
 */
export async function stopBatch(
  port: ExchangePort,
  batch: MigrationBatchInfo,
  more: boolean,
): Promise<string | undefined> {
  try {
    await stopMigrationBatch(port, batch.name);
    return undefined;
  } catch (error) {
    if (more || isCopying(batch) || !isExchangeFailure(error, "invalid")) throw error;
    const { name, syncedCount, failedCount } = batch;
    const failed = failedCount > 0 ? `, ${failedCount} failed` : "";
    return `batch ${name} has nothing left to stop: ${mailboxes(syncedCount)} ${are(syncedCount)} synced${failed}. With phase: created nobody licenses or converts its users any more: set phase: started in the plan to go on`;
  }
}
