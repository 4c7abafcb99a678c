import type { CloudSession } from "../cloud/index.js";
import { isSynced, listMigrationUsers, type MailboxInfo } from "../exchange/index.js";
import { tenantBatches, tenantMailboxes } from "./tenant-reads.js";

/** Whether a migration batch belongs to a wave: its own name, or `wave-2`, `wave-3`, … for what is beyond 2,000 rows. */
export function isBatchOf(wave: string, batch: string): boolean {
  const [own, other] = [wave.toLowerCase(), batch.toLowerCase()];
  return other === own || (other.startsWith(`${own}-`) && /^\d+$/.test(other.slice(own.length + 1)));
}

/** How far a wave's mailboxes have come, in one request for all waves: what is synced, whether its batches exist at all. */
export async function arrivalCount(
  session: CloudSession,
  wave: string,
): Promise<{ readonly synced: number; readonly exists: boolean }> {
  const batches = (await tenantBatches(session)).filter((batch) => isBatchOf(wave, batch.name));
  return {
    synced: batches.reduce((sum, batch) => sum + batch.syncedCount + batch.finalizedCount, 0),
    exists: batches.length > 0,
  };
}

/**
 * Whose mailbox has been migrated: addresses with status Synced in the wave's batches, or, once those are deleted, all with
 * a mailbox in Exchange Online. Pages of 1,000.
 */
export async function arrivedAddresses(session: CloudSession, wave: string): Promise<Set<string>> {
  const batches = (await tenantBatches(session)).filter((batch) => isBatchOf(wave, batch.name));
  const arrived = new Set<string>();
  if (batches.length === 0) {
    for (const { primarySmtpAddress } of await tenantMailboxes(session))
      arrived.add(primarySmtpAddress.toLowerCase());
    return arrived;
  }
  for (const batch of batches.filter((one) => one.syncedCount + one.finalizedCount > 0))
    for (const user of await listMigrationUsers(session.exchange, { batch: batch.name }))
      if (isSynced(user.status)) arrived.add(user.emailAddress.toLowerCase());
  return arrived;
}

/** Cloud mailboxes by primary address, for the wanted addresses only. Pages of 1,000. */
export async function mailboxesByAddress(
  session: CloudSession,
  addresses: ReadonlySet<string>,
): Promise<Map<string, MailboxInfo>> {
  const found = new Map<string, MailboxInfo>();
  for (const mailbox of await tenantMailboxes(session)) {
    const address = mailbox.primarySmtpAddress.toLowerCase();
    if (addresses.has(address)) found.set(address, mailbox);
  }
  return found;
}
