import { pause } from "../base/retry.js";
import {
  batchNamed,
  type ExchangePort,
  listMigrationUsers,
  type MigrationBatchInfo,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches } from "../microsoft365/shared-reads.js";
import { type MailboxesByBatch, MailboxSet } from "../plan/mailbox-set.js";
import type { BatchIds } from "../plan/run.js";
import { describeProgress, waveProgress } from "./wave-progress.js";

/** What a wave's migration batches should be. */
export interface WaveBatches {
  readonly domain: string;
  /** Path of the CSV, for messages. */
  readonly csv: string;
  /** Name of the migration endpoint. */
  readonly endpoint: string;
  /** The mailboxes in each batch. */
  readonly byBatch: MailboxesByBatch;
  readonly started: boolean;
  /** Raised by one to try failed mailboxes again. */
  readonly retryFailed: number;
  readonly notificationEmails?: readonly string[] | undefined;
  /** Exchange's ids of the batches, by name, where they were seen: another id is another batch. */
  readonly guids?: BatchIds | undefined;
}

/** How a wave's batches are reached, and who is told. */
export interface BatchTools {
  readonly session: CloudSession;
  /** The CSV bytes for these mailboxes, made when they are sent. */
  readonly upload: (mailboxes: MailboxSet) => Uint8Array;
  readonly progress: (message: string) => Promise<void>;
  readonly warn: (message: string) => Promise<void>;
}

/**
 * The wave's batches as Exchange has them, in the order of their names; one request for all waves.
 * @param notBefore the answer must come from a read that began at this time (`performance.now()`) or later. @default a minute ago
 */
export async function readBatches(
  session: CloudSession,
  names: readonly string[],
  notBefore?: number,
): Promise<(MigrationBatchInfo | undefined)[]> {
  const all = await tenantBatches(session, notBefore);
  return names.map((batchName) => batchNamed(all, batchName));
}

/** Whether two lists hold the same members, whatever their order and case. */
export function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  const lower = (list: readonly string[]) => new Set(list.map((item) => item.toLowerCase()));
  return lower(left).symmetricDifference(lower(right)).size === 0;
}

/** Who is in a batch of that name in Exchange. */
export async function presentMailboxes(
  port: ExchangePort,
  { domain }: Pick<WaveBatches, "domain">,
  batchName: string,
): Promise<MailboxSet> {
  const users = await listMigrationUsers(port, { batch: batchName });
  return MailboxSet.ofRows(domain, users);
}

/** What is said of a batch the service forgot. */
export function goneMessage(batchName: string): string {
  return `batch ${batchName} is gone from Exchange Online (batches expire 60 to 90 days after their last activity, or somebody deleted it); it is not created again, since that would start copying anew. To migrate its mailboxes again, move them to a wave of a new name`;
}

const pollSeconds = 15;

/** Waits for the first copies as long as the plan allows, with a line of progress; not at all by default. */
export async function watchBatches(
  session: CloudSession,
  names: readonly string[],
  batches: readonly (MigrationBatchInfo | undefined)[],
  seconds: number,
  progress: (message: string) => Promise<void>,
): Promise<readonly (MigrationBatchInfo | undefined)[]> {
  const deadline = performance.now() + seconds * 1000;
  let current = batches;
  while (waveProgress(current).status === "Syncing" && performance.now() < deadline) {
    await progress(describeProgress(current, await session.now()));
    const left = Math.max(0, deadline - performance.now());
    await pause(Math.min(pollSeconds * 1000, left));
    current = await readBatches(session, names, performance.now());
  }
  return current;
}
