import { stringify } from "csv-stringify/sync";
import { MailstageError } from "../../base/problem.js";
import { someOf } from "../../base/words.js";
import { normalAddress } from "../names.js";
import { decodeFile } from "./encoding.js";
import { readHeader } from "./header.js";
import { readRecords } from "./records.js";
import type { CsvColumn } from "./types.js";

/** The columns a staged batch takes, in the order they are sent (Microsoft's cmdlet reference, 2026-11). */
const sentColumns = [
  "EmailAddress",
  "Password",
  "ForceChangePassword",
] as const satisfies readonly CsvColumn[];

/**
 * The CSVData of a New-MigrationBatch or Set-MigrationBatch -AddUsers request for exactly these mailboxes: UTF-8 without
 * a byte order mark, RFC 4180, the file's columns in canonical spelling and order, rows in the file's order.
 *
 * Username is left out: a staged batch refuses columns other than the three unless AllowUnknownColumnsInCsv is set
 * (Microsoft's cmdlet reference, 2026-11); the new admin center's page names it for Gmail. The result holds passwords: it lives
 * as long as one request, and is never logged or kept.
 *
 * @param bytes the file, checked before by `parseMailboxFile` (the digest tells whether it is still the same)
 * @param addresses the mailboxes to send, normalized as `MailboxRow.emailAddress`
 * @throws MailstageError `csv-changed` naming the addresses that are not in the file (any longer)
 */
export function uploadCsv(bytes: Uint8Array, path: string, addresses: ReadonlySet<string>): Buffer {
  const missing = new Set(addresses);
  const output: string[][] = [];
  let sources: number[] | undefined;
  readRecords(
    decodeFile(bytes, path).utf8,
    (record) => {
      if (sources === undefined) {
        const { columns, problems } = readHeader(record, path);
        const present = problems.length > 0 ? [] : sentColumns.filter((column) => columns.includes(column));
        sources = present.map((column) => columns.indexOf(column));
        output.push(present);
        return;
      }
      const cells = sources.map((index) => record.fields[index] ?? "");
      const row = output[0]?.map((column, index) => canonicalCell(column, cells[index] ?? "")) ?? [];
      // Only the first of repeated rows is sent, and only once.
      if (missing.delete(row[0] ?? "")) output.push(row);
    },
    () => {},
  );
  if (missing.size > 0) throw new MailstageError(changed(path, missing));
  // csv-stringify 6.9 quotes the record delimiter, but not a CR or LF alone.
  return Buffer.from(stringify(output, { record_delimiter: "\r\n", quoted_match: /[\r\n]/ }));
}

function canonicalCell(column: string, cell: string): string {
  if (column === "EmailAddress") return normalAddress(cell);
  if (column === "ForceChangePassword") return cell.trim().toLowerCase() === "true" ? "True" : "False";
  return cell;
}

function changed(path: string, missing: ReadonlySet<string>) {
  return {
    code: "csv-changed",
    subject: path,
    reason: `no longer has ${someOf([...missing].sort())}`,
    hint: "The file has changed since the preview: run pulumi preview again",
  };
}
