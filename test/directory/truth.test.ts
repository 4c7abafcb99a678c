import {
  type DirectoryRecord,
  type LabAccount,
  type LabDirectory,
  mailboxDatabase,
  mailboxUser,
} from "../../lab/directory/index.js";
import { FaultBoard } from "../../lab/faults.js";
import { textsOf } from "../../src/on-premises/directory/attributes.js";
import { targetAddressGuid, userClassGuid } from "../../src/on-premises/directory/grants.js";
import {
  applyConversions,
  checkWriteAccess,
  connectDirectory,
  type Directory,
  type DirectorySettings,
  findAccount,
  grantTargetAddress,
  hasTargetAddressGrant,
  isPlan,
  readUsers,
  revokeTargetAddress,
} from "../../src/on-premises/directory/index.js";
import {
  aceFlags,
  serializeDescriptor,
  withAce,
} from "../../src/on-premises/directory/security-descriptor.js";
import { conversionTo } from "./cloud-mailbox.js";
import { serveDirectory } from "./served.js";

const namingContext = "DC=corp,DC=contoso,DC=com";
const staffDn = `OU=Staff,${namingContext}`;
const adminDn = `CN=Admin,CN=Users,${namingContext}`;
const migrationDn = `CN=migadmin,CN=Users,${namingContext}`;
const database = mailboxDatabase(namingContext);
const password = "secret-of-the-admin";
const user = (address: string, more: Partial<Parameters<typeof mailboxUser>[0]> = {}) =>
  mailboxUser({ address, parentDn: staffDn, databaseDn: database.dn, ...more });
const many = Array.from({ length: 40 }, (_, index) => `user${index}@contoso.com`);
const entries: readonly DirectoryRecord[] = [
  database,
  ...many.map((address) => user(address)),
  user("protected@contoso.com", { protectedAccount: true }),
  user("shared@contoso.com"),
  user("elsewhere@contoso.com", {
    parentDn: `OU=Partners,${namingContext}`,
    aliases: ["shared@contoso.com"],
  }),
];
const accounts: readonly LabAccount[] = [
  { dn: adminDn, password, rights: "admin" },
  { dn: migrationDn, password, rights: "reader", sid: "S-1-5-21-1-2-3-1199" },
  { dn: `CN=plain,CN=Users,${namingContext}`, password, rights: "delegate" },
];

process.env["MAILSTAGE_RETRY_BASE_MS"] = "5";

describe("what true domain controllers do, and the lab's when it is told to", () => {
  const board = new FaultBoard();
  let lab: LabDirectory;
  let directory: Directory;
  let settings: DirectorySettings;
  const opened: Directory[] = [];
  const connect = async (over: Partial<DirectorySettings> = {}) => {
    const one = await connectDirectory({ ...settings, ...over }, password);
    opened.push(one);
    return one;
  };
  const planOf = async (address: string) => {
    const found = (await readUsers(directory, [address])).users.get(address);
    if (found === undefined) throw new Error(`${address} is not there`);
    const plan = conversionTo(address, found);
    if (!isPlan(plan)) throw new Error(plan.reason);
    return plan;
  };

  beforeAll(async () => {
    lab = await serveDirectory({
      entries,
      accounts,
      board,
    });
    settings = {
      url: `ldaps://127.0.0.1:${lab.ldapsPort}`,
      bindDn: adminDn,
      baseDn: staffDn,
      pageSize: 7,
    };
    directory = await connect();
  });
  beforeEach(() => {
    lab.load(entries);
    lab.setFaults({});
    board.clear();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await lab?.close();
  });

  test("a page without an entry does not end a search", async () => {
    lab.setFaults({ emptyPages: true });
    const { users, missing, ambiguous } = await readUsers(directory, [...many, "shared@contoso.com"]);
    expect([users.size, missing, ambiguous.map(({ address }) => address)]).toEqual([
      many.length,
      [],
      ["shared@contoso.com"],
    ]);
  });

  test("a long list of values comes in ranges, and is read whole", async () => {
    const aliases = Array.from({ length: 25 }, (_, index) => `alias${index}@contoso.com`);
    lab.load([database, user("long@contoso.com", { aliases })]);
    lab.setFaults({ valuesAtMost: 10 });
    const { users } = await readUsers(directory, ["alias24@contoso.com", "long@contoso.com"]);
    expect([...users.keys()]).toEqual(["alias24@contoso.com", "long@contoso.com"]);
    expect(textsOf(users.get("long@contoso.com")?.attributes ?? {}, "proxyAddresses")).toHaveLength(27);
  });

  test("a holder outside of baseDn makes an address ambiguous, and is no user to be converted itself", async () => {
    const asked = ["shared@contoso.com", "elsewhere@contoso.com"];
    const { users, missing, ambiguous } = await readUsers(directory, asked);
    expect([...users.keys()]).toEqual([]);
    expect(missing).toEqual(["elsewhere@contoso.com"]);
    expect(ambiguous).toEqual([
      {
        address: "shared@contoso.com",
        dns: [expect.stringMatching(/^CN=elsewhere,OU=Partners/), expect.any(String)],
      },
    ]);
  });

  test.each([
    [3, /ended a search under DC=corp.* that took longer/],
    [4, /found more entries than it gives in one/],
    [11, /needed more than its administrative limits allow/],
    [10, /does not hold DC=corp/],
  ])("a search that ends with result %i is told with its cause and remedy", async (code, reason) => {
    lab.setFaults({ searchResult: code });
    await expect(readUsers(directory, many)).rejects.toMatchObject({
      code: "directory-search",
      problems: [
        {
          subject: settings.url,
          status: code,
          reason: expect.stringMatching(reason),
          hint: expect.not.stringMatching(/Check directory\.baseDn/),
        },
      ],
    });
  });

  test("a connection that is lost in every search is told with the server and what to do", async () => {
    board.set({ kind: "reset", service: "directory", route: "search" });
    await expect(readUsers(directory, many)).rejects.toMatchObject({
      code: "directory-unanswered",
      problems: [
        {
          subject: settings.url,
          reason: expect.stringMatching(/lost/),
          hint: expect.stringMatching(/firewall/),
        },
      ],
    });
  });

  test("a referral on a write names the server referred to, and that a writable one is needed", async () => {
    const plan = await planOf("user1@contoso.com");
    lab.setFaults({ referral: "dc1.corp.contoso.com" });
    const { converted, failed } = await applyConversions(directory, [plan]);
    expect(converted).toEqual([]);
    expect(failed).toMatchObject([
      {
        code: "directory-referral",
        reason: expect.stringMatching(/names dc1\.corp\.contoso\.com/),
        hint: expect.stringMatching(/directory\.url/),
      },
    ]);
  });

  test("a user who was moved since is converted, and never another one who is at the place now", async () => {
    const plan = await planOf("user2@contoso.com");
    const [moved] = lab.findByAddress("user2@contoso.com");
    if (moved === undefined) throw new Error("user2 is not there");
    const other = user("late@contoso.com", { displayName: "user2" });
    lab.load([
      database,
      { ...moved, dn: `CN=user2,OU=Moved,${staffDn}` },
      {
        ...other,
        attributes: { ...other.attributes, objectGUID: [{ base64: Buffer.alloc(16, 7).toString("base64") }] },
      },
    ]);
    expect((await applyConversions(directory, [plan])).failed).toEqual([]);
    expect(lab.findByAddress("user2@contoso.com")[0]?.attributes).not.toHaveProperty("homeMDB");
    expect(lab.findByAddress("late@contoso.com")[0]?.attributes).toHaveProperty("homeMDB");
  });

  test("proxies that differ by case only are converted with compare-and-set: what came in meanwhile is not lost", async () => {
    lab.load([
      database,
      user("twice@contoso.com", {
        attributes: { proxyAddresses: ["SMTP:twice@contoso.com", "smtp:Twice@contoso.com"] },
      }),
    ]);
    const plan = await planOf("twice@contoso.com");
    lab.modify(plan.dn, [
      { operation: "add", attribute: "proxyAddresses", values: ["smtp:new@contoso.com"] },
    ]);
    expect((await applyConversions(directory, [plan])).failed).toEqual([]);
    const proxies = lab.entry(plan.dn)?.attributes["proxyAddresses"];
    expect(proxies).toEqual(expect.arrayContaining(["SMTP:twice@contoso.com", "smtp:new@contoso.com"]));
    expect(proxies).not.toContain("smtp:Twice@contoso.com");

    lab.modify(plan.dn, [
      { operation: "delete", attribute: "proxyAddresses", values: ["SMTP:twice@contoso.com"] },
    ]);
    expect((await applyConversions(directory, [plan])).failed).toMatchObject([{ code: "directory-changed" }]);
  });

  test("an entry that is not handed on below the unit is not the grant", async () => {
    const { sid } = await findAccount(directory, migrationDn);
    const dacl = withAce(
      { revision: 4, aces: [] },
      {
        allow: true,
        flags: aceFlags.containerInherit | aceFlags.noPropagate,
        mask: 0x20,
        objectType: targetAddressGuid,
        sid,
      },
    );
    const octets = serializeDescriptor({ control: 0x8004, resourceManager: 0, dacl });
    const deep = user("deep@contoso.com", { parentDn: `OU=Berlin,${staffDn}` });
    lab.load([...entries, deep]);
    lab.modify(staffDn, [
      {
        operation: "replace",
        attribute: "nTSecurityDescriptor",
        values: [{ base64: octets.toString("base64") }],
      },
    ]);
    const asMigration = await connect({ bindDn: migrationDn });
    const deniedNow = async () =>
      (
        await checkWriteAccess(asMigration, ["user1@contoso.com", "deep@contoso.com"], ["targetAddress"])
      ).denied.map(({ address }) => address);
    expect(await deniedNow()).toEqual(["deep@contoso.com"]);
    expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(false);
    expect(await grantTargetAddress(directory, staffDn, sid)).toBe(true);
    expect(await deniedNow()).toEqual([]);
  });

  test("an entry that an editor merged with another is left alone by the way back, and still seen", async () => {
    const { sid } = await findAccount(directory, migrationDn);
    await grantTargetAddress(directory, staffDn, sid);
    const dacl = withAce(
      { revision: 4, aces: [] },
      {
        allow: true,
        flags: aceFlags.containerInherit | aceFlags.inheritOnly,
        mask: 0x30,
        objectType: targetAddressGuid,
        inheritedObjectType: userClassGuid,
        sid,
      },
    );
    const octets = serializeDescriptor({ control: 0x8004, resourceManager: 0, dacl });
    const values = [{ base64: octets.toString("base64") }];
    lab.modify(staffDn, [{ operation: "replace", attribute: "nTSecurityDescriptor", values }]);
    expect(await revokeTargetAddress(directory, staffDn, sid)).toBe(false);
    expect(await hasTargetAddressGrant(directory, staffDn, sid)).toBe(true);
  });

  test("rights are read in small pages, and of all the names a user may be written by only those asked for are kept", async () => {
    const plain = await connect({ bindDn: `CN=plain,CN=Users,${namingContext}`, pageSize: 1000 });
    const seen: number[] = [];
    const watched: Directory = {
      settings: plain.settings,
      activeDirectory: plain.activeDirectory,
      namingContext: plain.namingContext,
      addressScope: plain.addressScope,
      configurationContext: plain.configurationContext,
      modify: (...args) => plain.modify(...args),
      close: () => plain.close(),
      search: async (search) => {
        const found = await plain.search(search);
        expect(search.pageSize).toBeLessThanOrEqual(100);
        seen.push(...found.map(({ attributes }) => attributes["allowedAttributesEffective"]?.length ?? 0));
        return found;
      },
    };
    const asked = [...many, "protected@contoso.com"];
    const { denied } = await checkWriteAccess(watched, asked, ["homeMDB", "targetAddress"]);
    expect(denied.map(({ address }) => address)).toEqual(["protected@contoso.com"]);
    expect(Math.max(...seen)).toBe(2);
  });

  test("an account is found by its implicit address, and one of another domain is never taken for it", async () => {
    const sam = lab.entry(migrationDn)?.attributes["sAMAccountName"]?.[0];
    expect((await findAccount(directory, `${sam}@corp.contoso.com`)).dn).toBe(migrationDn);
    expect((await findAccount(directory, `CORP\\${sam}`)).dn).toBe(migrationDn);
    await expect(findAccount(directory, `OTHERDOM\\${sam}`)).rejects.toMatchObject({
      code: "directory-account-domain",
      problems: [{ reason: expect.stringMatching(/is of the domain OTHERDOM, and .* of CORP/) }],
    });
    await expect(findAccount(directory, `${sam}@elsewhere.example`)).rejects.toMatchObject({
      code: "directory-no-account",
    });
  });
});
