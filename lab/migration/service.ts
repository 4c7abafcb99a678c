import { CmdletError } from "../exchange/cmdlet-error.js";
import type { BatchRecord, Instant, MigrationUserRecord } from "../state.js";
import type { Tenant } from "../tenant.js";
import { stableGuid } from "../world.js";
import { type MigrationEvent, MigrationEvents } from "./events.js";
import { freeLanes, planTurns } from "./schedule.js";
import { batchCounts, failure, hasEnded, lastSync, pace } from "./status.js";

/** The customer's side as the migration service reaches it: signed in as the migration account. */
export interface Premises {
  /** Sets targetAddress on the on-premises user; resolves to the reason when it cannot. */
  setTargetAddress(address: string, target: string): Promise<string | undefined>;
  /** Whether the on-premises user still has its mailbox. */
  hasMailbox(address: string): boolean;
}

/** What New-MigrationBatch was given, checked. */
export interface NewBatch
  extends Pick<
    BatchRecord,
    | "name"
    | "migrationType"
    | "endpoint"
    | "notificationEmails"
    | "reportInterval"
    | "skipReports"
    | "timeZone"
    | "daily"
  > {
  readonly addresses: readonly string[];
  readonly startAfter?: Instant;
  readonly completeAfter?: Instant;
}

const hours72 = 72 * 3_600_000;

/** The migration service of a tenant: plans each mailbox's times once, and carries out what has come due. */
export class MigrationService {
  readonly #events = new MigrationEvents();
  readonly #owner = new Map<string, BatchRecord>();

  constructor(
    readonly tenant: Tenant,
    readonly premises: Premises,
  ) {
    for (const batch of tenant.batches) {
      for (const user of batch.users) this.#owner.set(user.emailAddress, batch);
      this.#events.expect(batch, batch.users);
    }
  }

  /** The batch a mailbox is in. */
  batchOf(address: string): BatchRecord | undefined {
    return this.#owner.get(address.toLowerCase());
  }

  userOf(address: string): MigrationUserRecord | undefined {
    const lower = address.toLowerCase();
    return this.#owner.get(lower)?.users.find((user) => user.emailAddress === lower);
  }

  create(batch: NewBatch, now: Instant): BatchRecord {
    const { addresses, ...settings } = batch;
    const record: BatchRecord = {
      ...settings,
      guid: stableGuid(this.tenant.world.tenantId, "batch", batch.name, String(now)),
      createdAt: now,
      touchedAt: now,
      validationWarnings: [],
      users: [],
    };
    this.tenant.batches.push(record);
    this.addUsers(record, addresses, now);
    if (batch.migrationType === "ExchangeCutoverMigration")
      this.tenant.alarms.raise(
        "cutover-batch",
        batch.name,
        "was created without CSVData, which makes it a cutover of the whole organization",
        now,
      );
    return record;
  }

  /** Adds the mailboxes that are in no batch yet; the others become validation warnings. */
  addUsers(batch: BatchRecord, addresses: readonly string[], now: Instant): void {
    const added: MigrationUserRecord[] = [];
    for (const emailAddress of addresses) {
      const owner = this.#owner.get(emailAddress);
      if (owner === batch) continue;
      if (owner !== undefined) {
        batch.validationWarnings.push(
          `UserAlreadyBeingMigrated: the user ${emailAddress} is already included in migration batch "${owner.name}".`,
        );
        continue;
      }
      this.#owner.set(emailAddress, batch);
      const guid = stableGuid(batch.guid, emailAddress);
      const user: MigrationUserRecord = { guid, emailAddress, addedAt: now, attempts: 0 };
      added.push(user);
      batch.users.push(user);
    }
    batch.touchedAt = now;
    if (batch.startedAt !== undefined && batch.stopRequestedAt === undefined) this.#give(batch, added, now);
  }

  /** Starts a batch, resumes a stopped one, or retries what failed. Throws CmdletError when there is nothing to start. */
  start(batch: BatchRecord, now: Instant): void {
    const failed = batch.users.filter((user) => hasEnded(user, now) && failure(user) !== undefined);
    const waiting = batch.users.filter((user) => user.endsAt === undefined);
    const resumes = batch.stopRequestedAt !== undefined || batch.startedAt === undefined;
    if (!resumes && failed.length === 0 && batchCounts(batch, now).active > 0)
      throw new CmdletError(
        "Refused",
        `The migration batch "${batch.name}" can't be started because it's already running.`,
      );
    // A restart copies what has come since to those who were done.
    if (batch.startedAt !== undefined) batch.syncNowAt = now;
    delete batch.stopRequestedAt;
    delete batch.expired;
    batch.startedAt ??= Math.max(now, batch.startAfter ?? now);
    batch.touchedAt = now;
    this.#give(batch, [...waiting, ...failed], Math.max(now, batch.startedAt));
  }

  /** Stops a running batch. Throws CmdletError when all its users are done or failed, or it does not run. */
  stop(batch: BatchRecord, now: Instant): void {
    const running = batch.startedAt !== undefined && batch.stopRequestedAt === undefined;
    if (!running || batchCounts(batch, now).active === 0)
      throw new CmdletError(
        "Refused",
        `The migration batch "${batch.name}" can't be stopped because it isn't running or all of its users have completed or failed.`,
      );
    batch.stopRequestedAt = now;
    batch.touchedAt = now;
    for (const user of batch.users) if (!hasEnded(user, now)) this.stopUser(user, now);
  }

  /** Stops one mailbox that is not done. */
  stopUser(user: MigrationUserRecord, now: Instant): void {
    user.stoppedAt = now;
    delete user.validatingAt;
    delete user.provisionedAt;
    delete user.endsAt;
    delete user.outcome;
  }

  /** Gives one mailbox of a running batch its turn again. */
  startUser(batch: BatchRecord, user: MigrationUserRecord, now: Instant): void {
    this.#give(batch, [user], now);
  }

  /** Asks for the removal of a batch, which the service carries out in its own time. */
  remove(batch: BatchRecord, now: Instant): void {
    if (batch.removeRequestedAt !== undefined) return;
    const since = this.tenant.mxAtMicrosoftSince;
    const synced = batch.users.filter((user) => hasEnded(user, now) && failure(user) === undefined);
    const late = synced.some((user) => (lastSync(user, batch, now) ?? 0) <= (since ?? now));
    if (synced.length > 0 && (since === undefined || now - since < hours72 || late))
      this.tenant.alarms.raise(
        "batch-removed-early",
        batch.name,
        since === undefined
          ? "was removed while MX does not point at Microsoft: mail still delivered on premises is no longer copied"
          : "was removed before 72 hours and a sync after the MX switch: late mail on premises is not copied",
        now,
      );
    batch.removeRequestedAt = now;
    for (const user of batch.users) if (!hasEnded(user, now)) this.stopUser(user, now);
  }

  /** Takes a mailbox out of its batch. */
  removeUser(batch: BatchRecord, user: MigrationUserRecord, now: Instant): void {
    batch.users = batch.users.filter((other) => other !== user);
    batch.touchedAt = now;
    this.#owner.delete(user.emailAddress);
    this.stopUser(user, now);
  }

  /** Carries out everything that has come due by `now`. */
  async settle(now: Instant): Promise<void> {
    for (const event of this.#events.due(now)) await this.#carryOut(event);
    for (const batch of [...this.tenant.batches]) this.#age(batch, now);
  }

  async #carryOut({ batch, user, kind, at }: MigrationEvent): Promise<void> {
    const person = this.tenant.byAddress(user.emailAddress);
    if (kind === "end") {
      user.ended = true;
      if (user.outcome !== undefined) user.error = user.outcome;
      if (failure(user) !== undefined || person === undefined) return;
      if (!this.premises.hasMailbox(user.emailAddress) && person.syncedAt === undefined)
        this.tenant.alarms.raise(
          "converted-before-sync",
          user.emailAddress,
          `lost its on-premises mailbox before batch ${batch.name} had copied it`,
          at,
        );
      person.syncedAt ??= at;
      return;
    }
    user.provisioned = true;
    if (person === undefined) return;
    this.tenant.provisionMailbox(person, at);
    const refused = await this.premises.setTargetAddress(
      user.emailAddress,
      `SMTP:${this.tenant.routingAddress(person)}`,
    );
    if (refused === undefined) return;
    user.outcome = `MigrationPermanentException: The migration administrator couldn't set targetAddress on the on-premises user: ${refused}.`;
    user.endsAt = at;
    user.error = user.outcome;
    user.ended = true;
  }

  /** What time alone does to a batch: idle ones are stopped, stopped and failed ones removed, removed ones vanish. */
  #age(batch: BatchRecord, now: Instant): void {
    if (batch.removeRequestedAt !== undefined) {
      if (now >= batch.removeRequestedAt + pace.removing) this.#forget(batch, "removed", now);
      return;
    }
    if (now - batch.touchedAt < pace.idleUntilStopped) return;
    const counts = batchCounts(batch, now);
    const idleSince = Math.max(batch.touchedAt, counts.lastEndsAt ?? 0);
    if (batch.startedAt !== undefined && batch.stopRequestedAt === undefined) {
      if (counts.active > 0) return;
      if (counts.synced > 0) {
        if (now < idleSince + pace.idleUntilStopped) return;
        batch.stopRequestedAt = idleSince + pace.idleUntilStopped;
        batch.expired = true;
      }
    }
    const gone = (batch.stopRequestedAt ?? idleSince) + pace.stoppedUntilRemoved;
    if (now >= gone) this.#forget(batch, "expired", gone);
  }

  #forget(batch: BatchRecord, why: "removed" | "expired", at: Instant): void {
    this.tenant.batches.splice(this.tenant.batches.indexOf(batch), 1);
    this.tenant.goneBatches.push({ name: batch.name, why, at });
    for (const user of batch.users) this.#owner.delete(user.emailAddress);
  }

  /** Plans turns on the lanes of the batch's endpoint, behind what is running there already. */
  #give(batch: BatchRecord, users: readonly MigrationUserRecord[], now: Instant): void {
    const free = freeLanes(this.tenant, batch.endpoint, new Set(users), now);
    planTurns(users, (address) => this.tenant.byAddress(address), now + pace.starting, free);
    this.#events.expect(batch, users);
  }
}
