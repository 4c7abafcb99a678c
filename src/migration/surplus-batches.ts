import { someOf } from "../base/words.js";
import {
  getMigrationBatch,
  removeMigrationBatch,
  removeMigrationUsers,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { isThatBatch, notThatBatchMessage } from "./batch-identity.js";
import { presentMailboxes, type WaveBatches } from "./wave-batches.js";

/**
 * Deletes the batches of a wave that the last of its rows have left. What is not known to be the wave's own stays, and is named:
 * a batch that somebody gave that name since, and one that somebody else's mailboxes are in.
 * @param before what the last update that ended well wanted
 */
export async function removeSurplusBatches(
  wanted: WaveBatches,
  before: WaveBatches,
  { session: { exchange: port }, warn }: { session: CloudSession; warn(message: string): Promise<void> },
): Promise<void> {
  for (const [batchName, listed] of Object.entries(before.byBatch)) {
    if (batchName in wanted.byBatch) continue;
    const batch = await getMigrationBatch(port, batchName);
    if (batch === undefined) continue;
    if (!isThatBatch(before, batchName, batch)) {
      await warn(notThatBatchMessage(batchName));
      continue;
    }
    const present = await presentMailboxes(port, before, batchName);
    await removeMigrationUsers(port, present.and(listed).addresses(before.domain));
    const others = present.minus(listed);
    if (others.size === 0) await removeMigrationBatch(port, batchName);
    else
      await warn(
        `batch ${batchName} has no mailbox of the list any more, but others: ${someOf(others.addresses(before.domain))}. It is left to whoever added them`,
      );
  }
}
