/** Every encoding a mailbox file may have; written here by hand, so that the parser is not judged by itself. */
export const encodings = {
  "UTF-8": (text: string): Buffer => Buffer.from(text),
  "UTF-8 with BOM": (text: string): Buffer => Buffer.from(`\ufeff${text}`),
  "UTF-16LE": (text: string): Buffer => Buffer.from(text, "utf16le"),
  "UTF-16LE with BOM": (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16BE": (text: string): Buffer => Buffer.from(text, "utf16le").swap16(),
  "UTF-16BE with BOM": (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
};

/** A field as RFC 4180 §2 has it: quoted where it must be, or where `always` says so. */
function writeField(value: string, always: boolean): string {
  return always || /[",\r\n]/.test(value) || value.startsWith("\ufeff")
    ? `"${value.split('"').join('""')}"`
    : value;
}

/** Records as CSV; `quote` tells for each field whether to quote it needlessly. */
export function writeCsv(
  records: readonly (readonly string[])[],
  lineEnd: string,
  quote: (record: number, field: number) => boolean,
  last: boolean,
): string {
  const lines = records.map((fields, record) =>
    fields.map((field, index) => writeField(field, quote(record, index))).join(","),
  );
  return lines.join(lineEnd) + (last ? lineEnd : "");
}

/** Reads well-formed RFC 4180 text with CRLF between records: a second opinion on what `uploadCsv` writes. */
export function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let rest = text;
  for (let record: string[] = []; rest !== ""; ) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest);
    if (match === null) throw new Error(`not RFC 4180 after record ${records.length}`);
    record.push(match[1]?.split('""').join('"') ?? match[2] ?? "");
    rest = rest.slice(match[0].length);
    if (match[3] === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}
