import { throwIfAny } from "../base/problem.js";
import { mailboxes, someOf } from "../base/words.js";
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
 * ones alone, and Remove-MigrationUser for each that the last update had and the list has no more. Whoever else is in the batch was
 * added by hand, is in no preview, and stays. A batch that is adopted loses nothing.
 * @param made who was in the batch by the last update that made it; undefined for a batch that is adopted
 * @returns whether any was added
 * @throws MailstageError `batch-differs` where the batch is not this wave's
 */
export async function sendAddedAndRemovedRows(
  wanted: WaveBatches,
  batchName: string,
  batch: MigrationBatchInfo,
  made: MailboxSet | undefined,
  { session: { exchange: port }, upload, progress, warn }: BatchTools,
): Promise<boolean> {
  const present = await presentMailboxes(port, wanted, batchName);
  if (made === undefined)
    throwIfAny([...foreignProblems(wanted, batchName, batch), ...extraRows(wanted, batchName, present)]);
  const listed = wanted.byBatch[batchName] ?? MailboxSet.none;
  const added = listed.minus(present);
  const extra = present.minus(listed);
  const removed = extra.and(made ?? MailboxSet.none).addresses(wanted.domain);
  const others = extra.minus(made ?? MailboxSet.none);
  if (added.size > 0) {
    await progress(`adding ${mailboxes(added.size)} to ${batchName}`);
    await addMigrationUsers(port, batchName, upload(added));
  }
  if (removed.length > 0)
    await removeMigrationUsers(port, removed, (done) => {
      void progress(`removed ${done} of ${mailboxes(removed.length)} from ${batchName}`);
    });
  if (others.size > 0) await warn(addedByHandMessage(batchName, others.addresses(wanted.domain)));
  return added.size > 0;
}

/** What is said of whoever no list of this stack has put into a batch. */
function addedByHandMessage(batchName: string, addresses: readonly string[]): string {
  return `batch ${batchName} holds ${mailboxes(addresses.length)} that its list never had: ${someOf(addresses)}. What others have added is left to them: add it to the list, or take it out with Remove-MigrationUser`;
}
