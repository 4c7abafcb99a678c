/**
 * Status values of batches and users (Microsoft's cmdlet reference, 2026-11). Compared without case; the documented lists are incomplete, so an
 * unknown value is none of these: not synced, not failed, not settled.
 */

const synced = new Set([
  "synced",
  "syncedwitherrors",
  "incrementalsyncing",
  "incrementalsynced",
  "completed",
  "completedwitherrors",
  "completedwithwarnings",
  "completing",
  "completionsynced",
]);

const failed = new Set(["failed", "incrementalfailed", "completionfailed", "corrupted"]);

const stopped = new Set(["stopped", "incrementalstopped"]);

/** Such a one is not stopped: a start does not approve what it skipped. */
const needsApproval = "needsapproval";

/** Whether the initial copy is done: Synced, SyncedWithErrors and what follows them. */
export function isSynced(status: string): boolean {
  return synced.has(status.toLowerCase());
}

/** Whether what has changed since the first copy is on its way: after a start of what was stopped, that of the whole time between. */
export function isSyncingAgain(status: string): boolean {
  return status.toLowerCase() === "incrementalsyncing";
}

/**
 * Whether the first copy of a mailbox was done at some time, where there is a time of its last synchronization: a first copy that
 * failed is Failed, and one that did later IncrementalFailed or CompletionFailed.
 */
export function wasCopied(status: string): boolean {
  return status.toLowerCase() !== "failed";
}

/** Whether the service gave up: Failed, IncrementalFailed, CompletionFailed, Corrupted. */
export function isFailed(status: string): boolean {
  return failed.has(status.toLowerCase());
}

/** Whether waiting longer changes nothing by itself: synced, failed, stopped, or waiting for an approval. */
export function isSettled(status: string): boolean {
  return isSynced(status) || isFailed(status) || isStopped(status) || status.toLowerCase() === needsApproval;
}

/** Whether a mailbox or a batch was stopped, before its first copy was done or after that. */
export function isStopped(status: string): boolean {
  return stopped.has(status.toLowerCase());
}

/** Whether a batch waits for its first start: Created in one admin center, Stopped in the other and over REST. */
export function isNeverStarted(batch: {
  readonly status: string;
  readonly startedAt?: Date | undefined;
}): boolean {
  return batch.startedAt === undefined && ["created", "stopped"].includes(batch.status.toLowerCase());
}

/** Whether a batch copies nothing until it is started: never started, stopped, or stopping. */
export function isIdle(batch: { readonly status: string; readonly startedAt?: Date | undefined }): boolean {
  return isNeverStarted(batch) || isStopped(batch.status) || batch.status.toLowerCase() === "stopping";
}

/** Whether a batch is on its way out. */
export function isRemoving(status: string): boolean {
  return status.toLowerCase() === "removing";
}
