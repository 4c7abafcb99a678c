import fc from "fast-check";
import { parseMailboxFile, uploadCsv } from "../../src/plan/csv/index.js";
import { encodings, readCsv, writeCsv } from "./write-csv.js";

const path = "mailboxes/wave1.csv";
const rules = { wave: "wave1", domain: "contoso.com", signOn: "cloud" } as const;
/** Stands in every planted password: no address can have it, and lower-casing leaves it as it is. */
const mark = "(tr0ub)";

const cell = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', ",", "\n", "\r", "\r\n", ";", " ", "é", "🔑"),
    fc.string({ unit: "binary" }),
  ),
  maxLength: 12,
});
const mailbox = fc.record({
  local: fc
    .stringMatching(/^[A-Za-z0-9]([A-Za-z0-9.'+_-]{0,12}[A-Za-z0-9])?$/)
    .filter((local) => !local.includes("..")),
  blanks: fc.constantFrom("", " ", "  "),
  // A lone surrogate cannot be written in any encoding, U+FFFD stands for what could not be, and NUL is refused.
  password: cell
    .filter((text) => text.isWellFormed() && !text.includes("\ufffd") && !text.includes("\0"))
    // One that begins or ends with a blank is refused.
    .map((text) => `x${text}${mark}x`),
  force: fc.constantFrom("True", "False", "TRUE", "false", " True "),
});
const file = fc.record({
  mailboxes: fc.uniqueArray(mailbox, {
    selector: ({ local }) => local.toLowerCase(),
    minLength: 1,
    maxLength: 12,
  }),
  columns: fc
    .subarray(["EmailAddress", "Password", "ForceChangePassword"], { minLength: 1 })
    .chain((columns) =>
      fc.shuffledSubarray([...new Set(["EmailAddress", ...columns])], {
        minLength: columns.includes("EmailAddress") ? columns.length : columns.length + 1,
      }),
    ),
  quotes: fc.infiniteStream(fc.boolean()),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  last: fc.boolean(),
  encoding: fc.constantFrom(...Object.keys(encodings)),
});

type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function cellsOf({ mailboxes, columns }: File): string[][] {
  return mailboxes.map(({ local, blanks, password, force }) => {
    const cells = new Map([
      ["EmailAddress", `${blanks}${local}@contoso.com${blanks}`],
      ["Password", password],
      ["ForceChangePassword", force],
    ]);
    return columns.map((column) => cells.get(column) ?? "");
  });
}

function textOf(input: File): string {
  const records = [input.columns, ...cellsOf(input)];
  return writeCsv(records, input.lineEnd, () => input.quotes.next().value ?? false, input.last);
}

function encode(text: string, name: string): Buffer {
  const [, encoder] = Object.entries(encodings).find(([key]) => key === name) ?? [];
  return encoder === undefined ? Buffer.from(text) : encoder(text);
}

test("what is written in any encoding, quoting and line end is read back", () => {
  fc.assert(
    fc.property(file, (input) => {
      const text = textOf(input);
      const result = parseMailboxFile(encode(text, input.encoding), path, rules);
      expect(result.problems).toEqual([]);
      expect(result.file?.columns).toEqual(input.columns);
      expect(result.file?.rows.map(({ line: _line, ...row }) => row)).toEqual(
        input.mailboxes.map(({ local, force }) => ({
          emailAddress: `${local.toLowerCase()}@contoso.com`,
          ...(input.columns.includes("ForceChangePassword") && { forceChangePassword: /true/i.test(force) }),
          hasPassword: input.columns.includes("Password"),
        })),
      );
      expect(JSON.stringify(result)).not.toContain(mark);
    }),
    { numRuns: 400 },
  );
});

test("a row's line is the one it starts on", () => {
  fc.assert(
    fc.property(file, (input) => {
      const records = [input.columns, ...cellsOf(input)];
      const { file: read } = parseMailboxFile(Buffer.from(textOf(input)), path, rules);
      const expected = input.mailboxes.map((_mailbox, index) => {
        const above = writeCsv(records.slice(0, index + 1), input.lineEnd, () => false, true);
        return above.split(/\r\n|\r|\n/).length;
      });
      expect(read?.rows.map(({ line }) => line)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("the upload has exactly the mailboxes asked for, with their passwords as they are", () => {
  fc.assert(
    fc.property(file, fc.infiniteStream(fc.boolean()), (input, wanted) => {
      const chosen = input.mailboxes.filter(() => wanted.next().value);
      const addresses = new Set(chosen.map(({ local }) => `${local.toLowerCase()}@contoso.com`));
      const upload = readCsv(uploadCsv(encode(textOf(input), input.encoding), path, addresses).toString());
      const columns = ["EmailAddress", "Password", "ForceChangePassword"].filter((name) =>
        input.columns.includes(name),
      );
      expect(upload).toEqual([
        columns,
        ...chosen.map(({ local, password, force }) =>
          columns.map((column) => {
            if (column === "EmailAddress") return `${local.toLowerCase()}@contoso.com`;
            return column === "Password" ? password : /true/i.test(force) ? "True" : "False";
          }),
        ),
      ]);
    }),
    { numRuns: 300 },
  );
});

test("damaged files give problems, never a failure, and never a password", () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 3 }),
    insert: fc.oneof(
      fc.constantFrom('"', ",", "\n", "\r", ";", "\t", "@", "\ufeff"),
      fc.uint8Array({ maxLength: 3 }),
    ),
  });
  let damaged = 0;
  fc.assert(
    fc.property(file, fc.array(damage, { minLength: 1, maxLength: 12 }), (input, damages) => {
      let bytes = encode(textOf(input), input.encoding);
      for (const { at, length, insert } of damages) {
        const offset = Math.floor(at * bytes.length);
        bytes = Buffer.concat([
          bytes.subarray(0, offset),
          Buffer.from(insert),
          bytes.subarray(offset + length),
        ]);
      }
      const result = parseMailboxFile(bytes, path, rules);
      if (result.problems.length > 0) damaged++;
      expect(result.file === undefined).toBe(result.problems.length > 0);
      expect(JSON.stringify(result)).not.toContain(mark);
      for (const { code, subject } of result.problems) {
        expect(code).toMatch(/^csv-/);
        expect(subject.startsWith(path)).toBe(true);
      }
    }),
    { numRuns: 600 },
  );
  expect(damaged).toBeGreaterThan(300);
});

test("any bytes at all give a file or problems", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const { file: read, problems } = parseMailboxFile(bytes, path, rules);
      expect(read === undefined).toBe(problems.length > 0);
    }),
    { numRuns: 300 },
  );
});

/** Lines of any number of cells, some blank: what is read without csv-parse, since nothing is quoted. */
const plainLines = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: mailbox.map(({ local, force }) => [`${local}@contoso.com`, force]) },
    fc.array(
      fc.string({ unit: fc.constantFrom("a", "@", ".", ";", " ", "\t", "é", "\u2028"), maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.constant(["#TYPE System.Object"]),
  ),
  { maxLength: 8 },
);

test("a file without quotation marks is read as it is with them", () => {
  fc.assert(
    fc.property(plainLines, fc.constantFrom("\n", "\r\n", "\r"), fc.boolean(), (lines, lineEnd, last) => {
      const records = [["EmailAddress", "ForceChangePassword"], ...lines];
      const read = (always: boolean) => {
        // A quoted empty line is a record with an empty cell.
        const quoted = (text: string) => (always && text !== "" ? `"${text}"` : text);
        const text = records.map((cells) => cells.map(quoted).join(",")).join(lineEnd);
        const { file, problems } = parseMailboxFile(Buffer.from(last ? text + lineEnd : text), path, rules);
        return { rows: file?.rows, columns: file?.columns, problems };
      };
      expect(read(false)).toEqual(read(true));
    }),
    { numRuns: 400 },
  );
});
