import { z } from "zod";
import { mapBounded } from "../../base/map-bounded.js";
import { MailstageError, type Problem, throwIfAny } from "../../base/problem.js";
import { getMigrationBatch, listMigrationBatches, refuseEmpty } from "./migration-batches.js";
import { byteArray, type ExchangePort, flag } from "./port.js";
import { optionalDate, optionalText, parseRows, sameName, text } from "./schemas.js";
import { ignoreNotFound, isExchangeFailure } from "./write.js";

/** One mailbox of a batch as Get-MigrationUser shows it (Microsoft's cmdlet reference, 2026-11). */
export interface MigrationUserInfo {
  readonly emailAddress: string;
  /** Name of its batch. */
  readonly batch: string | undefined;
  /** Opaque; see `isSynced`, `isFailed`, `isSettled`. */
  readonly status: string;
  /** Active, Completed, Failed, Stopped or Synced. */
  readonly statusSummary: string | undefined;
  readonly lastSyncTime: Date | undefined;
  readonly errorSummary: string | undefined;
}

/** The five values of `Get-MigrationUser -StatusSummary`. */
export type MigrationStatusSummary = "Active" | "Completed" | "Failed" | "Stopped" | "Synced";

const usersAtOnce = 5;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const identity = { Identity: optionalText, EmailAddress: optionalText, MailboxEmailAddress: optionalText };

const userRow = z
  .looseObject({
    ...identity,
    BatchId: optionalText,
    Status: text,
    StatusSummary: optionalText,
    LastSyncTime: optionalDate,
    ErrorSummary: optionalText,
  })
  .transform((row, context): MigrationUserInfo => {
    const emailAddress = row.EmailAddress ?? row.MailboxEmailAddress ?? row.Identity;
    if (emailAddress === undefined) {
      context.addIssue({ code: "custom", path: ["EmailAddress"], message: "is missing" });
      return z.NEVER;
    }
    return {
      emailAddress,
      batch: row.BatchId,
      status: row.Status,
      statusSummary: row.StatusSummary,
      lastSyncTime: row.LastSyncTime,
      errorSummary: row.ErrorSummary,
    };
  });

/**
 * Migration users, in pages of 1,000 (Get-MigrationUser), of one batch or of the whole tenant.
 * @param filter a batch's exact name, and a status summary; both are checked again on the answer (Microsoft's cmdlet reference, 2026-11)
 * @throws ExchangeError
 */
export async function listMigrationUsers(
  port: ExchangePort,
  filter: { readonly batch?: string; readonly statusSummary?: MigrationStatusSummary } = {},
): Promise<MigrationUserInfo[]> {
  const { batch, statusSummary } = filter;
  let users: MigrationUserInfo[];
  try {
    const { rows } = await port.invoke("Get-MigrationUser", {
      BatchId: batch,
      StatusSummary: statusSummary,
      ResultSize: "Unlimited",
    });
    users = parseRows("Get-MigrationUser", rows, userRow);
  } catch (error) {
    if (batch !== undefined && isExchangeFailure(error, "not-found")) return [];
    throw error;
  }
  if (statusSummary !== undefined)
    users = users.filter(
      (user) => user.statusSummary === undefined || sameName(user.statusSummary, statusSummary),
    );
  if (batch === undefined) return withBatchNames(port, users);
  // Some forms of the answer name the batch by its GUID.
  const batchGuid = users.some((user) => guid.test(user.batch ?? "") && !sameName(user.batch, batch))
    ? (await getMigrationBatch(port, batch))?.guid
    : undefined;
  return users
    .filter((user) => sameName(user.batch, batch) || sameName(user.batch, batchGuid))
    .map((user) => ({ ...user, batch }));
}

/** Users with the names of their batches, where the answer has GUIDs. */
async function withBatchNames(
  port: ExchangePort,
  users: readonly MigrationUserInfo[],
): Promise<MigrationUserInfo[]> {
  if (!users.some((user) => guid.test(user.batch ?? ""))) return [...users];
  const names = new Map(
    (await listMigrationBatches(port)).map((batch) => [batch.guid?.toLowerCase(), batch.name]),
  );
  return users.map((user) => ({ ...user, batch: names.get(user.batch?.toLowerCase()) ?? user.batch }));
}

/**
 * Adds rows to a batch (Set-MigrationBatch -AddUsers): only rows that are not in the batch are processed, which makes
 * a repeat safe. @param csvData the new rows with the header of the batch @throws ExchangeError
 */
export async function addMigrationUsers(
  port: ExchangePort,
  batch: string,
  csvData: Uint8Array,
): Promise<void> {
  refuseEmpty(batch, csvData);
  await port.invoke(
    "Set-MigrationBatch",
    { Identity: batch, AddUsers: flag(true), CSVData: byteArray(csvData), Confirm: false },
    { repeatable: true },
  );
}

/**
 * Takes mailboxes out of their batches (Remove-MigrationUser), five at a time. One that is not there is no error.
 * @param onProgress called with the number done so far
 * @throws MailstageError with a problem for each address that could not be removed
 */
export async function removeMigrationUsers(
  port: ExchangePort,
  addresses: readonly string[],
  onProgress?: (done: number) => void,
): Promise<void> {
  await eachUser(
    addresses,
    (address) =>
      ignoreNotFound(() =>
        port.invoke("Remove-MigrationUser", { Identity: address, Confirm: false }, { repeatable: true }),
      ),
    onProgress,
  );
}

/**
 * Starts mailboxes that were stopped in a batch that runs (Start-MigrationUser), five at a time.
 * @throws MailstageError with a problem for each that could not be started
 */
export async function startMigrationUsers(port: ExchangePort, addresses: readonly string[]): Promise<void> {
  await eachUser(addresses, (address) =>
    port.invoke("Start-MigrationUser", { Identity: address, Confirm: false }, { repeatable: true }),
  );
}

/** Does something to each of some users, five at a time. @throws MailstageError with a problem for each that it could not be done to */
async function eachUser(
  addresses: readonly string[],
  work: (address: string) => Promise<unknown>,
  onProgress?: (done: number) => void,
): Promise<void> {
  const problems: Problem[] = [];
  let done = 0;
  await mapBounded(addresses, usersAtOnce, async (address) => {
    try {
      await work(address);
    } catch (error) {
      if (!(error instanceof MailstageError) || isExchangeFailure(error, "unauthorized")) throw error;
      problems.push(...error.problems);
    }
    done += 1;
    onProgress?.(done);
  });
  throwIfAny(problems);
}
