import { z } from "zod";
import { isRemoving, type MigrationBatchInfo, sameName } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches } from "../microsoft365/shared-reads.js";
import { mayBeBatchOf } from "../plan/csv/index.js";
import type { BatchIds, MadeBatches, Run } from "../plan/run.js";

/** What the program reads of its own stack's state: of each wave, Exchange's ids of its batches by their names. */
export const madeBatches: z.ZodType<MadeBatches> = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * What a run knows of its waves' batches.
 * @param waves those of this stack, by name
 * @param made what the stack's state had of them; undefined where it cannot be read
 */
export function knownBatches(
  waves: readonly string[],
  made: MadeBatches | undefined,
): ReadonlyMap<string, BatchIds> {
  return new Map(made === undefined ? [] : waves.map((wave) => [wave, made[wave] ?? {}]));
}

/** Whether a batch is one that this stack made for a wave, by the id that state has of it. Pure. */
export function isMadeFor(
  { made }: Pick<Run, "made">,
  wave: string,
  { name, guid }: MigrationBatchInfo,
): boolean {
  return Object.entries(made.get(wave) ?? {}).some(
    ([own, id]) => sameName(own, name) && guid !== undefined && sameName(id, guid),
  );
}

/** Whether this stack's state could be read and has no batch of a wave. Pure. */
export function hasNone({ made }: Pick<Run, "made">, wave: string): boolean {
  const ids = made.get(wave);
  return ids !== undefined && Object.keys(ids).length === 0;
}

/**
 * Whether a batch counts as a wave's where that only refuses something: by its id where state has ids of the wave's; by the wave's own
 * name where it has none, since an update that was killed may have made it; and by every name that a batch of a wave can have where
 * state tells nothing, as of the waves of other stacks. Pure.
 */
export function mayBeOf({ made }: Pick<Run, "made">, wave: string, batch: MigrationBatchInfo): boolean {
  const ids = made.get(wave);
  if (ids === undefined) return mayBeBatchOf(wave, batch.name);
  if (hasNone({ made }, wave)) return sameName(wave, batch.name);
  return Object.entries(ids).some(
    ([own, id]) => sameName(own, batch.name) && (batch.guid === undefined || sameName(id, batch.guid)),
  );
}

/**
 * The batches of waves as Exchange has them now, but those that it is deleting. A wave without any is not in the answer.
 * @param waves by their names in the plan
 */
export async function standingBatches(
  run: Pick<Run, "made">,
  session: CloudSession,
  waves: readonly string[],
): Promise<ReadonlyMap<string, readonly MigrationBatchInfo[]>> {
  if (waves.length === 0) return new Map();
  const live = (await tenantBatches(session, performance.now())).filter(({ status }) => !isRemoving(status));
  return new Map(
    waves.flatMap((wave) => {
      const own = live.filter((batch) => mayBeOf(run, wave, batch));
      return own.length === 0 ? [] : [[wave, own] as const];
    }),
  );
}
