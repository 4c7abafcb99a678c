import type { Problem } from "../base/problem.js";
import {
  isNeverStarted,
  isRemoving,
  type MigrationBatchInfo,
  type MigrationUserInfo,
  removeMigrationBatch,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches, tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import type { DomainRun } from "../plan/run.js";
import { isIn, isMadeFor, mayBeOf } from "./batch-identity.js";
import { untilGone } from "./removal-under-way.js";

type Leaving = Pick<DomainRun, "leaving" | "made">;

/**
 * Those batches that are of waves that leave the plan in this run, as a wave sees them that takes mailboxes of theirs over: only by
 * the ids that state has of them. `sales-2` of somebody else is not the second batch of `sales`, whatever is in it. Pure.
 */
export function leavingBatches(run: Leaving, batches: readonly MigrationBatchInfo[]): MigrationBatchInfo[] {
  return batches.filter((batch) => run.leaving.some((wave) => isMadeFor(run, wave, batch)));
}

/**
 * Why mailboxes cannot be taken over from a wave that leaves the plan: its batch may be another's, since state has no id of it. Pure.
 * @param addresses of the wave that takes over, in lower case
 */
export function unknownBatchProblems(
  run: Leaving,
  batches: readonly MigrationBatchInfo[],
  users: readonly MigrationUserInfo[],
  addresses: ReadonlySet<string>,
): Problem[] {
  const known = new Set(leavingBatches(run, batches));
  const held = users.filter(({ emailAddress }) => addresses.has(emailAddress.toLowerCase()));
  return batches
    .filter(
      (batch) => !known.has(batch) && !isRemoving(batch.status) && held.some((user) => isIn(user, batch)),
    )
    .flatMap((batch): Problem[] => {
      const wave = run.leaving.find((one) => mayBeOf(run, one, batch));
      if (wave === undefined) return [];
      return [
        {
          code: "batch-not-known",
          subject: `batch ${batch.name}`,
          reason: `holds mailboxes that another wave takes over from ${wave}, which leaves the plan, and is not deleted: the stack's state has no id of it, so that it may be somebody else's`,
          hint: `Put ${wave} back as it was and run pulumi up, which takes the batch over or says what differs, and rename ${wave} after that. Where nobody needs the batch, delete it with Remove-MigrationBatch`,
        },
      ];
    });
}

/**
 * Deletes the batches of leaving waves that hold mailboxes of another wave, and waits until they are gone: Exchange would make the
 * new batch without them. One that was started after all stays, and so does whatever it holds.
 */
export async function freeFromLeaving(
  run: DomainRun,
  session: CloudSession,
  addresses: ReadonlySet<string>,
): Promise<void> {
  if (run.leaving.length === 0) return;
  const [users, all] = await Promise.all([tenantMigrationUsers(session), tenantBatches(session)]);
  const taken = users.filter(({ emailAddress }) => addresses.has(emailAddress.toLowerCase()));
  const held = new Set(
    leavingBatches(run, all)
      .filter((batch) => taken.some((user) => isIn(user, batch)))
      .map(({ guid }) => guid),
  );
  if (held.size === 0) return;
  const isThere = async () =>
    (await tenantBatches(session, performance.now())).filter(({ guid }) => held.has(guid));
  for (const batch of await isThere())
    if (isNeverStarted(batch)) await removeMigrationBatch(session.exchange, batch.name);
  await untilGone(isThere);
}
