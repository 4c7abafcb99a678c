import { type Problem, throwIfAny } from "../base/problem.js";
import { pause } from "../base/retry.js";
import { isNeverStarted, removeMigrationBatch } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches, tenantMigrationUsers } from "../microsoft365/shared-reads.js";
import { mayBeBatchOf } from "../plan/csv/index.js";
import type { Run } from "../plan/run.js";

/** Whether a batch is of a wave that leaves the plan in this run. */
export function isLeaving({ leaving }: Run, batch: string | undefined): boolean {
  return batch !== undefined && leaving.some((wave) => mayBeBatchOf(wave, batch));
}

const longestMs = 45_000;
const pollMs = 1000;

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
  const held = new Set(
    (await tenantMigrationUsers(session))
      .filter(({ emailAddress, batch }) => addresses.has(emailAddress.toLowerCase()) && isLeaving(run, batch))
      .map(({ batch }) => batch?.toLowerCase()),
  );
  if (held.size === 0) return;
  const standing = async () =>
    (await tenantBatches(session, performance.now())).filter(
      (batch) => held.has(batch.name.toLowerCase()) && isNeverStarted(batch),
    );
  for (const batch of await standing()) await removeMigrationBatch(session.exchange, batch.name);
  const until = performance.now() + longestMs;
  const isThere = async () =>
    (await tenantBatches(session, performance.now())).filter(({ name }) => held.has(name.toLowerCase()));
  for (let left = await isThere(); left.length > 0; left = await isThere()) {
    if (performance.now() > until) throwIfAny(left.map(({ name }) => stillThere(name)));
    await pause(pollMs);
  }
}

function stillThere(name: string): Problem {
  return {
    code: "batch-removing",
    subject: `batch ${name}`,
    reason: "is being deleted by Exchange, and its mailboxes can be in no other batch until it is gone",
    hint: "Run pulumi up again in a minute",
  };
}
