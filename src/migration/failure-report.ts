import { stringify } from "csv-stringify/sync";
import type { MigrationUserInfo } from "../microsoft365/exchange/index.js";
import { type Owner, ownFile, writeOwn } from "./own-files.js";

/** One failed mailbox in a sentence. */
export function describeFailure(user: MigrationUserInfo): string {
  return `${user.emailAddress}: ${user.errorSummary ?? user.status}`;
}

/**
 * Writes every failed mailbox of a wave with its error to `.mailstage/reports/<stack>/<wave>-errors.csv` under the project.
 * @returns the path relative to the project
 */
export function writeFailureReport(owner: Owner, wave: string, users: readonly MigrationUserInfo[]): string {
  const path = ownFile(owner, "reports", `${wave}-errors.csv`);
  const rows = users.map((user) => [
    user.emailAddress,
    user.batch ?? "",
    user.status,
    user.errorSummary ?? "",
  ]);
  writeOwn(
    owner,
    path,
    stringify([["EmailAddress", "Batch", "Status", "Error"], ...rows], { escape_formulas: true }),
  );
  return path;
}
