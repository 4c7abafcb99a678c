import { type Problem, throwIfAny } from "../base/problem.js";
import { pause } from "../base/retry.js";
import type { MigrationBatchInfo } from "../microsoft365/exchange/index.js";

/** How long an update waits: what takes longer than about a minute is left to the next one. */
const longestMs = 75_000;
/** Before Exchange is asked again: doubled each time, up to the second. */
const pollMs = { first: 2000, longest: 20_000 };

/**
 * Waits until batches that Exchange is deleting are gone: until then none of their names can be made, and their mailboxes can be in no
 * other batch.
 * @param left those that are still there, read anew each time
 * @throws MailstageError `batch-removing` where that takes longer than an update waits
 */
export async function untilGone(left: () => Promise<readonly MigrationBatchInfo[]>): Promise<void> {
  const until = performance.now() + longestMs;
  let next = pollMs.first;
  for (let batches = await left(); batches.length > 0; batches = await left()) {
    if (performance.now() > until) throwIfAny(batches.map(({ name }) => removingProblem(name)));
    await pause(next);
    next = Math.min(next * 2, pollMs.longest);
  }
}

/** Why a batch of that name cannot be made, adopted or changed now, nor its mailboxes be added to another. Pure. */
export function removingProblem(batch: string): Problem {
  return {
    code: "batch-removing",
    subject: `batch ${batch}`,
    reason:
      "is being deleted by Exchange; until it is gone there is no other of its name, and its mailboxes can be in no other batch",
    hint: "Run pulumi up again in a minute",
  };
}
