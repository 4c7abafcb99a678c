import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "csv-stringify/sync";
import type { MigrationUserInfo } from "../exchange/index.js";

/** How many failed mailboxes are named in state and in messages; the report names all. */
export const namedFailures = 20;

/** One failed mailbox in a sentence. */
export function describeFailure(user: MigrationUserInfo): string {
  return `${user.emailAddress}: ${user.errorSummary ?? user.status}`;
}

/**
 * Writes every failed mailbox of a wave with its error to `.mailstage/reports/<wave>-errors.csv` under the project.
 * @returns the path relative to the project
 */
export function writeFailureReport(root: string, wave: string, users: readonly MigrationUserInfo[]): string {
  const path = join(".mailstage", "reports", `${wave}-errors.csv`);
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  const rows = users.map((user) => [
    user.emailAddress,
    user.batch ?? "",
    user.status,
    user.errorSummary ?? "",
  ]);
  writeFileSync(
    `${target}.part`,
    stringify([["EmailAddress", "Batch", "Status", "Error"], ...rows], { escape_formulas: true }),
  );
  renameSync(`${target}.part`, target);
  return path;
}
