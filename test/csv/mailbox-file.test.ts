import { createHash } from "node:crypto";
import { parseMailboxFile } from "../../src/plan/csv/index.js";
import { encodings } from "./write-csv.js";

const path = "mailboxes/wave1.csv";
const rules = { wave: "wave1", domain: "contoso.com", signOn: "cloud" } as const;

function parse(content: string | Uint8Array, signOn: "cloud" | "adfs" = "cloud") {
  return parseMailboxFile(typeof content === "string" ? Buffer.from(content) : content, path, {
    ...rules,
    signOn,
  });
}

/** `subject code` of each problem, the subject without the path. */
function places(content: string | Uint8Array, signOn?: "cloud" | "adfs"): string[] {
  return parse(content, signOn).problems.map(({ subject, code }) => `${subject.slice(path.length)} ${code}`);
}

const three = "EmailAddress,Password,ForceChangePassword";
const seedSample = `${three}
pilarp@contoso.com,Pa$$w0rd,False
tobyn@contoso.com,Pa$$w0rd,False
briant@contoso.com,Pa$$w0rd,False
`;

test("Microsoft's example is read, without its passwords", () => {
  const { file, problems } = parse(seedSample);
  expect(problems).toEqual([]);
  expect(file).toEqual({
    wave: "wave1",
    path,
    digest: createHash("sha256").update(seedSample).digest("hex"),
    columns: ["EmailAddress", "Password", "ForceChangePassword"],
    rows: ["pilarp", "tobyn", "briant"].map((name, index) => ({
      line: index + 2,
      emailAddress: `${name}@contoso.com`,
      forceChangePassword: false,
      hasPassword: true,
    })),
  });
});

test("the new admin center's variant with Username is read", () => {
  const { file } = parse("EmailAddress,Username\na@contoso.com,a.old@gmail.com\nb@contoso.com,\n");
  expect(file?.columns).toEqual(["EmailAddress", "Username"]);
  expect(file?.rows).toEqual([
    { line: 2, emailAddress: "a@contoso.com", username: "a.old@gmail.com", hasPassword: false },
    { line: 3, emailAddress: "b@contoso.com", hasPassword: false },
  ]);
});

test.each(Object.entries(encodings))("a file in %s is read", (_name, encode) => {
  const { file, problems } = parse(
    encode('EmailAddress,Password\r\na@contoso.com,"Pässwörter, ""viele"""\r\n'),
  );
  expect(problems).toEqual([]);
  expect(file?.rows).toEqual([{ line: 2, emailAddress: "a@contoso.com", hasPassword: true }]);
});

test.each([
  ["header in any case, with blanks", " emailaddress , PASSWORD\na@contoso.com,Pa$$w0rd"],
  ["columns in another order", "ForceChangePassword,EmailAddress\nTRUE,a@contoso.com\nfalse ,b@contoso.com"],
  ["an address in capitals with blanks around", "EmailAddress\n  A.B+c@Contoso.COM \n"],
  ["CRLF", "EmailAddress\r\na@contoso.com\r\n"],
  ["CR alone", "EmailAddress\ra@contoso.com\r"],
  ["blank lines before, between and after", "\n \nEmailAddress\n\na@contoso.com\n\t\nb@contoso.com\n\n\n \n"],
  [
    "the type line of Export-Csv",
    '#TYPE Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox\r\n"EmailAddress","Password"\r\n"a@contoso.com","Pa$$w0rd"\r\n',
  ],
  ["quoted header and fields", '"EmailAddress","Password"\r\n"a@contoso.com","1,2\r\n3;""4"'],
  ["a password of eight characters beyond the BMP", `EmailAddress,Password\na@contoso.com,${"🔑".repeat(8)}`],
])("%s is fine", (_what, content) => {
  expect(places(content)).toEqual([]);
});

test.each<[what: string, content: string, expected: string[]]>([
  ["no bytes", "", [" csv-empty"]],
  ["a byte order mark alone", "\ufeff", [" csv-empty"]],
  ["blank lines alone", " \r\n\t\r\n", [" csv-empty"]],
  ["a header without rows", `${three}\r\n\r\n`, [" csv-empty"]],
  ["a bad header without rows", "Mail\n", [":1 csv-missing-email-address", " csv-empty"]],
  ["semicolons", "EmailAddress;Password\na@contoso.com;Pa$$w0rd\n", [" csv-not-comma-separated"]],
  [
    "quoted semicolons",
    '"EmailAddress";"Password"\n"a@contoso.com";"Pa$$w0rd"\n',
    [" csv-not-comma-separated"],
  ],
  ["tabs", "EmailAddress\tPassword\na@contoso.com\tPa$$w0rd\n", [" csv-not-comma-separated"]],
  [
    "semicolons in one row",
    "EmailAddress,Password\na@contoso.com;Pa$$w0rd\n",
    [":2 csv-not-comma-separated"],
  ],
  ["no EmailAddress", "Mail,Password\na@contoso.com,Pa$$w0rd\n", [":1 csv-missing-email-address"]],
  ["no header", "a@contoso.com,Pa$$w0rd\nb@contoso.com,Pa$$w0rd\n", [":1 csv-missing-email-address"]],
  [
    "a column too few and one too many",
    `${three}\na@contoso.com,Pa$$w0rd\nb@contoso.com,1,2,3`,
    [":2 csv-column-count", ":3 csv-column-count"],
  ],
  ["an unquoted comma", "EmailAddress,Password\na@contoso.com,Pa,ssw0rd\n", [":2 csv-column-count"]],
  ["an unknown column", "EmailAddress,DisplayName\na@contoso.com,Anna\n", [":1 csv-unknown-column"]],
  ["a column without a name", "EmailAddress,\na@contoso.com,\n", [":1 csv-unknown-column"]],
  ["a column twice", "EmailAddress,emailaddress\na@contoso.com,b@contoso.com\n", [":1 csv-duplicate-column"]],
  [
    "an address twice",
    "EmailAddress\na@contoso.com\nb@contoso.com\nA@CONTOSO.com\n",
    [":4 csv-duplicate-address"],
  ],
  [
    "words for an address",
    "EmailAddress\nAnna Meyer\na@b@contoso.com\n@contoso.com\na..b@contoso.com\nänne@contoso.com\n",
    [2, 3, 4, 5, 6].map((line) => `:${line} csv-not-an-address`),
  ],
  ["the domain for an address", "EmailAddress\ncontoso.com\n", [":2 csv-not-an-address"]],
  ["a row of commas", `${three}\na@contoso.com,Pa$$w0rd,True\n,,\n`, [":3 csv-not-an-address"]],
  ["an address missing", "EmailAddress,Password\n,Pa$$w0rd\n", [":2 csv-not-an-address"]],
  [
    "other domains",
    "EmailAddress\na@fabrikam.com\na@sub.contoso.com\na@contoso.onmicrosoft.com\na@xcontoso.com\n",
    [2, 3, 4, 5].map((line) => `:${line} csv-wrong-domain`),
  ],
  ["Yes for True", "EmailAddress,ForceChangePassword\na@contoso.com,Yes\n", [":2 csv-force-change-password"]],
  ["values left out", `${three}\na@contoso.com,,\n`, [":2 csv-empty-value", ":2 csv-empty-value"]],
  [
    "lines that are quoted as a whole",
    '"EmailAddress,Password"\n"a@contoso.com,Pa$$w0rd"\n"b@contoso.com,Pa$$w0rd"\n',
    [":1 csv-row-quoted"],
  ],
  [
    "lines that are quoted as a whole, with quoted values",
    '"EmailAddress,""Password"""\n"a@contoso.com,""Pa$$w0rd"""\n',
    [":1 csv-row-quoted"],
  ],
  [
    "one fault of the header, and a thousand rows of another width",
    `Mail\n${"a@contoso.com,Pa$$w0rd\n".repeat(1000)}`,
    [":1 csv-missing-email-address"],
  ],
  [
    "a blank before a password",
    "EmailAddress, Password\na@contoso.com, Pa$$w0rd\n",
    [":2 csv-password-blank"],
  ],
  ["a blank after a password", "EmailAddress,Password\na@contoso.com,Pa$$w0rd \n", [":2 csv-password-blank"]],
  [
    "a blank that makes the eighth character",
    "EmailAddress,Password\na@contoso.com, Passw0r\n",
    [":2 csv-password-blank"],
  ],
  ["seven characters", "EmailAddress,Password\na@contoso.com,Pa$$w0r\n", [":2 csv-password-too-short"]],
  ["a Username that is none", "EmailAddress,Username\na@contoso.com,anna\n", [":2 csv-not-an-address"]],
  [
    "everything wrong in one row",
    `${three}\nanna,short,maybe\n`,
    [":2 csv-not-an-address", ":2 csv-password-too-short", ":2 csv-force-change-password"],
  ],
  ["a quote within a field", 'EmailAddress\na"@contoso.com\nb\n', [":2 csv-quote", ":3 csv-not-an-address"]],
  [
    "text after a closing quote",
    'EmailAddress,Password\n"a@contoso.com"x,Pa$$w0rd\nb,Pa$$w0rd\n',
    [":2 csv-quote", ":3 csv-not-an-address"],
  ],
  [
    "a quote never closed",
    'EmailAddress,Password\na@contoso.com,"Pa$$w0rd\nb,Pa$$w0rd\n',
    [":2 csv-quote", ":3 csv-not-an-address"],
  ],
])("%s: told with its line", (_what, content, expected) => {
  expect(places(content)).toEqual(expected);
});

test("with AD FS, True is refused and False taken", () => {
  const content = "EmailAddress,ForceChangePassword\na@contoso.com,False\nb@contoso.com,TRUE\n";
  expect(places(content, "adfs")).toEqual([":3 csv-force-change-password-adfs"]);
  expect(places(content, "cloud")).toEqual([]);
});

test.each([
  ["\n", '"1\n2\n345678"'],
  ["\r\n", '"1\r\n2\r\n345678"'],
  ["\r", '"1\r2\r345678"'],
])("lines are counted through quoted line ends, %j", (end, password) => {
  const content = ["EmailAddress,Password", `a@contoso.com,${password}`, "", "b,Pa$$w0rd", "c,Pa$$w0rd"].join(
    end,
  );
  expect(places(content)).toEqual([":6 csv-not-an-address", ":7 csv-not-an-address"]);
});

test("Windows-1252 is told with the first line and the number of lines, beside the other problems", () => {
  const { problems } = parse(
    Buffer.from(
      "EmailAddress,Password\na@contoso.com,Pässwort1\nb,Pa$$w0rd\nc@contoso.com,Pässwort2\n",
      "latin1",
    ),
  );
  expect(problems.map(({ subject, code }) => [subject, code])).toEqual([
    [`${path}:2`, "csv-encoding"],
    [`${path}:3`, "csv-not-an-address"],
  ]);
  expect(problems[0]?.reason).toContain("1 more");
});

test.each([
  [
    "half a UTF-16 character",
    Buffer.concat([encodings["UTF-16LE with BOM"]("EmailAddress\na@contoso.com\n"), Buffer.of(0x41)]),
    ":3",
  ],
  [
    "a lone surrogate",
    encodings["UTF-16BE"](`EmailAddress,Password\na@contoso.com,${"x".repeat(8)}\ud800\n`),
    ":2",
  ],
  ["UTF-32", Buffer.of(0xff, 0xfe, 0, 0, 0x45, 0, 0, 0), ""],
])("%s is an encoding problem", (_what, bytes, place) => {
  expect(places(bytes)[0]).toBe(`${place} csv-encoding`);
});

test("a NUL character is refused wherever it stands, also after a quotation mark", () => {
  expect(places(`${three}\npilarp@contoso.com,"Pa$$w0rd"\0,False\n`)).toContain(":2 csv-encoding");
  expect(places(`EmailAddress,Password\npilarp@contoso.com,"Pa$$w0rd"\0`)).toContain(":2 csv-encoding");
});

test("an internationalized domain is one domain in both spellings", () => {
  const bytes = Buffer.from("EmailAddress\na@bücher.example\nb@xn--bcher-kva.example\nA@BÜCHER.example\n");
  const { problems } = parseMailboxFile(bytes, path, { ...rules, domain: "bücher.example" });
  expect(problems.map(({ subject, code }) => [subject, code])).toEqual([
    [`${path}:4`, "csv-duplicate-address"],
  ]);
});

test("a line end within an internationalized domain is refused, not dropped", () => {
  const bytes = Buffer.from('EmailAddress\n"a@büch\ner.example"\n');
  const { problems } = parseMailboxFile(bytes, path, { ...rules, domain: "bücher.example" });
  expect(problems.map(({ code }) => code)).toContain("csv-not-an-address");
});

test("over 2,000 rows are no error: the wave is split", () => {
  const rows = Array.from({ length: 2001 }, (_, index) => `user${index}@contoso.com`);
  expect(parse(["EmailAddress", ...rows].join("\n")).file?.rows).toHaveLength(2001);
});
