import type { Problem } from "../base/problem.js";
import { are, mailboxes, someOf, were } from "../base/words.js";
import { isSynced, type MigrationBatchInfo } from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { batchByName, batchUsers } from "../microsoft365/shared-reads.js";
import { type MailboxesByBatch, MailboxSet } from "../plan/mailbox-set.js";
import { type SeenSynced, seenIn } from "./arrived-mailboxes.js";

/** A list of Exchange lags up to 90 s (seen by clients in use, 2026-11): a batch that was made longer ago than this stands in every one. */
const surelyListedMs = 5 * 60_000;

/** Where a wave's batches are, against what state knows of them. */
export interface BatchPresence {
  /** In the order of their names; undefined for one that was not found. */
  readonly batches: readonly (MigrationBatchInfo | undefined)[];
  /** Names of batches that had begun and are gone. */
  readonly gone: readonly string[];
  /** Names of batches that were not found, and are too young for that to mean anything. */
  readonly unlisted: readonly string[];
}

/**
 * Tells a batch that is gone from one that an answer of Exchange lacks: it is looked for again by its name, and one that was made a
 * few minutes ago is not concluded to be gone at all.
 * @param before what state has; `names` are those of the batches that were made
 */
export async function presenceOf(
  session: CloudSession,
  names: readonly string[],
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: { readonly names: ReadonlySet<string>; readonly status: string; readonly madeAt: string | null },
): Promise<BatchPresence> {
  // What was never started is made again; there is nothing that could have been copied.
  if (before.status === "Created") return { batches, gone: [], unlisted: [] };
  const concluded = before.status === "Removed";
  const found = concluded ? batches : await lookedForAgain(session, names, batches, before.names);
  const missing = names.filter((name, index) => before.names.has(name) && found[index] === undefined);
  if (missing.length === 0) return { batches: found, gone: [], unlisted: [] };
  return concluded || isSurelyGone(before.madeAt, await session.now())
    ? { batches: found, gone: missing, unlisted: [] }
    : { batches: found, gone: [], unlisted: missing };
}

/**
 * The batches of these names, those that a list lacks looked for again by their names: lists lag.
 * @param made names of the batches that were made; others are not looked for
 * @param notBefore as for `batchByName`
 */
export function lookedForAgain(
  session: CloudSession,
  names: readonly string[],
  batches: readonly (MigrationBatchInfo | undefined)[],
  made: ReadonlySet<string>,
  notBefore?: number,
): Promise<(MigrationBatchInfo | undefined)[]> {
  return Promise.all(
    names.map(async (name, index) =>
      batches[index] !== undefined || !made.has(name)
        ? batches[index]
        : await batchByName(session, name, notBefore),
    ),
  );
}

/** Whether a batch made at that time and not found now is gone, and not only missing in an answer that lags. Pure. */
export function isSurelyGone(madeAt: string | null, now: Date): boolean {
  return madeAt !== null && now.getTime() - Date.parse(madeAt) > surelyListedMs;
}

/** What is said of a batch that was made a moment ago and is not in the list yet. */
export function notListedProblem(wave: string, names: readonly string[]): Problem {
  return {
    code: "batch-not-listed",
    subject: `wave ${wave}`,
    reason: `Exchange Online does not show ${names.join(", ")}, made a few minutes ago; its answers may lag behind`,
    hint: "Nothing is concluded from that: run pulumi up again in five minutes",
  };
}

/**
 * Whose mailbox was seen Synced, by batch: who was before, and who is now, of those that are in the wave's lists. What the service
 * says of a batch that exists is asked of it; this is what is left when the batch is gone.
 */
export async function seeSynced(
  session: CloudSession,
  domain: string,
  byBatch: MailboxesByBatch,
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: SeenSynced,
): Promise<Record<string, string>> {
  const readFrom = performance.now();
  const seen = Object.entries(byBatch).map(async ([name, listed], index): Promise<[string, string]> => {
    let standing = seenIn(before, name).and(listed);
    const batch = batches[index];
    const nobodyNew =
      batch === undefined || batch.syncedCount + batch.finalizedCount === 0 || standing.size === listed.size;
    if (!nobodyNew) {
      const synced = (await batchUsers(session, batch.name, readFrom)).filter(({ status }) =>
        isSynced(status),
      );
      const now = MailboxSet.ofRows(domain, synced);
      standing = standing.plus(now.and(listed));
    }
    return [name, standing.lines()];
  });
  return Object.fromEntries(await Promise.all(seen));
}

/** Those in batches that are gone who were never seen Synced and for whom the plan does not answer (`convert`). Pure. */
export function neverCopied(
  byBatch: MailboxesByBatch,
  gone: readonly string[],
  seen: SeenSynced,
  answeredFor: MailboxSet,
): MailboxSet {
  const open = gone.map((name) => (byBatch[name] ?? MailboxSet.none).minus(seenIn(seen, name)));
  return MailboxSet.ofNames(open.flatMap((set) => [...set])).minus(answeredFor);
}

/** The error of a wave whose batch is gone before all of it was copied. Pure. */
export function vanishedProblem(wave: string, gone: readonly string[], never: MailboxSet): Problem {
  const shown = someOf([...never]);
  return {
    code: "batch-vanished",
    subject: `wave ${wave}`,
    reason: `${gone.join(", ")} ${are(gone.length)} gone from Exchange Online, and ${mailboxes(never.size)} ${were(never.size)} never seen Synced: ${shown}. They count as not copied; nobody of ${wave} is licensed or converted until this is settled`,
    hint: `Find out who deleted it. Move them to a wave of a new name, which copies them again (waive mailboxes-removed in the same change), or, where they are known to be copied, name them in convert of ${wave}`,
  };
}
