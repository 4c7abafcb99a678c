import { createHash } from "node:crypto";
import type { Problem } from "../../base/problem.js";
import { counted } from "../../base/words.js";
import { decodeFile } from "./encoding.js";
import { delimiters, foreignDelimiter, type Header, readHeader } from "./header.js";
import { isTypeLine, readRecords } from "./records.js";
import { type RowResult, rowReader } from "./row.js";
import type { MailboxFile, MailboxRow, MailboxRules } from "./types.js";

/** A file as far as it could be read: rows with a good address, also where others are wrong. */
export interface MailboxReading {
  readonly file: MailboxFile;
  readonly problems: readonly Problem[];
}

/**
 * Parses and checks one mailbox file against the rules of Microsoft's procedure ("CSV file format", and the checks of "Create a staged
 * migration batch in Classic Exchange admin center") and those of Microsoft's cmdlet reference, 2026-11, except the limit of 2,000 rows:
 * `assignBatches` splits a longer file.
 *
 * @param bytes the file: UTF-8 or UTF-16, with or without byte order mark
 * @param path how the file is named in problems
 * @returns the file where nothing is wrong, else every problem, none with a cell's value but a good address
 */
export function parseMailboxFile(
  bytes: Uint8Array,
  path: string,
  rules: MailboxRules,
): { file?: MailboxFile; problems: Problem[] } {
  const { file, problems } = readMailboxBytes(bytes, path, rules, new Map());
  return problems.length === 0 ? { file, problems: [] } : { problems: [...problems] };
}

/**
 * As `parseMailboxFile`, but keeps the good rows of a faulty file.
 * @param places where each address of the files before stands, as `path:line`; this file's are added
 */
export function readMailboxBytes(
  bytes: Uint8Array,
  path: string,
  rules: MailboxRules,
  places: Map<string, string>,
): MailboxReading {
  const { utf8, problems: encodingProblems } = decodeFile(bytes, path);
  const problems = [...encodingProblems];
  const rows: MailboxRow[] = [];
  let header: Header | undefined;
  let readRow: ((line: number, fields: readonly string[]) => RowResult) | undefined;
  let rowCount = 0;

  const onRow = (line: number, fields: readonly string[], width: number): void => {
    rowCount++;
    // Without EmailAddress every row would be wrong for the same reason.
    if (readRow === undefined) return;
    if (fields.length !== width) {
      problems.push(columnCount(`${path}:${line}`, fields, width));
      return;
    }
    const result = readRow(line, fields);
    problems.push(...result.problems);
    if (result.row === undefined) return;
    const { emailAddress } = result.row;
    const first = places.get(emailAddress);
    if (first !== undefined) {
      problems.push(duplicateAddress(`${path}:${line}`, emailAddress, first));
      return;
    }
    places.set(emailAddress, `${path}:${line}`);
    rows.push(result.row);
  };

  const delimiter = foreignDelimiter(firstLine(utf8));
  if (delimiter !== undefined)
    problems.push(notCommaSeparated(path, `separates its columns by ${delimiter}, not by commas`));
  else
    readRecords(
      utf8,
      ({ line, fields }) => {
        if (header !== undefined) {
          onRow(line, fields, header.columns.length);
          return;
        }
        header = readHeader({ line, fields }, path);
        problems.push(...header.problems);
        if (header.columns.includes("EmailAddress")) readRow = rowReader(header.columns, path, rules);
      },
      (line) => {
        rowCount++;
        problems.push(badQuote(`${path}:${line}`));
      },
    );
  if (delimiter === undefined && rowCount === 0 && encodingProblems.length === 0)
    problems.push(empty(path, header !== undefined));

  const columns = header?.columns.filter((column) => column !== undefined) ?? [];
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { file: { wave: rules.wave, path, digest, columns, rows }, problems };
}

/** The problem of an address that stands at two places, within a file or in two. */
function duplicateAddress(subject: string, emailAddress: string, first: string): Problem {
  return {
    code: "csv-duplicate-address",
    subject,
    reason: `repeats ${emailAddress}, which is already at ${first}`,
    hint: "A mailbox belongs to one wave: keep one of the two rows",
  };
}

/** The first line that is neither blank nor the type line of Export-Csv. */
function firstLine(utf8: Buffer): string {
  const start = utf8.findIndex((byte) => !(byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d));
  if (start < 0) return "";
  const lines = utf8
    .subarray(start, start + 4096)
    .toString()
    .split(/[\r\n]+/);
  return lines.find((line, index) => !(index === 0 && isTypeLine(line))) ?? "";
}

function columnCount(subject: string, fields: readonly string[], width: number): Problem {
  const [only] = fields;
  const separator = delimiters.find(([character]) => fields.length === 1 && only?.includes(character));
  if (separator !== undefined)
    return notCommaSeparated(subject, `separates its values by ${separator[1]}, not by commas`);
  return {
    code: "csv-column-count",
    subject,
    reason: `has ${counted(fields.length, "column")} where the header row has ${width}`,
    hint: "Give every row a value for each column; quote a value that has a comma in it",
  };
}

function notCommaSeparated(subject: string, reason: string): Problem {
  return { code: "csv-not-comma-separated", subject, reason, hint: "Save it as comma-separated values" };
}

function badQuote(subject: string): Problem {
  return {
    code: "csv-quote",
    subject,
    reason: "has a quotation mark that is misplaced or never closed",
    hint: 'Put a value with a quotation mark in quotation marks, and double the mark within: "a""b"',
  };
}

function empty(path: string, hasHeader: boolean): Problem {
  return {
    code: "csv-empty",
    subject: path,
    reason: hasHeader ? "has a header row but no mailboxes" : "is empty",
    hint: "List the wave's mailboxes, one address a line under the header EmailAddress",
  };
}
