/** One mailbox as this second reading has it. */
export interface Row {
  readonly line: number;
  readonly emailAddress: string;
  readonly hasPassword: boolean;
  readonly forceChangePassword?: boolean;
}

interface Line {
  readonly line: number;
  readonly fields: readonly string[];
}

/** RFC 4180 by regular expression, field after field; undefined where a quotation mark is out of place. */
function recordsOf(text: string): Line[] | undefined {
  const records: Line[] = [];
  let rest = text;
  let line = 1;
  while (rest !== "") {
    const begun = line;
    const fields: string[] = [];
    for (let end = ","; end === ","; ) {
      const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\r|\n|$)/.exec(rest);
      if (match === null) return undefined;
      const [whole, quoted, plain = "", after = ""] = match;
      fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      line += whole.match(/\r\n|\r|\n/g)?.length ?? 0;
      rest = rest.slice(whole.length);
      end = after;
    }
    if (fields.length > 1 || fields[0]?.trim() !== "") records.push({ line: begun, fields });
  }
  return records;
}

const columnNames = ["emailaddress", "password", "forcechangepassword", "username"];
const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
const local = new RegExp(`^(?=.{1,64}$)${atom}(\\.${atom})*$`);

/** The host name as browsers write it: A-labels. */
function ascii(domain: string): string {
  return URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain;
}

/**
 * What a list of mailboxes says, read in the plainest way, by the rules of Microsoft's procedure and nothing of the program's code;
 * undefined where anything at all is wrong with it.
 */
export function secondReading(text: string, domain: string): Row[] | undefined {
  if (text.includes("\0")) return undefined;
  const records = recordsOf(text) ?? [];
  // Export-Csv names the type of its objects first, which Import-Csv passes over.
  const [header, ...lines] = records.slice(/^\s*#type\b/i.test(records[0]?.fields[0] ?? "") ? 1 : 0);
  const columns = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  if (!columns.includes("emailaddress") || new Set(columns).size < columns.length) return undefined;
  if (columns.some((name) => !columnNames.includes(name)) || lines.length === 0) return undefined;
  const rows: Row[] = [];
  for (const { line, fields } of lines) {
    if (fields.length !== columns.length) return undefined;
    const cell = (name: string) =>
      columns.includes(name) ? (fields[columns.indexOf(name)] ?? "") : undefined;
    const [name = "", host = "", ...more] = (cell("emailaddress") ?? "").trim().toLowerCase().split("@");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers pass over them, a mailbox's address has none
    if (/[\u0000-\u0020]/.test(host)) return undefined;
    if (!local.test(name) || more.length > 0 || host === "" || ascii(host) !== ascii(domain))
      return undefined;
    const password = cell("password");
    if (password !== undefined && ([...password].length < 8 || password.trim() !== password))
      return undefined;
    const force = cell("forcechangepassword")?.trim().toLowerCase();
    if (force !== undefined && force !== "true" && force !== "false") return undefined;
    rows.push({
      line,
      emailAddress: `${name}@${ascii(domain)}`,
      hasPassword: password !== undefined,
      ...(force === undefined ? {} : { forceChangePassword: force === "true" }),
    });
  }
  return new Set(rows.map(({ emailAddress }) => emailAddress)).size < rows.length ? undefined : rows;
}
