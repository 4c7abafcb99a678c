import type { Problem } from "../base/problem.js";
import { firstOf } from "../base/words.js";
import { waiverOf } from "../plan/waivers.js";

/** The safety valve: one update that takes away more than a fifth of a started wave is a mistake until waived. */
export function tooManyRemoved(
  wave: string,
  before: number,
  removed: readonly string[],
  started: boolean,
): Problem[] {
  if (
    !started ||
    removed.length * 5 <= before ||
    removed.length < 2 ||
    waiverOf("mailboxes-removed") !== undefined
  )
    return [];
  return [
    {
      code: "batch-too-many-removed",
      subject: `batch ${wave}`,
      reason: `${removed.length} of ${before} mailboxes would be removed at once (${firstOf(removed, 5)}), more than a fifth`,
      hint: "Restore the rows, remove them in smaller steps, or waive mailboxes-removed in the plan with a reason",
    },
  ];
}
