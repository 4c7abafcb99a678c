import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { MailstageError } from "../../src/base/problem.js";
import { type MailboxFile, readMailboxFiles, uploadCsv } from "../../src/plan/csv/index.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mailstage-csv-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function read(files: Record<string, string>, missing: readonly string[] = []): MailboxFile[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const waves = [...Object.keys(files), ...missing].map((csv, index) => ({
    name: `wave${index + 1}`,
    csv,
    phase: "started" as const,
    wait: 0,
    unifiedMessaging: "keep" as const,
  }));
  return readMailboxFiles(root, { waves, domain: "contoso.com", signOn: "cloud" });
}

function failure(work: () => unknown): MailstageError {
  try {
    work();
  } catch (error) {
    if (error instanceof MailstageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const places = (error: MailstageError) => error.problems.map(({ subject, code }) => `${subject} ${code}`);

test("the waves' files come in the plan's order, with the number of their mailboxes", () => {
  const files = read({
    "m/2.csv": "EmailAddress\na@contoso.com\nb@contoso.com\n",
    "1.txt": "EmailAddress\nc@contoso.com\n",
  });
  expect(files.map(({ wave, path, rows }) => [wave, path, rows.length])).toEqual([
    ["wave1", "m/2.csv", 2],
    ["wave2", "1.txt", 1],
  ]);
});

test("all problems of all files come out at once; one mailbox in two waves names both places", () => {
  const error = failure(() =>
    read(
      {
        "1.csv": "EmailAddress\na@contoso.com\nb@contoso.com\nanna\n",
        "2.csv": "EmailAddress\nA@contoso.com\nc@contoso.com\nb@fabrikam.com\n",
        "3.csv": "",
        "folder/4.csv": "EmailAddress\nc@contoso.com\n",
      },
      ["folder", "5.csv", "1.csv/6.csv"],
    ),
  );
  expect(places(error).sort()).toEqual(
    [
      "1.csv:4 csv-not-an-address",
      "2.csv:2 csv-duplicate-address",
      "2.csv:4 csv-wrong-domain",
      "3.csv csv-empty",
      "folder/4.csv:2 csv-duplicate-address",
      "folder csv-directory",
      "5.csv csv-missing-file",
      "1.csv/6.csv csv-missing-file",
    ].sort(),
  );
  expect(error.message).toContain("2.csv:2: repeats a@contoso.com, which is already at 1.csv:2.");
  expect(error.message).toContain("folder/4.csv:2: repeats c@contoso.com, which is already at 2.csv:3.");
});

test("planted passwords are in no error, however it is printed, and in no file that is returned", () => {
  const secret = "Tr0ub4dor&3";
  const good = `EmailAddress,Password\na@contoso.com,${secret}\n`;
  const bad = {
    "header.csv": `${secret},EmailAddress\nx,b@contoso.com\n`,
    "headless.csv": `c@contoso.com,${secret}\nd@contoso.com,${secret}\n`,
    "shifted.csv": `EmailAddress,ForceChangePassword,Username\n${secret},${secret},${secret}\n`,
    "columns.csv": `EmailAddress,Password\ne@contoso.com,x,${secret}\n`,
    "quote.csv": `EmailAddress,Password\nf@contoso.com,${secret}"x\n`,
    "open.csv": `EmailAddress,Password\ng@contoso.com,"${secret}\n`,
    "semicolon.csv": `EmailAddress;Password\nh@contoso.com;${secret}\n`,
  };
  const error = failure(() => read({ "good.csv": good, ...bad }));
  expect(new Set(error.problems.map(({ subject }) => subject.split(":")[0]))).toEqual(
    new Set(Object.keys(bad)),
  );
  for (const text of [
    error.message,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 9, showHidden: true }),
  ])
    expect(text?.toLowerCase()).not.toContain(secret.toLowerCase());
  expect(JSON.stringify(read({ "good.csv": good })).toLowerCase()).not.toContain(secret.toLowerCase());
});

test("the upload leaves Username out and writes the columns in the service's order", () => {
  const bytes = Buffer.from(
    'forcechangepassword, USERNAME ,Password,emailaddress\ntrue,a@gmail.com,"1,2""345678",A@contoso.com\n',
  );
  expect(uploadCsv(bytes, "1.csv", new Set(["a@contoso.com"])).toString()).toBe(
    'EmailAddress,Password,ForceChangePassword\r\na@contoso.com,"1,2""345678",True\r\n',
  );
});

test.each([
  ["a mailbox that has left the file", "EmailAddress,Password\na@contoso.com,Pa$$w0rd\n"],
  ["a header that has changed", "Mail,Password\na@contoso.com,Pa$$w0rd\nb@contoso.com,Pa$$w0rd\n"],
  ["a file that was emptied", ""],
])("the upload refuses %s", (_what, text) => {
  const error = failure(() =>
    uploadCsv(Buffer.from(text), "1.csv", new Set(["a@contoso.com", "b@contoso.com"])),
  );
  expect(places(error)).toEqual(["1.csv csv-changed"]);
  expect(error.message).toContain("b@contoso.com");
  expect(error.message).not.toContain("Pa$$w0rd");
});

test("100,000 rows are read within bounds", () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, index) => `user${index}@contoso.com,"Pa$$w0rd,${index}",False`,
  );
  const text = ["EmailAddress,Password,ForceChangePassword", ...rows, ""].join("\r\n");
  const memory = process.memoryUsage().rss;
  const started = process.cpuUsage();
  const [file] = read({ "1.csv": text });
  const { user, system } = process.cpuUsage(started);
  const used = Math.round((process.memoryUsage().rss - memory) / 1e6);
  console.info(`100,000 rows: ${Math.round((user + system) / 1000)} ms CPU, ${used} MB more resident`);
  expect(file?.rows).toHaveLength(100_000);
  expect(user + system).toBeLessThan(4_000_000);
  expect(used).toBeLessThan(300);
});
