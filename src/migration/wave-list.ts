import type { Problem } from "../base/problem.js";
import { firstOf, mailboxes, someOf } from "../base/words.js";
import { assignBatches } from "../plan/csv/index.js";
import type { Run } from "../plan/run.js";
import type { WaveBatches } from "./wave-batches.js";

/** Who comes into a wave and who leaves it by its list, as local parts. */
export interface ListChange {
  /** The batches as the last update left them; none for a wave that is new. */
  readonly before: WaveBatches["parts"];
  /** The batches as they are wanted: who stays, stays in its batch. */
  readonly parts: Record<string, string[]>;
  /** All of the wave, as wanted. */
  readonly now: readonly string[];
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** What a list makes of a wave's batches. Pure. */
export function listChange(
  wave: string,
  locals: readonly string[],
  before: WaveBatches["parts"],
): ListChange {
  const parts = assignBatches(wave, locals, before);
  const now = Object.values(parts).flat();
  const [wanted, earlier] = [new Set(now), new Set(Object.values(before).flat())];
  return {
    before,
    parts,
    now,
    added: wanted.difference(earlier),
    removed: earlier.difference(wanted),
  };
}

/** What a run says of it. */
export function describeListChange({ before, now, added, removed }: ListChange): string[] {
  const named = (verb: string, locals: Iterable<string>) => {
    const all = [...locals];
    return all.length === 0 ? [] : [`${mailboxes(all.length)} ${verb}: ${someOf(all, 50)}`];
  };
  return Object.values(before).flat().length === 0
    ? named("to migrate", now)
    : [...named("added", added), ...named("removed", removed)];
}

/** The safety valve: one update that takes away more than a fifth of a started wave is a mistake until waived. */
export function tooManyRemoved(
  run: Run,
  wave: string,
  { before, removed }: ListChange,
  started: boolean,
): Problem[] {
  const size = Object.values(before).flat().length;
  if (!started || removed.size < 2 || removed.size * 5 <= size) return [];
  if (run.waiverOf("mailboxes-removed") !== undefined) return [];
  return [
    {
      code: "batch-too-many-removed",
      subject: `batch ${wave}`,
      reason: `${removed.size} of ${size} mailboxes would be removed at once (${firstOf([...removed], 5)}), more than a fifth`,
      hint: "Restore the rows, remove them in smaller steps, or waive mailboxes-removed in the plan with a reason",
    },
  ];
}
