import { failure, hasEnded, lastSync, statusSummary, userStatus } from "../migration/status.js";
import type { BatchRecord, MigrationUserRecord } from "../state.js";
import type { Arguments } from "./arguments.js";
import {
  type Cmdlet,
  type CmdletContext,
  dateText,
  limited,
  nothing,
  output,
  type Row,
  sameName,
} from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";

const identityOnly = { Identity: "string", Partition: "string" } as const;

interface Member {
  readonly batch: BatchRecord;
  readonly user: MigrationUserRecord;
}

/** The cmdlets of migration users (Microsoft's cmdlet reference, 2026-11). */
export const userCmdlets: Readonly<Record<string, Cmdlet>> = {
  "Get-MigrationUser": {
    parameters: {
      ...identityOnly,
      BatchId: "string",
      EmailAddress: "string",
      IncludeAssociatedUsers: "switch",
      MailboxGuid: "string",
      ResultSize: "unlimited",
      Status: "string",
      StatusSummary: "string",
    },
    run(given, context) {
      return limited(select(given, context), given, (member) => userRow(member, context));
    },
  },
  "Set-MigrationUser": {
    parameters: {
      ...identityOnly,
      ApproveSkippedItems: "switch",
      CompleteAfter: "datetime",
      StartAfter: "datetime",
      SyncNow: "switch",
    },
    run(given, context) {
      const { user, batch } = requireMember(given, context);
      if (given.flag("SyncNow")) user.syncNowAt = context.now;
      batch.touchedAt = context.now;
      return nothing;
    },
  },
  "Start-MigrationUser": {
    parameters: identityOnly,
    run(given, context) {
      const { user, batch } = requireMember(given, context);
      if (hasEnded(user, context.now) && failure(user) === undefined) return nothing;
      context.migration.startUser(batch, user, context.now);
      return nothing;
    },
  },
  "Stop-MigrationUser": {
    parameters: identityOnly,
    run(given, context) {
      const { user } = requireMember(given, context);
      if (hasEnded(user, context.now))
        throw new CmdletError(
          "Refused",
          `The migration user "${user.emailAddress}" can't be stopped because it has completed or failed.`,
        );
      context.migration.stopUser(user, context.now);
      return nothing;
    },
  },
  "Remove-MigrationUser": {
    parameters: { ...identityOnly, Force: "switch" },
    run(given, context) {
      const { user, batch } = requireMember(given, context);
      context.migration.removeUser(batch, user, context.now);
      return nothing;
    },
  },
  "Get-MigrationStatistics": {
    parameters: { ...identityOnly, Diagnostic: "switch", DiagnosticArgument: "string" },
    run(_given, context) {
      const statuses = everyMember(context).map((member) => statusSummary(statusIn(member, context)));
      const count = (summary: string) => statuses.filter((status) => status === summary).length;
      return output([statuses], () => ({
        Identity: "Migration",
        TotalCount: statuses.length,
        ActiveCount: count("Active"),
        StoppedCount: count("Stopped"),
        SyncedCount: count("Synced"),
        FailedCount: count("Failed"),
        FinalizedCount: 0,
        MigrationType: "ExchangeOutlookAnywhere",
      }));
    },
  },
  "Get-MigrationConfig": {
    parameters: { ...identityOnly, AllowIncrementalSyncs: "bool" },
    run(_given, context) {
      return output([context.tenant.world], (world) => ({
        Identity: world.initialDomain,
        MaxNumberOfBatches: 100,
        MaxConcurrentMigrations: "300",
        Features: "MultiBatch, UpgradeBlock",
        CanSubmitNewBatch: context.tenant.batches.length < 100,
        SupportsCutover: true,
      }));
    },
  },
};

function everyMember(context: CmdletContext): Member[] {
  return context.tenant.batches.flatMap((batch) => batch.users.map((user) => ({ batch, user })));
}

function select(given: Arguments, context: CmdletContext): Member[] {
  const address = given.text("Identity") ?? given.text("EmailAddress");
  const mailbox = given.text("MailboxGuid");
  const batchId = given.text("BatchId");
  const status = given.text("Status");
  const summary = given.text("StatusSummary");
  let members: Member[];
  if (address !== undefined) {
    const batch = context.migration.batchOf(address);
    const user = context.migration.userOf(address);
    if (batch !== undefined && user !== undefined) members = [{ batch, user }];
    else members = unknown(context, "user", address);
  } else if (batchId !== undefined) {
    const batch = context.tenant.batches.find(
      (item) => sameName(item.name, batchId) || sameName(item.guid, batchId),
    );
    members =
      batch === undefined ? unknown(context, "batch", batchId) : batch.users.map((user) => ({ batch, user }));
  } else members = everyMember(context);
  return members.filter((member) => {
    if (
      mailbox !== undefined &&
      context.tenant.byAddress(member.user.emailAddress)?.mailbox?.guid !== mailbox
    )
      return false;
    if (status === undefined && summary === undefined) return true;
    const current = statusIn(member, context);
    return (
      (status === undefined || sameName(current, status)) &&
      (summary === undefined || sameName(statusSummary(current), summary))
    );
  });
}

/** A Get- with an identity nobody has: everything, or an error (Microsoft's cmdlet reference, 2026-11). */
function unknown(context: CmdletContext, what: string, identity: string): Member[] {
  if (context.behaviour.getUnknownReturnsAll) return everyMember(context);
  throw new CmdletError("NotFound", `The migration ${what} "${identity}" couldn't be found.`, identity);
}

function requireMember(given: Arguments, context: CmdletContext): Member {
  given.require("Identity");
  const identity = given.text("Identity") ?? "";
  const batch = context.migration.batchOf(identity);
  const user = context.migration.userOf(identity);
  if (batch === undefined || user === undefined)
    throw new CmdletError("NotFound", `The migration user "${identity}" couldn't be found.`, identity);
  return { batch, user };
}

function statusIn({ batch, user }: Member, context: CmdletContext) {
  return userStatus(user, batch, context.now);
}

function errorOf({ user }: Member, context: CmdletContext): string | null {
  return hasEnded(user, context.now) ? (failure(user) ?? null) : null;
}

function userRow(member: Member, context: CmdletContext): Row {
  const { batch, user } = member;
  const status = statusIn(member, context);
  const person = context.tenant.byAddress(user.emailAddress);
  return {
    Identity: user.emailAddress,
    Guid: user.guid,
    EmailAddress: user.emailAddress,
    MailboxEmailAddress: user.emailAddress,
    MailboxIdentifier: user.emailAddress,
    MailboxGuid: person?.mailbox?.guid ?? "00000000-0000-0000-0000-000000000000",
    BatchId: batch.name,
    RecipientType: "Mailbox",
    Status: status,
    StatusSummary: statusSummary(status),
    State: statusSummary(status),
    WorkflowStage: "Injection",
    LastSyncTime: dateText(lastSync(user, batch, context.now)),
    LastSuccessfulSyncTime: dateText(lastSync(user, batch, context.now)),
    FinalSyncTime: null,
    CompleteAfter: null,
    ErrorSummary: errorOf(member, context),
    SkippedItemCount: skipped(member, context),
    SyncedItemCount: items(member, context),
    IsValid: true,
    ObjectState: "Changed",
  };
}

function items({ user }: Member, context: CmdletContext): number {
  const synced = hasEnded(user, context.now) && failure(user) === undefined;
  return synced ? (context.tenant.byAddress(user.emailAddress)?.sizeMb ?? 0) * 12 : 0;
}

function skipped(member: Member, context: CmdletContext): number {
  const person = context.tenant.byAddress(member.user.emailAddress);
  return person?.fault === "skipped-items" && items(member, context) > 0 ? 3 : 0;
}
