import type { Problem } from "../base/problem.js";
import { firstOf, mailboxes, someOf } from "../base/words.js";
import { assignBatches } from "../plan/csv/index.js";
import { everyMailbox, type MailboxesByBatch, MailboxSet } from "../plan/mailbox-set.js";
import type { DomainRun } from "../plan/run.js";

/** Who comes into a wave and who leaves it by its list. */
export interface ListChange {
  /** The batches as the last update left them; none for a wave that is new. */
  readonly before: MailboxesByBatch;
  /** The batches as they are wanted: who stays, stays in its batch. */
  readonly byBatch: MailboxesByBatch;
  /** All of the wave, as wanted. */
  readonly now: MailboxSet;
  readonly added: MailboxSet;
  readonly removed: MailboxSet;
}

/** What a list makes of a wave's batches. Pure. */
export function listChange(wave: string, now: MailboxSet, before: MailboxesByBatch): ListChange {
  const former = Object.entries(before).map(([batchName, own]): [string, string[]] => [batchName, [...own]]);
  const assigned = Object.entries(assignBatches(wave, [...now], Object.fromEntries(former)));
  const earlier = everyMailbox(before);
  return {
    before,
    byBatch: Object.fromEntries(assigned.map(([batchName, names]) => [batchName, MailboxSet.ofNames(names)])),
    now,
    added: now.minus(earlier),
    removed: earlier.minus(now),
  };
}

/** What a run says of it. */
export function describeListChange({ before, now, added, removed }: ListChange): string[] {
  const named = (verb: string, set: MailboxSet) =>
    set.size === 0 ? [] : [`${mailboxes(set.size)} ${verb}: ${someOf([...set])}`];
  return everyMailbox(before).size === 0
    ? named("to migrate", now)
    : [...named("added", added), ...named("removed", removed)];
}

/** The safety valve: one update that takes away more than a fifth of a wave that was started is a mistake until waived. Pure. */
export function tooManyRemoved(run: DomainRun, wave: string, { before, removed }: ListChange): Problem[] {
  const { size } = everyMailbox(before);
  if (removed.size < 2 || removed.size * 5 <= size) return [];
  if (run.waiverOf("mailboxes-removed") !== undefined) return [];
  return [
    {
      code: "batch-too-many-removed",
      subject: `wave ${wave}`,
      reason: `${removed.size} of ${mailboxes(size)} would be removed at once (${firstOf([...removed])}), more than a fifth`,
      hint: "Restore the rows, remove them in smaller steps, or waive mailboxes-removed in the plan with a reason",
    },
  ];
}
