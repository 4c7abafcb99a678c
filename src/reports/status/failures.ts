import type { FailureGroup } from "./model.js";

/** One failure as a service or resource worded it. */
export interface Failure {
  readonly wave: string;
  /** The mailbox or user. */
  readonly subject: string;
  readonly words: string;
}

/** Causes by the words of Exchange, Graph and the directory (ExchangeOnlineManagement module, 2026-11; the lab's faults). */
const causes: readonly { readonly pattern: RegExp; readonly cause: string; readonly remedy: string }[] = [
  {
    pattern: /quota|MailboxSizeExceeds|larger than/i,
    cause: "The mailbox is larger than the target's quota",
    remedy:
      "Assign a licence with a larger mailbox or archive on premises, then raise retryFailed of the wave",
  },
  {
    pattern: /isn't MailUser|not a mail.?user|not mail-enabled|already (?:has|is) a mailbox|recipient type/i,
    cause: "The user in Microsoft 365 is not a mail user",
    remedy:
      "A licence given too early makes a mailbox of its own: remove it, let synchronization restore the mail user, and retry",
  },
  {
    pattern:
      /(?:could|was|is)n't (?:be )?(?:found|find)|not found|NotFound|no user .* has it|does(?:n't| not) exist/i,
    cause: "The mailbox or user does not exist where it was looked for",
    remedy: "Correct the address in the CSV, or check that directory synchronization covers the user",
  },
  {
    pattern:
      /access (?:is )?denied|NoAccess|Logon(?:Denied|Failed)|permission|insufficient access|targetAddress/i,
    cause: "The migration administrator lacks a permission",
    remedy:
      "Grant it FullAccess or Receive As and write access to targetAddress, then raise retryFailed of the wave",
  },
  {
    pattern: /bad items?|skipped items?|corrupt|TooManyBadItems/i,
    cause: "Damaged items in the mailbox",
    remedy:
      "Repair the mailbox on premises (New-MailboxRepairRequest or ISInteg), then raise retryFailed of the wave",
  },
  {
    pattern: /usage ?location/i,
    cause: "The user has no usage location",
    remedy: "Set licenses.usageLocation in the plan, or the country in the directory",
  },
  {
    pattern: /no (?:available )?seats|CountViolation|seats? left/i,
    cause: "No free licence is left",
    remedy: "Buy seats or free some, and run pulumi up again",
  },
  {
    pattern: /adminCount|protected|AdminSDHolder/i,
    cause: "Active Directory protects the user",
    remedy: "Take the user out of the protected group, or convert it by hand as an administrator",
  },
  {
    pattern: /transient|timed? ?out|NetworkError|connection .* lost|temporar|unavailable|try again/i,
    cause: "A passing failure of a service",
    remedy: "Run pulumi up again; where it stays, raise retryFailed of the wave",
  },
];

const other = {
  cause: "Another cause",
  remedy: "Read the words of the service, mend it, and raise retryFailed of the wave",
};

/** How many names a group shows. */
const shown = 10;

/** Groups failures by cause, the most frequent first. Pure. */
export function groupFailures(failures: readonly Failure[]): FailureGroup[] {
  const groups = new Map<string, { remedy: string; members: Failure[] }>();
  for (const failure of failures) {
    const { cause, remedy } = causes.find(({ pattern }) => pattern.test(failure.words)) ?? other;
    const group = groups.get(cause) ?? { remedy, members: [] };
    group.members.push(failure);
    groups.set(cause, group);
  }
  return [...groups]
    .map(([cause, { remedy, members }]) => ({
      cause,
      remedy,
      count: members.length,
      waves: [...new Set(members.map(({ wave }) => wave))].sort(),
      examples: members
        .map(({ subject }) => subject)
        .sort()
        .slice(0, shown),
      words: members[0]?.words ?? "",
    }))
    .sort((left, right) => right.count - left.count || left.cause.localeCompare(right.cause, "en"));
}
