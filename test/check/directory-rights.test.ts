import type { LabDirectory } from "../../lab/directory/index.js";
import { checkDirectoryRights } from "../../src/cli/check/directory-rights.js";
import { attributesToConvert, connectDirectory, readUsers } from "../../src/on-premises/directory/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { serveDirectory } from "../directory/served.js";
import { smallPlan } from "../engine/rehearsal.js";
import {
  addresses,
  adminDn,
  adminPassword,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
} from "../servers/directory-fixture.js";

const delegateDn = `CN=mailstage,CN=Users,${namingContext}`;

describe("what check says of the directory account", () => {
  let server: LabDirectory;
  const both = [addresses.plain, addresses.protected];

  const check = async (bindDn: string, password: string, unifiedMessagingOff: readonly string[] = []) => {
    const url = `ldaps://127.0.0.1:${server.ldapsPort}`;
    const plan = parsePlan({ ...smallPlan, directory: { url, bindDn, baseDn: namingContext } });
    const directory = await connectDirectory(plan.directory, password);
    try {
      return await checkDirectoryRights(plan, directory, { converted: both, unifiedMessagingOff });
    } finally {
      await directory.close();
    }
  };

  beforeAll(async () => {
    server = await serveDirectory({
      entries: fixture,
      namingContext,
      accounts: [
        { dn: adminDn, password: adminPassword, rights: "admin" },
        { dn: migrationDn, password: migrationPassword, rights: "migration" },
        { dn: delegateDn, password: adminPassword, rights: "delegate" },
      ],
    });
  });
  afterAll(() => server?.close());
  afterEach(() => {
    Reflect.deleteProperty(process.env, "MAILSTAGE_REVIEW_DIRECTORY_DN");
  });

  test("it may write all that a conversion changes, which is asked and not tried", async () => {
    expect(await check(adminDn, adminPassword)).toEqual({
      facts: [`${adminDn} may write what a conversion changes on 2 of 2 mailboxes`],
      warnings: [],
      problems: [],
    });
    expect(server.requests.modify).toBe(0);
  });

  test("one that may convert nobody is a problem, and says which rights it lacks", async () => {
    const { problems, warnings } = await check(migrationDn, migrationPassword);
    expect(warnings).toEqual([]);
    expect(problems).toMatchObject([
      {
        code: "conversion-rights",
        subject: migrationDn,
        reason: expect.stringMatching(
          /^may not write homeMDB, .*proxyAddresses, targetAddress on 2 of 2 mailboxes to be converted: pilarp@contoso\.com/,
        ),
      },
    ]);
  });

  test("a protected account among others holds nobody up, and is named", async () => {
    const { problems, warnings } = await check(delegateDn, adminPassword);
    expect(problems).toEqual([]);
    expect(warnings).toMatchObject([{ reason: expect.stringContaining(addresses.protected) }]);
  });

  test("voice mail that a wave is to turn off needs rights of its own", async () => {
    const { problems } = await check(migrationDn, migrationPassword, [addresses.unifiedMessaging]);
    expect(problems).toMatchObject([
      { code: "conversion-rights" },
      { code: "unified-messaging-rights", subject: addresses.unifiedMessaging },
    ]);
    expect((await check(adminDn, adminPassword, [addresses.unifiedMessaging])).problems).toEqual([]);
  });

  test("nothing is said of it with an account that only reads", async () => {
    process.env["MAILSTAGE_REVIEW_DIRECTORY_DN"] = delegateDn;
    const found = await check(delegateDn, adminPassword);
    expect(found).toEqual({
      facts: [expect.stringContaining("is not judged: this runs with an account that only reads")],
      warnings: [],
      problems: [],
    });
  });

  test("of Exchange 2003 nothing is asked that its schema may not have", async () => {
    const directory = await connectDirectory(
      { url: `ldaps://127.0.0.1:${server.ldapsPort}`, bindDn: adminDn, baseDn: namingContext, pageSize: 100 },
      adminPassword,
    );
    try {
      const user = (await readUsers(directory, [addresses.plain])).users.get(addresses.plain);
      if (user === undefined) throw new Error("is not there");
      const {
        msExchRecipientTypeDetails: _,
        msExchRecipientDisplayType: __,
        ...attributes
      } = user.attributes;
      const of = (flavour: "2003" | "2007") => attributesToConvert({ ...user, attributes }, { flavour });
      expect(new Set(of("2007")).difference(new Set(of("2003")))).toEqual(
        new Set(["msExchMailboxGuid", "msExchRecipientTypeDetails", "msExchRecipientDisplayType"]),
      );
    } finally {
      await directory.close();
    }
  });
});
