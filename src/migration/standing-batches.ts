import { isRemoving, type MigrationBatchInfo } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches } from "../microsoft365/shared-reads.js";
import type { DomainRun } from "../plan/run.js";
import { mayBeOf } from "./batch-identity.js";

/**
 * The batches of waves as Exchange has them now, but those that it is deleting. A wave without any is not in the answer.
 * @param waves by their names in the plan
 * @param notBefore as for `tenantBatches`
 */
export async function standingBatches(
  run: Pick<DomainRun, "made">,
  session: CloudSession,
  waves: readonly string[],
  notBefore = performance.now(),
): Promise<ReadonlyMap<string, readonly MigrationBatchInfo[]>> {
  if (waves.length === 0) return new Map();
  const live = (await tenantBatches(session, notBefore)).filter(({ status }) => !isRemoving(status));
  return new Map(
    waves.flatMap((wave) => {
      const own = live.filter((batch) => mayBeOf(run, wave, batch));
      return own.length === 0 ? [] : [[wave, own] as const];
    }),
  );
}
