import { parse } from "csv-parse/sync";

/** A list the service will not take, with the text it answers. */
export class CsvRefused extends Error {}

const columns = ["emailaddress", "password", "forcechangepassword"];
const address = /^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+$/;

/** A row of a staged migration's CSV. */
export interface UploadedRow {
  /** In lower case. */
  readonly emailAddress: string;
  /** Empty where the row gives none. */
  readonly password: string;
}

/**
 * The rows of a staged migration's CSV (OfficeDocs-Exchange, csv-files-for-migration.md), passwords checked for length. Throws CsvRefused with the service's
 * kind of text.
 */
export function readCsvData(data: Uint8Array, allowUnknownColumns: boolean): UploadedRow[] {
  const text = decode(data);
  if (text.trim() === "") throw new CsvRefused("The CSV file is empty.");
  const rows = split(text);
  const header = rows[0]?.map((name) => name.trim().toLowerCase()) ?? [];
  const addressColumn = header.indexOf("emailaddress");
  if (addressColumn < 0)
    throw new CsvRefused("The CSV file is missing one or more required columns: EmailAddress.");
  const unknown = header.filter((name) => !columns.includes(name));
  if (unknown.length > 0 && !allowUnknownColumns)
    throw new CsvRefused(`The CSV file contains one or more unknown columns: ${unknown.join(", ")}.`);
  const passwordColumn = header.indexOf("password");
  const forceColumn = header.indexOf("forcechangepassword");
  const body = rows.slice(1);
  if (body.length === 0) throw new CsvRefused("The CSV file doesn't contain any rows.");
  if (body.length > 2000)
    throw new CsvRefused(`The CSV file contains ${body.length} rows, more than the maximum of 2000.`);
  return body.map((row, index) => {
    const where = `Row ${index + 1} of the CSV file`;
    if (row.length !== header.length)
      throw new CsvRefused(`${where} has ${row.length} columns, but the header has ${header.length}.`);
    const mailbox = row[addressColumn]?.trim() ?? "";
    if (!address.test(mailbox)) throw new CsvRefused(`${where}: "${mailbox}" isn't a valid SMTP address.`);
    const password = passwordColumn < 0 ? "" : (row[passwordColumn] ?? "");
    if (password !== "" && password.length < 8)
      throw new CsvRefused(`${where}: the password must be at least 8 characters long.`);
    const force = forceColumn < 0 ? "" : (row[forceColumn] ?? "");
    if (force !== "" && !/^(true|false)$/i.test(force))
      throw new CsvRefused(`${where}: ForceChangePassword must be True or False.`);
    return { emailAddress: mailbox.toLowerCase(), password };
  });
}

function decode(data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new CsvRefused("The CSV file isn't encoded in UTF-8.");
  }
}

function split(text: string): string[][] {
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true });
  } catch {
    throw new CsvRefused("The CSV file isn't formatted correctly.");
  }
}
