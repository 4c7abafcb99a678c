import { CsvError, parse } from "csv-parse/sync";

/** One record of a CSV file: the line it starts on, counted from 1, and its fields as they were before quoting. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

const cr = 0x0d;
const lf = 0x0a;
const blank = new Set([0x20, 0x09, cr, lf]);

/**
 * Hands each record of RFC 4180 text to `onRecord`; blank lines are passed over, line ends may be CRLF, LF or CR. A record
 * with a misplaced or an unclosed quote goes to `onBadQuote`, and reading resumes on the line after its first.
 *
 * Lines are counted here, from the parser's byte offsets: csv-parse 7.0 counts CRLF within quotes twice. Its errors
 * quote the file's fields, passwords among them, and are therefore never passed on.
 */
export function readRecords(
  utf8: Buffer,
  onRecord: (record: CsvRecord) => void,
  onBadQuote: (line: number) => void,
): void {
  let offset = 0;
  let line = 1;
  /** Moves to `target`, counting the lines that end before it. */
  const advance = (target: number): void => {
    for (; offset < target; offset++)
      if (utf8[offset] === lf || (utf8[offset] === cr && utf8[offset + 1] !== lf)) line++;
  };
  while (offset < utf8.length) {
    const base = offset;
    try {
      parse(utf8.subarray(base), {
        record_delimiter: ["\r\n", "\n", "\r"],
        relax_column_count: true,
        skip_empty_lines: true,
        on_record: (fields: string[], info) => {
          advance(skipBlankLines(utf8, offset));
          if (fields.length > 1 || fields[0]?.trim() !== "") onRecord({ line, fields });
          advance(base + info.bytes);
          return null;
        },
      });
      return;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      advance(skipBlankLines(utf8, offset));
      onBadQuote(line);
      advance(endOfLine(utf8, offset));
    }
  }
}

/** The first offset from `start` on a line that is not blank; blanks before its first character belong to the line. */
function skipBlankLines(utf8: Buffer, start: number): number {
  let begin = start;
  for (let at = start; at < utf8.length && blank.has(utf8[at] ?? 0); at++)
    if (utf8[at] === lf || utf8[at] === cr) begin = at + 1;
  return begin;
}

/** The offset after the line feed (or lone carriage return) that ends the line at `start`. */
function endOfLine(utf8: Buffer, start: number): number {
  for (let at = start; at < utf8.length; at++)
    if (utf8[at] === lf || (utf8[at] === cr && utf8[at + 1] !== lf)) return at + 1;
  return utf8.length;
}
