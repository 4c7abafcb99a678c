import {
  isNeverStarted,
  type MigrationUserInfo,
  removeMigrationBatch,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches, tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import { mayBeBatchOf } from "../plan/csv/index.js";
import type { Run } from "../plan/run.js";
import { untilGone } from "./removal-under-way.js";

/**
 * The batches of waves that leave the plan in this run, in lower case, as a wave sees them that takes mailboxes of theirs over. What
 * state has of a leaving wave's batches is told to nobody but its own deletion, so that of those that only begin like the wave's
 * name one counts where all that is in it is taken over: `sales-2` of somebody else is not the second batch of `sales`. Pure.
 * @param users all migration users of the tenant
 * @param addresses of the wave that takes over, in lower case
 */
export function leavingBatches(
  { leaving }: Pick<Run, "leaving">,
  users: readonly MigrationUserInfo[],
  addresses: ReadonlySet<string>,
): ReadonlySet<string> {
  if (leaving.length === 0) return new Set();
  const waves = new Set(leaving.map((wave) => wave.toLowerCase()));
  const byBatch = Map.groupBy(users, ({ batch }) => batch?.toLowerCase() ?? "");
  return new Set(
    [...byBatch].flatMap(([batch, members]) => {
      const whole = members.every(({ emailAddress }) => addresses.has(emailAddress.toLowerCase()));
      const numbered = whole && leaving.some((wave) => mayBeBatchOf(wave, batch));
      return waves.has(batch) || numbered ? [batch] : [];
    }),
  );
}

/**
 * Deletes the batches of leaving waves that hold mailboxes of another wave, and waits until they are gone: Exchange would make the
 * new batch without them. One that was started after all stays, and so does whatever it holds.
 */
export async function freeFromLeaving(
  run: Run,
  session: CloudSession,
  addresses: ReadonlySet<string>,
): Promise<void> {
  if (run.leaving.length === 0) return;
  const users = await tenantMigrationUsers(session);
  const leaving = leavingBatches(run, users, addresses);
  const held = new Set(
    users
      .filter(({ emailAddress }) => addresses.has(emailAddress.toLowerCase()))
      .map(({ batch }) => batch?.toLowerCase() ?? "")
      .filter((batch) => leaving.has(batch)),
  );
  if (held.size === 0) return;
  const standing = async () =>
    (await tenantBatches(session, performance.now())).filter(
      (batch) => held.has(batch.name.toLowerCase()) && isNeverStarted(batch),
    );
  for (const batch of await standing()) await removeMigrationBatch(session.exchange, batch.name);
  await untilGone(async () =>
    (await tenantBatches(session, performance.now())).filter(({ name }) => held.has(name.toLowerCase())),
  );
}
