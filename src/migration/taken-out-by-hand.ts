import { firstOf } from "../base/words.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import { addressIn } from "../plan/names.js";
import { readBatches } from "./wave-batches.js";
import type { ListChange } from "./wave-list.js";

/** Listed mailboxes that somebody has taken out of their batch by hand: an update that changes the batch's rows adds them again. */
export async function takenOutByHand(
  session: CloudSession,
  domain: string,
  { before, parts }: Pick<ListChange, "before" | "parts">,
): Promise<string[]> {
  const changed = Object.keys(parts).filter(
    (part) => part in before && before[part]?.join("\n") !== parts[part]?.join("\n"),
  );
  if (changed.length === 0) return [];
  const [batches, users] = await Promise.all([readBatches(session, changed), tenantMigrationUsers(session)]);
  const present = new Set(users.map(({ emailAddress }) => emailAddress.toLowerCase()));
  return changed
    .filter((_, index) => batches[index] !== undefined)
    .flatMap((part) => (parts[part] ?? []).filter((local) => before[part]?.includes(local)))
    .map((local) => addressIn(domain, local))
    .filter((address) => !present.has(address.toLowerCase()));
}

/** What is said of them. */
export function takenOutByHandMessage(addresses: readonly string[]): string {
  return `${addresses.length} listed mailboxes were taken out of their batch by hand, and are added again: ${firstOf(addresses, 20)}. To leave one out, take its row out of the list`;
}
