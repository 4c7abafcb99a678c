import type { EndpointRecord, Instant, MigrationUserRecord, Person } from "../state.js";
import type { Tenant } from "../tenant.js";
import { defaultConcurrency, pace } from "./status.js";

/** The service's texts for what can go wrong with one mailbox; the meaning is Microsoft's, the wording ours. */
const texts = {
  unknown:
    "MigrationRecipientNotFoundException: A recipient wasn't found for the address on the target. If the recipient doesn't exist in the target, create one of the correct type.",
  "not-mail-user":
    "MigrationCSVRowValidationException: The recipient type of the user isn't MailUser (0x80070057). Only a mail user can be migrated.",
  "not-found":
    "SourceEmailAddressNotUniqueOrMissingException: The primary SMTP address wasn't found in the on-premises Exchange organization.",
  quota:
    "MailboxSizeExceedsTargetQuotaException: The mailbox is larger than the quota of the target mailbox.",
  "access-denied":
    "MigrationPermanentException: The migration administrator doesn't have permission to open the on-premises mailbox (MapiExceptionLogonFailed).",
  transient:
    "MigrationTransientException: The connection to the on-premises server was lost (MapiExceptionNetworkError).",
} as const;

/** What the service will say of a mailbox, or undefined when its copy will succeed. `attempts` counts the earlier ones. */
function outcomeOf(
  person: Person | undefined,
  attempts: number,
): { text: string; at: "validation" | "copy" } | undefined {
  if (person === undefined) return { text: texts.unknown, at: "validation" };
  if (person.mailbox === undefined && person.fault === "not-mail-user")
    return { text: texts["not-mail-user"], at: "validation" };
  if (person.fault === "not-found") return { text: texts["not-found"], at: "validation" };
  if (person.fault === "access-denied") return { text: texts["access-denied"], at: "validation" };
  if (person.fault === "quota") return { text: texts.quota, at: "copy" };
  return person.fault === "transient" && attempts === 0 ? { text: texts.transient, at: "copy" } : undefined;
}

/** Milliseconds one mailbox's copy takes. */
function copyTime(person: Person): number {
  const minutes = (person.fault === "slow" ? 20 : 1) * (person.sizeMb / pace.mbPerMinute);
  return pace.overhead + Math.round(minutes * 60) * 1000;
}

/**
 * Gives each mailbox its turn on the endpoint's lanes, the earliest free lane first: one pass, from which every later
 * status follows. `free` says when each lane is free and is brought up to date.
 */
export function planTurns(
  users: readonly MigrationUserRecord[],
  personOf: (address: string) => Person | undefined,
  begin: Instant,
  free: Instant[],
): void {
  for (const user of users) {
    const person = personOf(user.emailAddress);
    const trouble = outcomeOf(person, user.attempts);
    let lane = 0;
    for (let other = 1; other < free.length; other += 1)
      if ((free[other] ?? 0) < (free[lane] ?? 0)) lane = other;
    const turn = Math.max(begin, free[lane] ?? begin);
    user.lane = lane;
    user.attempts += 1;
    user.validatingAt = turn;
    delete user.error;
    delete user.outcome;
    delete user.stoppedAt;
    delete user.provisionedAt;
    user.provisioned = false;
    user.ended = false;
    if (trouble !== undefined) user.outcome = trouble.text;
    if (person === undefined || trouble?.at === "validation") user.endsAt = turn + pace.validating;
    else {
      user.provisionedAt = turn + pace.provisioning;
      const time = copyTime(person);
      user.endsAt = user.provisionedAt + (trouble === undefined ? time : Math.ceil(time / 2));
    }
    free[lane] = user.endsAt;
  }
}

/** When each lane of an endpoint is free of what is running there; mailboxes of `again` take none, they are planned anew. */
export function freeLanes(
  tenant: Tenant,
  endpoint: string,
  again: ReadonlySet<MigrationUserRecord>,
  now: Instant,
): Instant[] {
  const free = new Array<Instant>(concurrencyOf(tenant.endpoints.find(({ guid }) => guid === endpoint))).fill(
    0,
  );
  for (const batch of tenant.batches)
    if (batch.endpoint === endpoint)
      for (const user of batch.users)
        if (user.lane !== undefined && user.endsAt !== undefined && user.endsAt > now && !again.has(user))
          free[user.lane] = Math.max(free[user.lane] ?? 0, user.endsAt);
  return free;
}

function concurrencyOf(endpoint: EndpointRecord | undefined): number {
  const wanted = Number(endpoint?.maxConcurrentMigrations);
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, 100) : defaultConcurrency;
}
