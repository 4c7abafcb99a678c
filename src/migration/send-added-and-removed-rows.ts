import { throwIfAny } from "../base/problem.js";
import {
  addMigrationUsers,
  type MigrationBatchInfo,
  removeMigrationUsers,
} from "../microsoft365/exchange/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import { extraRows, foreignProblems } from "./batch-conflicts.js";
import { type BatchTools, presentMailboxes, type WaveBatches } from "./wave-batches.js";

/**
 * What an update sends to Exchange for rows that came to a list or left it: Set-MigrationBatch -AddUsers with a CSV of the missing
 * ones alone, and Remove-MigrationUser for each that is too much. A batch that is adopted loses nothing.
 * @param own whether the batch is the one that the last update made
 * @returns whether any was added
 * @throws MailstageError `batch-differs` where the batch is not this wave's
 */
export async function sendAddedAndRemovedRows(
  wanted: WaveBatches,
  part: string,
  batch: MigrationBatchInfo,
  own: boolean,
  { session: { exchange: port }, upload, progress }: BatchTools,
): Promise<boolean> {
  const present = await presentMailboxes(port, wanted, part);
  if (!own) throwIfAny([...foreignProblems(wanted, part, batch), ...extraRows(wanted, part, present)]);
  const listed = wanted.parts[part] ?? MailboxSet.none;
  const added = listed.minus(present);
  const removed = present.minus(listed).addresses(wanted.domain);
  if (added.size > 0) {
    await progress(`adding ${added.size} mailboxes to ${part}`);
    await addMigrationUsers(port, part, upload(added));
  }
  if (removed.length > 0)
    await removeMigrationUsers(port, removed, (done) => {
      void progress(`removed ${done} of ${removed.length} mailboxes from ${part}`);
    });
  return added.size > 0;
}
