import type { Problem } from "../../base/problem.js";
import type { CsvRecord } from "./records.js";
import { type CsvColumn, csvColumns } from "./types.js";

/** The header row: which column stands where (`undefined`: one that is not known), and what is wrong with it. */
export interface Header {
  readonly columns: readonly (CsvColumn | undefined)[];
  readonly problems: readonly Problem[];
}

const allowed = "EmailAddress, Password, ForceChangePassword and Username";

/**
 * Reads a header row, without regard to case and surrounding blanks. A name that is not known is told by its position
 * only: where the header row is missing, what stands there may be a password.
 */
export function readHeader({ line, fields }: CsvRecord, path: string): Header {
  const subject = `${path}:${line}`;
  const columns = fields.map(canonicalColumn);
  if (!columns.includes("EmailAddress")) return { columns, problems: [missingEmailAddress(subject, fields)] };
  const problems = columns.flatMap((column, index): Problem[] => {
    if (column === undefined) return [unknownColumn(subject, fields[index] ?? "", index)];
    const first = columns.indexOf(column);
    if (first === index) return [];
    return [
      {
        code: "csv-duplicate-column",
        subject,
        reason: `names the column ${column} twice, as columns ${first + 1} and ${index + 1}`,
        hint: "Keep one of them",
      },
    ];
  });
  return { columns, problems };
}

/**
 * The delimiter a file uses in place of the comma, in words, judged by its first line; a header of the one column
 * EmailAddress has none. Looked for before the file is parsed: `"EmailAddress";"Password"` is no CSV at all.
 */
export function foreignDelimiter(firstLine: string): string | undefined {
  const cells = (separator: string): string[] =>
    firstLine.split(separator).map((cell) => cell.replace(/^[\s"]+|[\s"]+$/gu, ""));
  if (cells(",").some((cell) => canonicalColumn(cell) === "EmailAddress")) return undefined;
  return delimiters.find(
    ([separator]) =>
      cells(separator).some((cell) => canonicalColumn(cell) === "EmailAddress") ||
      (firstLine.includes(separator) && !firstLine.includes(",")),
  )?.[1];
}

/** What programs write in place of commas, by locale and by habit. */
export const delimiters = [
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "vertical bars"],
] as const;

function canonicalColumn(name: string): CsvColumn | undefined {
  const lower = name.trim().toLowerCase();
  return csvColumns.find((column) => column.toLowerCase() === lower);
}

function missingEmailAddress(subject: string, fields: readonly string[]): Problem {
  const [only = ""] = fields;
  if (
    fields.length === 1 &&
    only.split(",").some((cell) => canonicalColumn(cell.replaceAll('"', "")) === "EmailAddress")
  )
    return {
      code: "csv-row-quoted",
      subject,
      reason: "stands as a whole in one pair of quotation marks, so that it is one column",
      hint: "Take away the quotation marks around whole lines, or export the list again; quote single values only",
    };
  return {
    code: "csv-missing-email-address",
    subject,
    reason: "has no column EmailAddress in the header row",
    hint: fields.some((field) => field.includes("@"))
      ? "Put a header row above the mailboxes, such as EmailAddress,Password,ForceChangePassword"
      : "Name the column with the on-premises primary SMTP addresses EmailAddress",
  };
}

function unknownColumn(subject: string, name: string, index: number): Problem {
  const blank = name.trim() === "";
  return {
    code: "csv-unknown-column",
    subject,
    reason: blank
      ? `has no name for column ${index + 1}`
      : `names a column ${index + 1} that a staged migration does not know`,
    hint: `The columns are ${allowed}; remove any other`,
  };
}
