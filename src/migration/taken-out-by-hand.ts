import { are, counted, firstOf, were } from "../base/words.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import { readBatches } from "./wave-batches.js";
import type { ListChange } from "./wave-list.js";

/** Listed mailboxes that somebody has taken out of their batch by hand: an update that changes the batch's rows adds them again. */
export async function takenOutByHand(
  session: CloudSession,
  domain: string,
  { before, byBatch }: Pick<ListChange, "before" | "byBatch">,
): Promise<string[]> {
  const changed = Object.entries(byBatch).flatMap(([batchName, listed]) => {
    const former = before[batchName];
    return former === undefined || former.equals(listed) ? [] : [{ batchName, stay: listed.and(former) }];
  });
  if (changed.length === 0) return [];
  const [batches, users] = await Promise.all([
    readBatches(
      session,
      changed.map(({ batchName }) => batchName),
    ),
    tenantMigrationUsers(session),
  ]);
  const present = MailboxSet.ofRows(domain, users);
  return changed
    .filter((_, index) => batches[index] !== undefined)
    .flatMap(({ stay }) => stay.minus(present).addresses(domain));
}

/** What is said of them. */
export function takenOutByHandMessage(addresses: readonly string[]): string {
  const { length } = addresses;
  return `${counted(length, "listed mailbox", "listed mailboxes")} ${were(length)} taken out of a batch by hand, and ${are(length)} added again: ${firstOf(addresses)}. To leave one out, take its row out of the list`;
}
