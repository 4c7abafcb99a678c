import { stringify } from "csv-stringify/sync";
import type { DirectoryMailbox } from "../on-premises/directory/index.js";
import { type Owner, ownFile, writeOwn } from "./own-files.js";

/**
 * Writes every mailbox that is in no wave to `.mailstage/reports/<stack>/mailboxes-not-listed.csv`: messages name the first ten.
 * @returns the path relative to the project
 */
export function writeUnlistedReport(owner: Owner, mailboxes: readonly DirectoryMailbox[]): string {
  const path = ownFile(owner, "reports", "mailboxes-not-listed.csv");
  const rows = mailboxes.map(({ primary, kind, dn, objectGuid }) => [primary, kind, dn, objectGuid ?? ""]);
  writeOwn(
    owner,
    path,
    stringify([["EmailAddress", "Kind", "DN", "objectGUID"], ...rows], { escape_formulas: true }),
  );
  return path;
}
