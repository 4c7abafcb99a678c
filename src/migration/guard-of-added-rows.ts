import type { Problem } from "../base/problem.js";
import { firstOf, mailboxes } from "../base/words.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import type { Run } from "../plan/run.js";
import { type SeenSynced, seenIn } from "./arrived-mailboxes.js";

/** Of a resource's inputs, who is in the wave's list. */
interface ListedMembers {
  readonly wave: string;
  readonly members?: string | undefined;
}

/** Who came into a list since the last update; nobody where the state of an earlier version does not say who was in it. Pure. */
export function addedRows({ wave, members }: ListedMembers, { members: before }: ListedMembers): MailboxSet {
  if (before === undefined || before === members) return MailboxSet.none;
  const subject = `wave ${wave}`;
  return MailboxSet.ofLines(members, subject).minus(MailboxSet.ofLines(before, subject));
}

/**
 * Why rows cannot come into a wave whose batches are not made any more: their mailboxes would never be copied, while mail for them
 * goes to Exchange Online. Who was seen Synced in a batch of the wave before may come back. Pure.
 */
export function addedRowsProblems(
  run: Run,
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
      reason: `${mailboxes(never.size)} came into its list when its batches are not made any more, and would never be copied: ${firstOf([...never], 5)}`,
      hint: "Take them out of this list. Set stage: route, run pulumi up, and list them in a wave of another name there",
    },
  ];
}
