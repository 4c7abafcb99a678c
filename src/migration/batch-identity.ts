import { z } from "zod";
import { type MigrationBatchInfo, type MigrationUserInfo, sameName } from "../microsoft365/exchange/index.js";
import { mayBeBatchOf } from "../plan/csv/index.js";
import type { BatchIds, DomainRun, MadeBatches } from "../plan/run.js";

/*
 * A batch's name may have been another's before, or be another's since; Exchange's id of it stays. Whose a batch is, is asked in
 * three ways:
 *
 * | question      | asked before                                     | state has no id                                  |
 * | ------------- | ------------------------------------------------ | ------------------------------------------------ |
 * | `isThatBatch` | a wave's batch is written or deleted             | not its own, unless Exchange tells no id either  |
 * | `isMadeFor`   | a batch counts as what a leaving wave leaves     | not the wave's                                   |
 * | `mayBeOf`     | something is refused because a batch still stands | by its name: what cannot be told apart is refused |
 */

/** The id of a batch; earlier versions kept it by the name as Exchange spells it, which may differ in case from the plan's. */
function guidOf(guids: BatchIds | undefined, batchName: string): string | undefined {
  return guids?.[batchName] ?? Object.entries(guids ?? {}).find(([name]) => sameName(name, batchName))?.[1];
}

/**
 * What state has of the ids of a wave's batches, by their names in the plan. That of a batch that is gone stays: what somebody makes
 * of its name is another one.
 * @param batches in the order of the names
 */
export function batchGuids(
  names: readonly string[],
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: BatchIds | undefined,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const guid = batches[index]?.guid ?? guidOf(before, name);
      return guid === undefined ? [] : [[name, guid]];
    }),
  );
}

/**
 * Whether a batch is the one that was made, and not another that somebody gave its name since, or had given it before: one of which
 * state has no id may be anybody's.
 */
export function isThatBatch(
  { guids }: { readonly guids?: BatchIds | undefined },
  batchName: string,
  batch: MigrationBatchInfo | undefined,
): boolean {
  if (batch === undefined) return true;
  const made = guidOf(guids, batchName);
  return batch.guid === undefined ? made === undefined : sameName(made, batch.guid);
}

/**
 * Those of a wave's batches that are the ones that were made, and the names of those that are not.
 * @param batches in the order of the names
 */
export function ownBatches(
  names: readonly string[],
  batches: readonly (MigrationBatchInfo | undefined)[],
  guids: BatchIds,
): { readonly own: MigrationBatchInfo[]; readonly others: string[] } {
  const own: MigrationBatchInfo[] = [];
  const others: string[] = [];
  for (const [index, name] of names.entries()) {
    const batch = batches[index];
    if (batch === undefined) continue;
    if (isThatBatch({ guids }, name, batch)) own.push(batch);
    else others.push(name);
  }
  return { own, others };
}

/** What is said of a batch that somebody else made of a name that was this stack's. */
export function notThatBatchMessage(batchName: string): string {
  return `batch ${batchName} is not the one this stack made: it is left as it is. Whoever made it deletes it, with Remove-MigrationBatch`;
}

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
  { made }: Pick<DomainRun, "made">,
  wave: string,
  { name, guid }: MigrationBatchInfo,
): boolean {
  return Object.entries(made.get(wave) ?? {}).some(
    ([own, id]) => sameName(own, name) && guid !== undefined && sameName(id, guid),
  );
}

/** Whether this stack's state could be read and has no batch of a wave. Pure. */
export function hasNone({ made }: Pick<DomainRun, "made">, wave: string): boolean {
  const ids = made.get(wave);
  return ids !== undefined && Object.keys(ids).length === 0;
}

/**
 * Whether a batch counts as a wave's where that only refuses something: by its id where state has ids of the wave's; by the wave's own
 * name where it has none, since an update that was killed may have made it; and by every name that a batch of a wave can have where
 * state tells nothing, as of the waves of other stacks. Pure.
 */
export function mayBeOf({ made }: Pick<DomainRun, "made">, wave: string, batch: MigrationBatchInfo): boolean {
  const ids = made.get(wave);
  if (ids === undefined) return mayBeBatchOf(wave, batch.name);
  if (hasNone({ made }, wave)) return sameName(wave, batch.name);
  return Object.entries(ids).some(
    ([own, id]) => sameName(own, batch.name) && (batch.guid === undefined || sameName(id, batch.guid)),
  );
}

/** Whether a mailbox is in a batch; some forms of the answer name a user's batch by its id. Pure. */
export const isIn = (
  { batch: held }: Pick<MigrationUserInfo, "batch">,
  { name, guid }: MigrationBatchInfo,
): boolean => sameName(held, name) || (guid !== undefined && sameName(held, guid));
