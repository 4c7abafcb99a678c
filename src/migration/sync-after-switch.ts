import { describeProblem, MailstageError } from "../base/problem.js";
import {
  isNeverStarted,
  isSettled,
  isSynced,
  type MigrationBatchInfo,
  startMigrationBatch,
  syncMigrationBatch,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";

/** By batch, when Exchange was asked for a synchronization, ISO 8601. */
export type SyncRequests = Readonly<Record<string, string>>;

/**
 * Batches that were not asked for a synchronization since the MX switch. A staged batch may have none of its own (OfficeDocs-Exchange,
 * migration-users-status-report.md, checked 2026-11), and a batch must have one before it is deleted. That its Last Synced Time is
 * later proves none: it is also the end of a single mailbox's first copy. One that still copies is asked when it is done. Pure.
 */
export function toBeSynced(
  batches: readonly (MigrationBatchInfo | undefined)[],
  routedAt: string | undefined,
  asked: SyncRequests,
): MigrationBatchInfo[] {
  if (routedAt === undefined) return [];
  const since = Date.parse(routedAt);
  return batches
    .filter((batch) => batch !== undefined)
    .filter((batch) => !isNeverStarted(batch) && isSettled(batch.status))
    .filter((batch) => Date.parse(asked[batch.name] ?? "1970-01-01T00:00:00Z") < since);
}

/** How long a batch that was adopted is left to itself, milliseconds. */
const graceMs = 24 * 3600_000;

/** Whether a batch that was adopted need not be asked yet: when mail was switched is not known then, but that it was some time before. */
export function isFreshlyAdopted(adoptedAt: string | undefined, now: Date): boolean {
  return adoptedAt !== undefined && now.getTime() - Date.parse(adoptedAt) < graceMs;
}

/**
 * Asks for one synchronization each: SyncNow where users are Synced, Start where the batch stopped or failed.
 * @returns who was asked and when, and what was refused, which is asked again by the next update
 */
export async function askToSync(
  session: CloudSession,
  batches: readonly MigrationBatchInfo[],
  routedAt: string,
): Promise<{ readonly asked: SyncRequests; readonly refused: readonly string[] }> {
  const asked: Record<string, string> = {};
  const refused: string[] = [];
  for (const batch of batches) {
    try {
      if (isSynced(batch.status)) await syncMigrationBatch(session.exchange, batch.name);
      else await startMigrationBatch(session.exchange, batch);
      // A Date header has whole seconds: what is asked a moment after the switch was seen must not seem to be before it.
      const now = Math.max((await session.now()).getTime(), Date.parse(routedAt));
      asked[batch.name] = new Date(now).toISOString();
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      refused.push(...error.problems.map(describeProblem));
    }
  }
  return { asked, refused };
}
