import { setDefaultCACertificates } from "node:tls";
import { type CloudSession, newSession } from "../../src/cloud/index.js";
import { connectDirectory, type Directory } from "../../src/directory/index.js";
import { createAuthority } from "../../src/lab/certificates.js";
import { type LabDirectory, startDirectoryServer } from "../../src/lab/directory/index.js";
import { surveyConversion } from "../../src/migration/conversion-survey.js";
import { loopbackCloud, staticTokens } from "../cloud/tokens.js";
import { scriptedPort } from "../exchange/scripted-port.js";
import {
  addresses,
  adminDn,
  adminPassword,
  fixture,
  migrationDn,
  migrationPassword,
  namingContext,
} from "../servers/directory-fixture.js";

/** A tenant without batches, where everybody asked for has a mailbox: the wave's batches were deleted. */
function tenant(holders: readonly string[]): CloudSession {
  const rows = holders.map((address) => ({
    PrimarySmtpAddress: address,
    EmailAddresses: [`SMTP:${address}`, `smtp:${address.replace(/@.*/, "")}@contoso.onmicrosoft.com`],
    LegacyExchangeDN: `/o=ExchangeLabs/cn=Recipients/cn=${address}`,
    ExchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
  }));
  const { port } = scriptedPort(({ cmdlet }) => (cmdlet === "Get-Mailbox" ? rows : []));
  const session = newSession(loopbackCloud("http://127.0.0.1:9"), { credential: staticTokens() });
  return { ...session, exchange: port };
}

describe("what a conversion would do", () => {
  let server: LabDirectory;
  const asked = (list: readonly string[]) => ({
    wave: "wave1",
    addresses: list,
    baseDn: namingContext,
    flavour: "2007" as const,
    recipientTypeDetails: "128" as const,
  });
  const bound =
    (bindDn: string, password: string, through = (directory: Directory) => directory) =>
    async <T>(work: (directory: Directory) => Promise<T>): Promise<T> => {
      const url = `ldaps://127.0.0.1:${server.ldapsPort}`;
      const settings = { url, bindDn, baseDn: namingContext, pageSize: 100 };
      const directory = await connectDirectory(settings, password);
      try {
        return await work(through(directory));
      } finally {
        await directory.close();
      }
    };

  beforeAll(async () => {
    const authority = await createAuthority();
    setDefaultCACertificates([authority.caPem]);
    server = await startDirectoryServer({
      entries: fixture,
      namingContext,
      tls: await authority.issue({ names: ["dc1.corp.contoso.com"], ips: ["127.0.0.1"] }),
      accounts: [
        { dn: adminDn, password: adminPassword, rights: "admin" },
        { dn: migrationDn, password: migrationPassword, rights: "migration" },
      ],
    });
  });
  afterAll(() => server?.close());

  test("names whoever is missing, held twice or without a cloud mailbox, and who is still waited for", async () => {
    const list = [
      addresses.plain,
      addresses.shared,
      addresses.raced,
      "nobody@contoso.com",
      "late@contoso.com",
    ];
    const session = tenant([addresses.plain, addresses.shared, "nobody@contoso.com"]);
    const found = await surveyConversion(session, bound(adminDn, adminPassword), {
      ...asked(list),
      convert: [addresses.raced],
    });
    expect(found.users.map(({ address }) => address)).toEqual([addresses.plain]);
    expect(found.problems.map(({ code, subject }) => `${code} ${subject}`).sort()).toEqual([
      `mailbox-missing ${addresses.raced}`,
      `user-ambiguous ${addresses.shared}`,
      "user-missing nobody@contoso.com",
    ]);
    expect(found.waiting).toEqual(["late@contoso.com"]);
  });

  test("is refused as a whole, before anything is written, when the account may write nobody", async () => {
    const list = [addresses.plain, addresses.protected];
    const survey = surveyConversion(tenant(list), bound(migrationDn, migrationPassword), asked(list));
    await expect(survey).rejects.toMatchObject({
      code: "conversion-rights",
      problems: [
        { reason: expect.stringMatching(/homeMDB, .* on any of the 2 users of wave1.*nothing was written/) },
      ],
    });
    expect(server.requests.modify).toBe(0);
  });

  test("leaves out the single user it may not write, with what is lacking and why", async () => {
    const list = [addresses.plain, addresses.protected];
    /** As Active Directory answers for a protected account whose inheritance is off. */
    const guarding = (directory: Directory): Directory => ({
      settings: directory.settings,
      activeDirectory: true,
      namingContext: directory.namingContext,
      addressScope: directory.addressScope,
      configurationContext: directory.configurationContext,
      modify: (...args) => directory.modify(...args),
      close: () => directory.close(),
      search: async (search) =>
        (await directory.search(search)).map((entry) =>
          entry.attributes["adminCount"] === undefined
            ? entry
            : { ...entry, attributes: { ...entry.attributes, allowedAttributesEffective: ["homeMDB"] } },
        ),
    });
    const found = await surveyConversion(tenant(list), bound(adminDn, adminPassword, guarding), asked(list));
    expect(found.users.map(({ address }) => address)).toEqual([addresses.plain]);
    expect(found.problems).toMatchObject([
      {
        code: "conversion-rights",
        subject: addresses.protected,
        reason: expect.stringMatching(/may not write homeMTA, /),
        hint: expect.stringMatching(/adminCount=1/),
      },
    ]);
    expect(found.problems[0]?.reason).not.toMatch(/homeMDB/);
  });
});
