import { utcMinute } from "../base/dates.js";
import { counted } from "../base/words.js";
import type { MailboxInfo } from "../microsoft365/exchange/index.js";

/**
 * How long a migrated mailbox may be without a licence before it is disabled, in days from when it was made (Microsoft's procedure,
 * "Use directory synchronization to create users" and "Complete post migration tasks"): synced, failed or slow, its mail is in the
 * cloud from then on.
 */
export const unlicensedDays = 30;

/**
 * How long a mailbox is kept whose licence was taken away, in days; then its data is deleted for good (Microsoft, "Unassign Microsoft
 * 365 licenses from users", "What happens to a user's data when you remove their license?", checked 2026-11).
 */
export const keptWithoutLicenseDays = 30;

/** From this age on a mailbox is licensed though it is not synced: a failed one has its mail in the cloud as well. */
export const licensedAfterDays = 14;

/** With so many days left, what was a warning is an error. */
const urgentDays = 5;

const dayMs = 86_400_000;

/** Mailboxes that need no licence (Microsoft: up to 50 GB, without an archive or a hold). */
const exempt = ["sharedmailbox", "roommailbox", "equipmentmailbox", "schedulingmailbox"];

/** Whether a cloud mailbox needs a licence; what is not there yet will be a user's own. */
export function needsLicense(mailbox: Pick<MailboxInfo, "recipientTypeDetails"> | undefined): boolean {
  return !exempt.includes(mailbox?.recipientTypeDetails?.toLowerCase() ?? "");
}

/** Whether something is older than that many days; what has no date is not. */
export function olderThan(at: Date | undefined, days: number, now: Date): boolean {
  return at !== undefined && now.getTime() - at.getTime() >= days * dayMs;
}

/** Whether a mailbox is licensed by its age, synced or not. */
export function isOverdue(mailbox: Pick<MailboxInfo, "whenMailboxCreated"> | undefined, now: Date): boolean {
  return olderThan(mailbox?.whenMailboxCreated, licensedAfterDays, now);
}

/** When one mailbox without a licence is disabled. */
export interface LicenseDeadline {
  readonly address: string;
  readonly at: Date;
  /** Whole days from now; below zero when it is over. */
  readonly daysLeft: number;
}

/** When the wanted ones of the mailboxes are disabled unless they are licensed, the first one first. Pure. */
export function licenseDeadlines(
  mailboxes: ReadonlyMap<string, Pick<MailboxInfo, "whenMailboxCreated">>,
  wanted: (address: string) => boolean,
  now: Date,
): LicenseDeadline[] {
  return [...mailboxes]
    .flatMap(([address, { whenMailboxCreated }]) => {
      if (whenMailboxCreated === undefined || !wanted(address)) return [];
      const at = new Date(whenMailboxCreated.getTime() + unlicensedDays * dayMs);
      return [{ address, at, daysLeft: Math.floor((at.getTime() - now.getTime()) / dayMs) }];
    })
    .sort((left, right) => left.at.getTime() - right.at.getTime());
}

/** What a person is told of each deadline that is only days away. Pure. */
export function urgentDeadlines(deadlines: readonly LicenseDeadline[]): string[] {
  return deadlines
    .filter(({ daysLeft }) => daysLeft < urgentDays)
    .map(
      ({ address, at, daysLeft }) =>
        `license-deadline: ${address}: its mailbox ${daysLeft < 0 ? `may be disabled since ${utcMinute(at)}` : `is disabled ${daysLeft === 0 ? "within a day" : `in ${counted(daysLeft, "day")}`}, on ${utcMinute(at)}`}, unless it gets a licence with Exchange Online. Mend what keeps it from having one (see the licences' own message), or give it one by hand`,
    );
}
