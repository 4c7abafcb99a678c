import type { BatchRecord, Instant, MigrationUserRecord } from "../state.js";

const second = 1000;
const day = 86_400 * second;

/** How long the steps take on the lab's clock, in milliseconds. */
export const pace = {
  /** From Start-MigrationBatch until the first mailbox's turn comes. */
  starting: 15 * second,
  /** From a mailbox's turn until it is validated, and until it has a cloud mailbox. */
  validating: 10 * second,
  provisioning: 30 * second,
  /** Each copy, beside what its size takes. */
  overhead: 60 * second,
  /** What one mailbox's copy moves in a minute. */
  mbPerMinute: 300,
  stopping: 30 * second,
  removing: 60 * second,
  betweenSyncs: day,
  incrementalSync: 600 * second,
  idleUntilStopped: 60 * day,
  stoppedUntilRemoved: 90 * day,
} as const;

/** How many mailboxes one endpoint copies at a time unless told otherwise (Microsoft's cmdlet reference, 2026-11). */
export const defaultConcurrency = 20;

/** Status of a migration user, from the list of Microsoft's cmdlet reference (2026-11). */
export type UserStatus =
  | "Queued"
  | "Validating"
  | "Provisioning"
  | "Syncing"
  | "Synced"
  | "IncrementalSyncing"
  | "IncrementalStopped"
  | "Failed"
  | "Stopped"
  | "Removing";

/** Where one mailbox of a batch stands at `now`: follows from its times alone. */
export function userStatus(user: MigrationUserRecord, batch: BatchRecord, now: Instant): UserStatus {
  if (batch.removeRequestedAt !== undefined) return "Removing";
  if (hasEnded(user, now)) {
    if (failure(user) !== undefined) return "Failed";
    if (batch.stopRequestedAt !== undefined) return "IncrementalStopped";
    return incrementalSyncRuns(user, batch, now) ? "IncrementalSyncing" : "Synced";
  }
  if (user.stoppedAt !== undefined) return "Stopped";
  if (user.validatingAt === undefined || now < user.validatingAt) return "Queued";
  if (now < user.validatingAt + pace.validating) return "Validating";
  if (user.provisionedAt === undefined || now < user.provisionedAt) return "Provisioning";
  return "Syncing";
}

/** The summaries of `Get-MigrationUser -StatusSummary`. */
export function statusSummary(status: UserStatus): "Active" | "Failed" | "Stopped" | "Synced" {
  if (status === "Failed") return "Failed";
  if (status === "Stopped" || status === "IncrementalStopped") return "Stopped";
  return status === "Synced" || status === "IncrementalSyncing" ? "Synced" : "Active";
}

/** Whether the first copy is over, well or badly. */
export function hasEnded(user: MigrationUserRecord, now: Instant): boolean {
  return user.endsAt !== undefined && now >= user.endsAt;
}

/** What went or will go wrong with a mailbox. */
export function failure(user: MigrationUserRecord): string | undefined {
  return user.error ?? user.outcome;
}

/** When a mailbox was last synced: its first copy, one asked for, or the daily ones of a batch that has them. */
export function lastSync(user: MigrationUserRecord, batch: BatchRecord, now: Instant): Instant | undefined {
  if (!hasEnded(user, now) || user.endsAt === undefined || failure(user) !== undefined) return undefined;
  const until = Math.min(now, batch.stopRequestedAt ?? now);
  const first = user.endsAt;
  if (until < first) return first;
  const days = batch.daily === true ? Math.floor((until - first) / pace.betweenSyncs) : 0;
  const daily = first + days * pace.betweenSyncs;
  const byHand = [user.syncNowAt, batch.syncNowAt]
    .filter((at) => at !== undefined)
    .map((at) => Math.max(at, first) + pace.incrementalSync)
    .filter((at) => at <= until);
  return Math.max(daily, ...byHand);
}

function incrementalSyncRuns(user: MigrationUserRecord, batch: BatchRecord, now: Instant): boolean {
  const since = user.endsAt ?? now;
  const elapsed = now - since;
  const daily =
    batch.daily === true &&
    elapsed >= pace.betweenSyncs &&
    elapsed % pace.betweenSyncs < pace.incrementalSync;
  return (
    daily ||
    [user.syncNowAt, batch.syncNowAt].some(
      (at) => at !== undefined && now - at < pace.incrementalSync && now >= at,
    )
  );
}

/** A batch's counts at `now`. */
export interface BatchCounts {
  readonly total: number;
  readonly active: number;
  readonly synced: number;
  readonly failed: number;
  readonly stopped: number;
  /** Not yet begun: part of `active`. */
  readonly pending: number;
  readonly provisioned: number;
  readonly initialSyncAt?: Instant;
  readonly lastSyncedAt?: Instant;
  /** The end of the last first copy, known or planned. */
  readonly lastEndsAt?: Instant;
}

/** Counts a batch's mailboxes by where they stand. */
export function batchCounts(batch: BatchRecord, now: Instant): BatchCounts {
  let [active, synced, failed, stopped, pending, provisioned] = [0, 0, 0, 0, 0, 0];
  let initialSyncAt = 0;
  let lastSyncedAt = 0;
  let lastEndsAt = 0;
  for (const user of batch.users) {
    if (user.endsAt !== undefined && user.endsAt > lastEndsAt) lastEndsAt = user.endsAt;
    if (user.provisioned === true) provisioned += 1;
    if (hasEnded(user, now)) {
      if (failure(user) !== undefined) {
        failed += 1;
        continue;
      }
      synced += 1;
      if (user.endsAt !== undefined && user.endsAt > initialSyncAt) initialSyncAt = user.endsAt;
      const last = lastSync(user, batch, now) ?? 0;
      if (last > lastSyncedAt) lastSyncedAt = last;
    } else if (user.stoppedAt !== undefined) stopped += 1;
    else {
      active += 1;
      if (user.validatingAt === undefined || now < user.validatingAt) pending += 1;
    }
  }
  return {
    total: batch.users.length,
    active,
    synced,
    failed,
    stopped,
    pending,
    provisioned,
    ...(initialSyncAt === 0 ? {} : { initialSyncAt }),
    ...(lastSyncedAt === 0 ? {} : { lastSyncedAt }),
    ...(lastEndsAt === 0 ? {} : { lastEndsAt }),
  };
}

/** Status of a batch, from the list of Microsoft's cmdlet reference (2026-11). */
export type BatchStatus =
  | "Created"
  | "Stopped"
  | "Stopping"
  | "Waiting"
  | "Starting"
  | "Syncing"
  | "Synced"
  | "SyncedWithErrors"
  | "Failed"
  | "Removing";

/** Where a batch stands at `now`. `neverStarted` is how the service calls one that was not started yet. */
export function batchStatus(
  batch: BatchRecord,
  now: Instant,
  neverStarted: "Stopped" | "Created",
  counts: BatchCounts = batchCounts(batch, now),
): BatchStatus {
  if (batch.removeRequestedAt !== undefined) return "Removing";
  if (batch.startedAt === undefined) return neverStarted;
  if (batch.stopRequestedAt !== undefined)
    return now < batch.stopRequestedAt + pace.stopping && batch.expired !== true ? "Stopping" : "Stopped";
  if (now < batch.startedAt) return "Waiting";
  if (counts.active > 0) return now < batch.startedAt + pace.starting ? "Starting" : "Syncing";
  if (counts.failed === 0) return "Synced";
  return counts.synced === 0 ? "Failed" : "SyncedWithErrors";
}
