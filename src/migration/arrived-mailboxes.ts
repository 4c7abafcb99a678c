import {
  batchNamed,
  isIdle,
  isRemoving,
  isSynced,
  isSyncingAgain,
  type MailboxInfo,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { batchUsers, tenantBatches, tenantMailboxes } from "../microsoft365/shared-reads.js";
import { possibleBatchNames } from "../plan/csv/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";
import type { Run } from "../plan/run.js";

/** By the name of a wave's migration batch, whose mailbox was seen Synced: a `MailboxSet` as state has it. */
export type SeenSynced = Readonly<Record<string, string>>;

/** What is known of a wave's copies besides what Exchange says now. */
export interface WaveCopies {
  readonly domain: string;
  /** What the wave's `MigrationBatch` has in state; undefined before there is any. */
  readonly seenSynced?: SeenSynced | undefined;
}

/** Batches as Exchange has them, without those that it is deleting: their users are no longer told, and state tells of them. */
const countingBatches = async (session: CloudSession) =>
  (await tenantBatches(session)).filter(({ status }) => !isRemoving(status));

/**
 * How many mailboxes `arrivedAddresses` has at the most, by one request for all waves: synced in batches that run, or seen so before
 * a batch went. In a batch that was stopped nobody counts: its mailboxes are IncrementalStopped, and nothing more is copied of them.
 * @param starting whether this run starts the wave's stopped batches, as its preview has to know
 */
export async function arrivalCount(
  session: CloudSession,
  { seenSynced = {} }: WaveCopies,
  starting = false,
): Promise<number> {
  const all = await countingBatches(session);
  return Object.keys(seenSynced).reduce((sum, name) => {
    const batch = batchNamed(all, name);
    if (batch === undefined) return sum + seenIn(seenSynced, name).size;
    return isIdle(batch) && !starting ? sum : sum + batch.syncedCount + batch.finalizedCount;
  }, 0);
}

/**
 * Whose mailbox has been migrated: addresses with status Synced in the wave's batches, by the names state has of them. Of a batch
 * that is gone only those count that were seen Synced before: a mailbox in Exchange Online proves nothing, since the service makes
 * it when the copy begins. Pages of 1,000.
 */
export async function arrivedAddresses(session: CloudSession, copies: WaveCopies): Promise<Set<string>> {
  return new Set((await arrivals(session, copies)).keys());
}

/** The same, each with whether it is synchronized once more just now: what has changed on premises is not all in the copy then. */
export async function arrivals(
  session: CloudSession,
  { domain, seenSynced = {} }: WaveCopies,
): Promise<Map<string, { readonly underWay: boolean }>> {
  const all = await countingBatches(session);
  const arrived = new Map<string, { readonly underWay: boolean }>();
  for (const name of Object.keys(seenSynced)) {
    const batch = batchNamed(all, name);
    if (batch === undefined)
      for (const address of seenIn(seenSynced, name).addresses(domain))
        arrived.set(address, { underWay: false });
    else if (batch.syncedCount + batch.finalizedCount > 0)
      for (const user of await batchUsers(session, batch.name))
        if (isSynced(user.status))
          arrived.set(user.emailAddress.toLowerCase(), { underWay: isSyncingAgain(user.status) });
  }
  return arrived;
}

/** Cloud mailboxes by each wanted address, whether it is the primary or another one. Pages of 1,000. */
export async function mailboxesByAddress(
  session: CloudSession,
  addresses: ReadonlySet<string>,
): Promise<Map<string, MailboxInfo>> {
  const found = new Map<string, MailboxInfo>();
  for (const [address, mailbox] of byAnyAddress(await tenantMailboxes(session)))
    if (addresses.has(address)) found.set(address, mailbox);
  return found;
}

/** Mailboxes by every SMTP address they have; Exchange keeps each unique. Pure. */
export function byAnyAddress(mailboxes: Iterable<MailboxInfo>): Map<string, MailboxInfo> {
  const found = new Map<string, MailboxInfo>();
  for (const mailbox of mailboxes) {
    for (const proxy of mailbox.emailAddresses)
      if (/^smtp:/i.test(proxy)) found.set(proxy.slice("smtp:".length).toLowerCase(), mailbox);
    found.set(mailbox.primarySmtpAddress.toLowerCase(), mailbox);
  }
  return found;
}

/** Who was seen Synced in a batch of that name; nobody where none was. */
export const seenIn = (seen: SeenSynced, name: string): MailboxSet =>
  MailboxSet.ofLines(seen[name], `migration batch ${name}`);

/** What of a wave's resource says who was seen Synced. */
interface Told {
  readonly domain?: string | undefined;
  readonly wave?: string | undefined;
  readonly seenSynced?: SeenSynced | undefined;
}

/**
 * Who was seen Synced, as a wave's licences and its conversion go by: what its batches tell; in a preview in which they move on, what
 * state has of them; and without them what was told last.
 */
export const seenOf = (run: Run, { domain = "", wave = "", seenSynced }: Told, last: Told | undefined) =>
  seenSynced ?? run.of(domain).seenSynced.get(wave) ?? last?.seenSynced;

/**
 * A preview in which the wave's batches are taken over knows of none in state: they are asked by the names that batches of a wave have,
 * so that it shows whom the update will convert. Of one that is gone nobody counts.
 */
export function nobodySeen(wave: string): Record<string, string> {
  return Object.fromEntries(possibleBatchNames(wave).map((name) => [name, ""]));
}
