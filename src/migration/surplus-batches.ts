import { someOf } from "../base/words.js";
import {
  getMigrationBatch,
  removeMigrationBatch,
  removeMigrationUsers,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { addressesOf, isThatBatch, presentAddresses, type WaveBatches } from "./wave-batches.js";

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
  for (const part of Object.keys(before.parts)) {
    if (part in wanted.parts) continue;
    const batch = await getMigrationBatch(port, part);
    if (batch === undefined) continue;
    if (!isThatBatch(before, part, batch)) {
      await warn(`batch ${part} is not the one this stack made: it is left as it is`);
      continue;
    }
    const present = await presentAddresses(port, part);
    const listed = addressesOf(before, part);
    await removeMigrationUsers(port, [...present.intersection(listed)]);
    const others = [...present.difference(listed)];
    if (others.length === 0) await removeMigrationBatch(port, part);
    else
      await warn(
        `batch ${part} has no mailbox of the list any more, but others: ${someOf(others)}. It is left to whoever added them`,
      );
  }
}
