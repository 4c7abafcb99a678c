import type { Problem } from "../base/problem.js";
import { firstOf, mailboxes } from "../base/words.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import type { DomainRun } from "../plan/run.js";
import { type SeenSynced, seenIn } from "./arrived-mailboxes.js";

/** The inputs of a resource that say who is in the wave's list. */
interface ListedMembers {
  readonly wave: string;
  readonly members?: string | undefined;
}

/** Who is in the list; nobody where the state of an earlier version does not say. Pure. */
export const listedIn = ({ wave, members }: ListedMembers): MailboxSet =>
  MailboxSet.ofLines(members, `wave ${wave}`);

/** Who came into a list since the last update; nobody where the state of an earlier version does not say who was in it. Pure. */
export function addedRows(now: ListedMembers, before: ListedMembers): MailboxSet {
  if (before.members === undefined || before.members === now.members) return MailboxSet.none;
  return listedIn(now).minus(listedIn(before));
}

/**
 * Why rows cannot come into a wave whose batches are not made any more: their mailboxes would never be copied, while mail for them
 * goes to Exchange Online. Who was seen Synced in a batch of the wave before may come back. Pure.
 */
export function addedRowsProblems(
  run: DomainRun,
  wave: string,
  added: Iterable<string>,
  seenSynced: SeenSynced = {},
): Problem[] {
  if (!run.makesNoBatches(wave)) return [];
  const copied = Object.keys(seenSynced).map((batch) => seenIn(seenSynced, batch));
  const never = MailboxSet.ofNames([...added].filter((name) => !copied.some((seen) => seen.has(name))));
  if (never.size === 0) return [];
  return [
    {
      code: "mailbox-added-late",
      subject: `wave ${wave}`,
      reason: `${mailboxes(never.size)} came into its list when its batches are not made any more, and would never be copied: ${firstOf([...never])}`,
      hint: "Take them out of this list. Set stage: route, run pulumi up, and list them in a wave of another name there",
    },
  ];
}
