import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailboxUser } from "../../lab/directory/index.js";
import { changedSincePreview, readPreview, writePreview } from "../../src/migration/conversion-preview.js";
import { writeConversionReports } from "../../src/migration/conversion-report.js";
import { writeFailureReport } from "../../src/migration/failure-report.js";
import type { SurveyedUser } from "../../src/migration/who-is-converted.js";
import { type CloudMailbox, isPlan, planConversion } from "../../src/on-premises/directory/index.js";
import { toUser } from "../../src/on-premises/directory/users.js";

const databaseDn = "CN=DB,CN=SG,CN=IS,CN=EX01,DC=contoso,DC=com";

function surveyed(
  address: string,
  { attributes = {}, parentDn = "OU=Staff,DC=contoso,DC=com", cloud = {} } = {},
): SurveyedUser {
  const user = toUser(mailboxUser({ address, parentDn, databaseDn, attributes }));
  const mailbox: CloudMailbox = {
    primarySmtpAddress: address,
    legacyExchangeDn: `/o=ExchangeLabs/ou=X/cn=Recipients/cn=${address}, cloud`,
    emailAddresses: [`SMTP:${address}`, `smtp:${address.replace(/@.*/, "")}@contoso.onmicrosoft.com`],
    exchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
    ...cloud,
  };
  const plan = planConversion(user, mailbox, { flavour: "2007", recipientTypeDetails: "128" });
  if (!isPlan(plan)) throw new Error(plan.reason);
  return { address, user, mailbox, plan };
}

describe("what a preview saw", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "mailstage-preview-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  const owner = (stack = "production") => ({ root, stack });
  const changed = (now: readonly SurveyedUser[]) =>
    changedSincePreview(readPreview(owner(), "wave1"), now).map(({ code, subject }) => `${code} ${subject}`);

  test("is compared user by user: whoever would be changed otherwise is named", () => {
    const seen = [surveyed("a@contoso.com"), surveyed("b@contoso.com"), surveyed("c@contoso.com")];
    writePreview(owner(), "wave1", seen);
    expect(changed(seen)).toEqual([]);
    const otherServer = { msExchHomeServerName: ["/o=First Organization/cn=EX02"] };
    expect(
      changed([
        surveyed("a@contoso.com", { attributes: otherServer }),
        surveyed("b@contoso.com", { parentDn: "OU=Moved,DC=contoso,DC=com" }),
        surveyed("c@contoso.com", { cloud: { exchangeGuid: "11111111-1c2d-4e3f-8091-a2b3c4d5e6f7" } }),
      ]),
    ).toEqual([
      "directory-changed a@contoso.com",
      "directory-changed b@contoso.com",
      "directory-changed c@contoso.com",
    ]);
  });

  test("does not depend on the order in which a server gives values", () => {
    const included = ["{8D5E7C1A-2B3F-4C60-9A71-3F5B1D0E9C24}", "{11111111-2B3F-4C60-9A71-3F5B1D0E9C24}"];
    writePreview(owner(), "wave1", [
      surveyed("a@contoso.com", { attributes: { msExchPoliciesIncluded: included } }),
    ]);
    expect(
      changed([
        surveyed("a@contoso.com", { attributes: { msExchPoliciesIncluded: [...included].reverse() } }),
      ]),
    ).toEqual([]);
  });

  test("says nothing of a user who arrived after it, nor where there was no preview here", () => {
    expect(changed([surveyed("a@contoso.com")])).toEqual([]);
    writePreview(owner(), "wave1", [surveyed("a@contoso.com")]);
    expect(changed([surveyed("late@contoso.com")])).toEqual([]);
  });

  test.each([
    ["is none of ours", () => '{"address":1}\n', 1],
    ["was cut off", (whole: string) => whole.slice(0, -40), 2],
    ["was edited by hand", (whole: string) => whole.replace('"dn"', '"DN"'), 1],
  ])("is refused by name when the file %s: it does not count as nothing", async (_, damage, line) => {
    const path = writePreview(owner(), "wave1", [surveyed("a@contoso.com"), surveyed("b@contoso.com")]);
    await writeFile(join(root, path), damage(await readFile(join(root, path), "utf8")));
    const problem = {
      code: "conversion-preview-unreadable",
      subject: path,
      reason: `is damaged in line ${line}, so not everybody can be compared with the preview`,
      hint: expect.stringMatching(/^Nobody of the wave was converted\. Delete the file/),
    };
    expect(() => readPreview(owner(), "wave1")).toThrow(expect.objectContaining({ problems: [problem] }));
  });

  test("of a rehearsal is not taken for one of production, whose wave has the same name", () => {
    writePreview(owner("rehearsal"), "wave1", [surveyed("a@contoso.com")]);
    const other = surveyed("a@contoso.com", { parentDn: "OU=Real,DC=contoso,DC=com" });
    expect(changed([other])).toEqual([]);
    writePreview(owner(), "wave1", [other]);
    expect(changed([surveyed("a@contoso.com")])).toEqual(["directory-changed a@contoso.com"]);
  });

  test("is for its owner only", async () => {
    const path = writePreview(owner(), "wave1", [surveyed("a@contoso.com")]);
    expect((await stat(join(root, path))).mode & 0o777).toBe(0o600);
  });
});

test("the report of failed mailboxes is for its owner only, as the list of its twin is", async () => {
  const root = await mkdtemp(join(tmpdir(), "mailstage-report-"));
  const failed = {
    emailAddress: "a@contoso.com",
    batch: "wave1",
    status: "Failed",
    statusSummary: "Failed",
    lastSyncTime: undefined,
    errorSummary: "too large",
  };
  const path = writeFailureReport({ root, stack: "production" }, "wave1", [failed]);
  expect(path).toBe(".mailstage/reports/production/wave1-errors.csv");
  expect((await stat(join(root, path))).mode & 0o777).toBe(0o600);
  await rm(root, { recursive: true });
});

test("the reports quote what needs it, and disarm what a spreadsheet would run", async () => {
  const root = await mkdtemp(join(tmpdir(), "mailstage-report-"));
  const { report, cloudCsv } = writeConversionReports(
    { root, stack: "production" },
    "wave1",
    [
      { address: "a@contoso.com", outcome: "converted", detail: "" },
      { address: "b@contoso.com", outcome: "skipped", detail: '=cmd|"x", and more' },
    ],
    { users: [surveyed("a@contoso.com")], flavour: "2003" },
  );
  expect(await readFile(join(root, report), "utf8")).toBe(
    'EmailAddress,Outcome,Detail\na@contoso.com,converted,\nb@contoso.com,skipped,"\'=cmd|""x"", and more"\n',
  );
  expect(await readFile(join(root, cloudCsv), "utf8")).toBe(
    "LegacyExchangeDN,CloudEmailAddress,OnPremiseEmailAddress\n" +
      '"/o=ExchangeLabs/ou=X/cn=Recipients/cn=a@contoso.com, cloud",a@contoso.onmicrosoft.com,a@contoso.com\n',
  );
  await rm(root, { recursive: true });
});
