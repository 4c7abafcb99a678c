import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { countLines } from "./encoding.js";

/** One record of a CSV file: the line it starts on, counted from 1, and its fields as they were before quoting. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

const cr = 0x0d;
const lf = 0x0a;
const quotationMark = 0x22;

/**
 * Hands each record of RFC 4180 text to `onRecord`; blank lines are passed over, line ends may be CRLF, LF or CR. A record
 * with a misplaced or an unclosed quote goes to `onBadQuote`, and reading resumes on the line after its first. A type line before
 * the header, which Export-Csv of Windows PowerShell writes, is passed over as Import-Csv does.
 *
 * Lines are counted here, by the line ends between records and in their fields: csv-parse 7.0 counts CRLF within quotes
 * twice, and where it tells the place of each record that takes a third of the time.
 */
export function readRecords(
  utf8: Buffer,
  onRecord: (record: CsvRecord) => void,
  onBadQuote: (line: number) => void,
): void {
  let first = true;
  const take = (line: number, fields: readonly string[]): void => {
    if (fields.length === 1 && fields[0]?.trim() === "") return;
    if (!(first && isTypeLine(fields[0] ?? ""))) onRecord({ line, fields });
    first = false;
  };
  // Each line is a record then, and csv-parse takes five times as long.
  if (!utf8.includes(quotationMark)) {
    for (const [index, text] of utf8.toString().split(lineEnd).entries()) take(index + 1, text.split(","));
    return;
  }
  let offset = 0;
  let line = 1;
  /** Moves to the start of the next line, if there is one. */
  const nextLine = (): void => {
    while (offset < utf8.length) {
      const byte = utf8[offset++];
      if (byte === lf || (byte === cr && utf8[offset] !== lf)) break;
    }
    line++;
  };
  const passEmptyLines = (): void => {
    while (utf8[offset] === lf || utf8[offset] === cr) nextLine();
  };
  while (offset < utf8.length) {
    const { records, faulty } = parseToFault(utf8.subarray(offset));
    for (const fields of records) {
      passEmptyLines();
      take(line, fields);
      for (const field of fields) for (let ends = countLines(field); ends > 0; ends--) nextLine();
      nextLine();
    }
    if (!faulty) return;
    passEmptyLines();
    onBadQuote(line);
    nextLine();
  }
}

const lineEnd = /\r\n|\n|\r/;

/** Whether a file's first line names the type of the objects that Export-Csv wrote. */
export function isTypeLine(line: string): boolean {
  return /^\s*"?#TYPE\b/i.test(line);
}

/** Of csv-parse's errors only the number of records before the fault is read: they quote fields, passwords among them. */
const faultSchema = z.object({ records: z.number() });

/** The records of the text up to the first that is not one. */
function parseToFault(text: Buffer): { readonly records: readonly string[][]; readonly faulty: boolean } {
  try {
    return { records: parse(text, options), faulty: false };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { records: whole } = faultSchema.parse(error);
    return { records: whole === 0 ? [] : parse(text, { ...options, to: whole }), faulty: true };
  }
}

const options = {
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_column_count: true,
  skip_empty_lines: true,
};
