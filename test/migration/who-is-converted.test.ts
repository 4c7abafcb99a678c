import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabDirectory } from "../../lab/directory/index.js";
import { joinNames } from "../../src/base/name-list.js";
import type { CloudSession } from "../../src/microsoft365/index.js";
import { surveyConversion } from "../../src/migration/who-is-converted.js";
import {
  connectDirectory,
  type Directory,
  noteEvents,
  takeSnapshot,
} from "../../src/on-premises/directory/index.js";
import { sessionWith } from "../cloud/session.js";
import { serveDirectory } from "../directory/served.js";
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
function tenant(holders: readonly string[], primaryOf = (address: string) => address): CloudSession {
  const rows = holders.map((address) => ({
    PrimarySmtpAddress: primaryOf(address),
    EmailAddresses: [
      `SMTP:${primaryOf(address)}`,
      ...[address, routing(address)]
        .filter((other) => other !== primaryOf(address))
        .map((other) => `smtp:${other}`),
    ],
    LegacyExchangeDN: `/o=ExchangeLabs/cn=Recipients/cn=${address}`,
    ExchangeGuid: "9f6a8a0b-1c2d-4e3f-8091-a2b3c4d5e6f7",
  }));
  const { port } = scriptedPort(({ cmdlet }) => (cmdlet === "Get-Mailbox" ? rows : []));
  return sessionWith({ exchange: port });
}

const delegateDn = `CN=mailstage,CN=Users,${namingContext}`;
const routing = (address: string) => `${address.replace(/@.*/, "")}@contoso.onmicrosoft.com`;

describe("what a conversion would do", () => {
  let server: LabDirectory;
  let folder: string;
  let files = 0;
  const asked = (list: readonly string[]) => ({
    wave: "wave1",
    domain: "contoso.com",
    addresses: list,
    baseDn: namingContext,
    flavour: "2007" as const,
    recipientTypeDetails: "128" as const,
    snapshot: { file: join(folder, `${files++}.jsonl`), name: "snapshots/wave1.jsonl" },
    begun: false,
  });
  /** The batch is gone, and these were seen Synced before. */
  const seen = (list: readonly string[]) => ({
    seenSynced: { wave1: joinNames(list.map((address) => address.replace(/@.*/, ""))) },
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
    folder = await mkdtemp(join(tmpdir(), "mailstage-survey-"));
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
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("names whoever is missing, held twice or without a cloud mailbox, and who is still waited for", async () => {
    const list = [
      addresses.plain,
      addresses.shared,
      addresses.raced,
      "nobody@contoso.com",
      "late@contoso.com",
    ];
    const session = tenant([addresses.plain, addresses.shared, "nobody@contoso.com", "late@contoso.com"]);
    const found = await surveyConversion(session, bound(adminDn, adminPassword), {
      ...asked(list),
      ...seen([addresses.plain, addresses.shared, "nobody@contoso.com"]),
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

  test("takes nobody who has a cloud mailbox and was never seen Synced, once the batch is gone", async () => {
    const session = tenant([addresses.plain]);
    const question = { ...asked([addresses.plain]), ...seen([]) };
    const found = await surveyConversion(session, bound(adminDn, adminPassword), question);
    expect(found).toEqual({ users: [], problems: [], waiting: [addresses.plain] });
  });

  test("finds a cloud mailbox by every address it has, and says that its primary is another", async () => {
    const session = tenant([addresses.plain], routing);
    const question = { ...asked([addresses.plain]), ...seen([addresses.plain]) };
    const found = await surveyConversion(session, bound(adminDn, adminPassword), question);
    expect(found.problems.map(({ reason }) => reason)).toEqual([
      expect.stringContaining(`primary address ${routing(addresses.plain)}`),
    ]);
  });

  test("is refused as a whole, before anything is written, when the account may write nobody of the wave", async () => {
    const list = [addresses.plain, addresses.protected];
    const survey = surveyConversion(tenant(list), bound(migrationDn, migrationPassword), {
      ...asked(list),
      ...seen(list),
    });
    await expect(survey).rejects.toMatchObject({
      code: "conversion-rights",
      problems: [
        {
          reason: expect.stringMatching(
            /homeMDB, .* on any user of wave1 to be converted \(2\); nothing was written/,
          ),
        },
      ],
    });
    expect(server.requests.modify).toBe(0);
  });

  test("is not refused for the last one left who cannot be written, nor for the first one while others can", async () => {
    const list = [addresses.protected];
    const later = await surveyConversion(tenant(list), bound(delegateDn, adminPassword), {
      ...asked(list),
      ...seen(list),
      begun: true,
    });
    expect(later.users).toEqual([]);
    expect(later.problems).toMatchObject([{ code: "conversion-rights", subject: addresses.protected }]);

    const first = await surveyConversion(tenant(list), bound(delegateDn, adminPassword), {
      ...asked([addresses.protected, addresses.plain]),
      ...seen(list),
    });
    expect(first.problems).toMatchObject([
      {
        code: "conversion-rights",
        subject: addresses.protected,
        hint: expect.stringMatching(/adminCount=1/),
      },
    ]);
    expect(first.waiting).toEqual([addresses.plain]);
  });

  test("leaves out who was brought back after a conversion, by a restore or by somebody, until that is released", async () => {
    const list = [addresses.plain, addresses.raced, addresses.stale];
    const question = { ...asked(list), ...seen(list) };
    const survey = () => surveyConversion(tenant(list), bound(adminDn, adminPassword), question);
    const before = await survey();
    const users = before.users.map(({ user }) => user);
    const [restored, back] = users;
    if (restored === undefined || back === undefined) throw new Error("nobody is there");
    await takeSnapshot(question.snapshot.file, users);
    expect((await survey()).users).toHaveLength(3);
    await noteEvents(question.snapshot.file, "restored", [restored]);
    await noteEvents(question.snapshot.file, "converted", [back]);
    const found = await survey();
    expect(found.users.map(({ address }) => address)).toEqual([addresses.stale]);
    expect(found.problems).toMatchObject([
      {
        code: "user-brought-back",
        subject: restored.address,
        reason: expect.stringMatching(/was restored on \d{4}-/),
        hint: expect.stringContaining(
          `mailstage restore --convert-again --snapshot snapshots/wave1.jsonl --user ${restored.address}`,
        ),
      },
      { subject: back.address, reason: expect.stringMatching(/has a mailbox on premises again/) },
    ]);
    await noteEvents(question.snapshot.file, "released", [restored, back]);
    expect((await survey()).users).toHaveLength(3);
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
    const found = await surveyConversion(tenant(list), bound(adminDn, adminPassword, guarding), {
      ...asked(list),
      ...seen(list),
    });
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
