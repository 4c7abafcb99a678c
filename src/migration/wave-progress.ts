import { utcMinute } from "../base/dates.js";
import { mailboxes } from "../base/words.js";
import {
  isFailed,
  isNeverStarted,
  isRemoving,
  isSettled,
  isSynced,
  type MigrationBatchInfo,
} from "../microsoft365/exchange/index.js";
import type { WaveStatus } from "../state/wave-migration-batch.js";

/** How far a wave is: all its migration batches together. */
export interface WaveProgress {
  readonly status: WaveStatus;
  /** Mailboxes in the batches. */
  readonly total: number;
  /** Mailboxes whose first copy is done. */
  readonly synced: number;
  /** Mailboxes the service gave up on. */
  readonly failed: number;
}

/** Sums up the batches of one wave; `undefined` stands for a batch that is gone. Pure. */
export function waveProgress(batches: readonly (MigrationBatchInfo | undefined)[]): WaveProgress {
  const live = batches.filter((batch) => batch !== undefined);
  const sum = (count: (batch: MigrationBatchInfo) => number) =>
    live.reduce((total, batch) => total + count(batch), 0);
  const total = sum((batch) => batch.totalCount);
  const synced = sum((batch) => batch.syncedCount + batch.finalizedCount);
  const failed = sum((batch) => batch.failedCount);
  return { status: waveStatus(live, failed), total, synced, failed };
}

/**
 * The same of a wave with batches that are gone: their mailboxes stay in its counts, those that were seen Synced as synced. Pure.
 * @param perBatch mailboxes of each batch, in the order of `batches`
 */
export function progressWithGone(
  batches: readonly (MigrationBatchInfo | undefined)[],
  perBatch: readonly { readonly mailboxes: number; readonly seen: number }[],
): WaveProgress {
  const live = waveProgress(batches);
  const gone = perBatch.filter((_one, index) => batches[index] === undefined);
  return {
    ...live,
    total: gone.reduce((sum, one) => sum + one.mailboxes, live.total),
    synced: gone.reduce((sum, one) => sum + one.seen, live.synced),
  };
}

function waveStatus(live: readonly MigrationBatchInfo[], failed: number): WaveStatus {
  if (live.length === 0) return "Removed";
  // One that is deleted before anything began leaves nothing behind that was copied: it may be made again.
  if (
    live.every(
      (batch) => isNeverStarted(batch) || (isRemoving(batch.status) && batch.startedAt === undefined),
    )
  )
    return "Created";
  if (live.some((batch) => isRemoving(batch.status))) return "Removing";
  if (live.some((batch) => !isSettled(batch.status))) return "Syncing";
  if (live.every((batch) => isSynced(batch.status))) return failed > 0 ? "SyncedWithErrors" : "Synced";
  return live.some((batch) => isFailed(batch.status)) ? "Failed" : "Stopped";
}

/** Whether waiting changes nothing by itself. */
export function isWaveSettled(status: WaveStatus): boolean {
  return status !== "Syncing" && status !== "Removing";
}

/** When the copy will be done at the pace so far; `undefined` before the first mailbox is done. Pure. */
export function expectedEnd(
  batches: readonly (MigrationBatchInfo | undefined)[],
  now: Date,
): Date | undefined {
  const { total, synced, failed } = waveProgress(batches);
  const starts = batches.flatMap((batch) =>
    batch?.startedAt === undefined ? [] : [batch.startedAt.getTime()],
  );
  const done = synced + failed;
  if (starts.length === 0 || done === 0 || done >= total) return undefined;
  const elapsed = now.getTime() - Math.min(...starts);
  return new Date(now.getTime() + (elapsed / done) * (total - done));
}

/** A wave's progress in one line: `40 of 120 mailboxes synced, 2 failed; done about 2026-11-23 04:10 UTC`. */
export function describeProgress(batches: readonly (MigrationBatchInfo | undefined)[], now: Date): string {
  const { total, synced, failed, status } = waveProgress(batches);
  const end = status === "Syncing" ? expectedEnd(batches, now) : undefined;
  return (
    `${synced} of ${mailboxes(total)} synced` +
    (failed > 0 ? `, ${failed} failed` : "") +
    (end === undefined ? "" : `; done about ${utcMinute(end)}`)
  );
}
