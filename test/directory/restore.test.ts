import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DirectoryRecord,
  type LabDirectory,
  mailboxDatabase,
  mailboxUser,
} from "../../lab/directory/index.js";
import {
  applyConversions,
  connectDirectory,
  type Directory,
  disableUnifiedMessaging,
  enableUnifiedMessaging,
  isPlan,
  keepUnifiedMessaging,
  readSnapshot,
  readSnapshotLines,
  readUnifiedMessaging,
  readUsers,
  restoreUsers,
  surveyUnifiedMessaging,
  takeSnapshot,
} from "../../src/on-premises/directory/index.js";
import { conversionTo } from "./cloud-mailbox.js";
import { serveDirectory } from "./served.js";

const namingContext = "DC=corp,DC=contoso,DC=com";
const staffDn = `OU=Staff,${namingContext}`;
const adminDn = `CN=Admin,CN=Users,${namingContext}`;
const password = "secret-of-the-admin";
const database = mailboxDatabase(namingContext);
const second = mailboxDatabase(namingContext, "Second Database");
const at = (local: string) => `${local}@contoso.com`;
const user = (local: string, more: Partial<Parameters<typeof mailboxUser>[0]> = {}) =>
  mailboxUser({ address: at(local), parentDn: staffDn, databaseDn: database.dn, ...more });

/** Users converted and brought back, while the world goes on in between. */
describe("bringing users back", () => {
  let lab: LabDirectory;
  let directory: Directory;
  let folder: string;
  let file: string;

  const load = (...records: DirectoryRecord[]) => lab.load([database, second, ...records]);
  const edit = (
    local: string,
    attribute: string,
    values: string[],
    operation: "add" | "replace" | "delete" = "replace",
  ) => {
    const [entry] = lab.findByAddress(at(local));
    if (entry === undefined) throw new Error(`${local} is not there`);
    lab.modify(entry.dn, [{ operation, attribute, values }]);
  };
  const attributes = (local: string) => lab.findByAddress(at(local))[0]?.attributes ?? {};
  const move = (local: string, dn: string, change: Partial<DirectoryRecord["attributes"]> = {}) =>
    lab.load(
      lab.snapshot().map((entry) =>
        entry.dn === lab.findByAddress(at(local))[0]?.dn
          ? {
              dn,
              attributes: Object.fromEntries(
                Object.entries({ ...entry.attributes, ...change }).flatMap(([name, values]) =>
                  values === undefined ? [] : [[name, values]],
                ),
              ),
            }
          : entry,
      ),
    );
  /** Snapshot and conversion of some users. */
  const convert = async (...locals: string[]) => {
    const { users } = await readUsers(directory, locals.map(at));
    await takeSnapshot(file, [...users.values()]);
    const plans = [...users].map(([address, one]) => {
      const plan = conversionTo(address, one);
      if (!isPlan(plan)) throw new Error(plan.reason);
      return plan;
    });
    expect((await applyConversions(directory, plans)).failed).toEqual([]);
  };
  const restore = async (...locals: string[]) =>
    restoreUsers(directory, await readSnapshot(file), locals.length === 0 ? undefined : locals.map(at));

  beforeAll(async () => {
    lab = await serveDirectory({
      entries: [database, second],
      accounts: [{ dn: adminDn, password, rights: "admin" }],
      namingContext,
    });
    const url = `ldaps://127.0.0.1:${lab.ldapsPort}`;
    directory = await connectDirectory({ url, bindDn: adminDn, baseDn: staffDn, pageSize: 50 }, password);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-restore-"));
    file = join(folder, "wave1.jsonl");
  });
  afterEach(() => rm(folder, { recursive: true }));
  afterAll(async () => {
    await directory?.close();
    await lab?.close();
  });

  test("a user is found by the objectGUID, moved and with another primary address, and by any address of then or now", async () => {
    load(user("ann", { aliases: [at("a.smith")] }), user("bob"));
    await convert("ann", "bob");
    move("ann", `CN=ann smith,OU=Elsewhere,${namingContext}`, {
      proxyAddresses: [`SMTP:${at("a.jones")}`, `smtp:${at("a.smith")}`],
    });
    for (const address of ["ann", "a.smith", "a.jones"]) {
      const { failed } = await restore(address);
      expect(failed).toEqual([]);
    }
    expect(attributes("a.jones")["homeMDB"]).toEqual([database.dn]);
    expect(attributes("ann")["proxyAddresses"]).toEqual(
      expect.arrayContaining([`SMTP:${at("ann")}`, `smtp:${at("a.smith")}`, `smtp:${at("a.jones")}`]),
    );
    expect(attributes("bob")).not.toHaveProperty("homeMDB");
  });

  test("an alias that another holds now is not given back, and stops nobody else", async () => {
    load(user("ann", { aliases: [at("sales")] }), user("bob"), user("cleo"));
    await convert("ann", "bob");
    edit("ann", "proxyAddresses", [`smtp:${at("sales")}`], "delete");
    edit("cleo", "proxyAddresses", [`smtp:${at("sales")}`], "add");
    const { restored, failed } = await restore();
    expect(restored).toEqual([at("bob")]);
    expect(failed).toMatchObject([
      {
        code: "restore-other-user",
        subject: at("ann"),
        reason: expect.stringMatching(/sales@contoso\.com \(CN=cleo,/),
      },
    ]);
    expect(attributes("ann")).not.toHaveProperty("homeMDB");
  });

  test("an address that came in since is kept and named; what the conversion added goes", async () => {
    load(user("ann"));
    const before = attributes("ann");
    await convert("ann");
    edit("ann", "proxyAddresses", [`smtp:${at("new")}`], "add");
    const { restored, notes } = await restore("ann");
    expect([restored, notes]).toEqual([
      [at("ann")],
      [expect.stringMatching(/smtp:new@contoso\.com came in since .* kept/)],
    ]);
    expect([...(attributes("ann")["proxyAddresses"] ?? [])].sort()).toEqual(
      [...(before["proxyAddresses"] ?? []), `smtp:${at("new")}`].sort(),
    );
  });

  test("one whose database was retired is named with the database, and the others are restored", async () => {
    load(user("ann", { databaseDn: second.dn }), user("bob"));
    await convert("ann", "bob");
    lab.load(lab.snapshot().filter(({ dn }) => dn !== second.dn));
    const { restored, failed } = await restore();
    expect(restored).toEqual([at("bob")]);
    expect(failed).toMatchObject([
      {
        code: "restore-no-database",
        subject: at("ann"),
        reason: expect.stringContaining(second.dn),
        hint: expect.stringMatching(/Nothing of this user was changed/),
      },
    ]);
    expect(attributes("ann")).not.toHaveProperty("homeMDB");
  });

  test("two lines of one user are one write, as the last one has it; two users of one address are never guessed between", async () => {
    load(user("ann"));
    await convert("ann");
    await restore("ann");
    edit("ann", "msExchHomeServerName", ["/o=First Organization/cn=EX02"]);
    await convert("ann");
    expect(await readSnapshot(file)).toHaveLength(2);
    const writes = lab.requests.modify;
    expect((await restore()).restored).toEqual([at("ann")]);
    expect(lab.requests.modify).toBe(writes + 1);
    expect(attributes("ann")["msExchHomeServerName"]).toEqual(["/o=First Organization/cn=EX02"]);

    load(user("ann", { displayName: "ann the second" }));
    await convert("ann");
    lab.load(
      lab
        .snapshot()
        .map((entry) =>
          entry.dn.startsWith("CN=ann the")
            ? { ...entry, attributes: { ...entry.attributes, proxyAddresses: [`SMTP:${at("x")}`] } }
            : entry,
        ),
    );
    expect((await restore("ann")).failed).toMatchObject([
      { code: "restore-ambiguous", reason: expect.stringMatching(/CN=ann,.*CN=ann the second,/) },
    ]);
  });

  test("an attribute that no conversion changes is not written, whoever put it into the file", async () => {
    load(user("ann"));
    await convert("ann");
    const lines = await readFile(file, "utf8");
    await writeFile(file, lines.replace('"homeMDB":', '"userAccountControl":["66048"],"homeMDB":'));
    const { restored, notes } = await restore("ann");
    expect(restored).toEqual([at("ann")]);
    expect(notes).toEqual([expect.stringMatching(/userAccountControl of the snapshot .* left as it is/)]);
    expect(attributes("ann")["userAccountControl"]).toEqual(["512"]);
  });

  test("a line that cannot be read stops a conversion, and of a restore nobody but its user", async () => {
    load(user("ann"), user("bob"));
    await convert("ann");
    await appendFile(file, '{"damaged":\n');
    await expect(takeSnapshot(file, [])).rejects.toMatchObject({
      problems: [{ subject: `${file}:2`, hint: expect.stringMatching(/Nobody is converted/) }],
    });
    const { users, leftOut } = await readSnapshotLines(file);
    expect(leftOut).toMatchObject([
      { subject: `${file}:2`, hint: expect.not.stringMatching(/plan|convert/) },
    ]);
    expect((await restoreUsers(directory, users, undefined)).restored).toEqual([at("ann")]);
  });

  test("a user who changes while being restored is left alone", async () => {
    load(user("ann"));
    await convert("ann");
    const racing: Directory = {
      settings: directory.settings,
      activeDirectory: directory.activeDirectory,
      namingContext: directory.namingContext,
      addressScope: directory.addressScope,
      configurationContext: directory.configurationContext,
      search: (search) => directory.search(search),
      close: () => directory.close(),
      modify: async (...args) => {
        edit("ann", "targetAddress", ["SMTP:elsewhere@contoso.onmicrosoft.com"]);
        await directory.modify(...args);
      },
    };
    const { failed } = await restoreUsers(racing, await readSnapshot(file), [at("ann")]);
    expect(failed).toMatchObject([
      { code: "directory-changed", hint: expect.stringMatching(/mailstage restore/) },
    ]);
    expect(attributes("ann")).not.toHaveProperty("homeMDB");
  });

  describe("Unified Messaging", () => {
    const keep = () => join(folder, "wave1.unified-messaging.jsonl");

    test("of an address that two hold is left alone, and named by both", async () => {
      load(
        user("ann", { unifiedMessaging: true, aliases: [at("shared")] }),
        user("bob", { unifiedMessaging: true, aliases: [at("shared")] }),
        user("cleo", { unifiedMessaging: true }),
      );
      const { users, ambiguous } = await surveyUnifiedMessaging(directory, [at("shared"), at("cleo")]);
      expect(users.map(({ address }) => address)).toEqual([at("cleo")]);
      expect(ambiguous).toEqual([
        { address: at("shared"), dns: [expect.stringMatching(/^CN=ann/), expect.stringMatching(/^CN=bob/)] },
      ]);
    });

    test("comes back to both of two users who were kept under one address, and to one who was moved and renamed", async () => {
      load(user("ann", { unifiedMessaging: true }), user("bob", { unifiedMessaging: true }));
      const { users } = await surveyUnifiedMessaging(directory, [at("ann"), at("bob")]);
      const settings = users.map((one) => one.settings);
      await keepUnifiedMessaging(
        keep(),
        users.map((one) => ({ ...one, address: at("shared") })),
      );
      await disableUnifiedMessaging(directory, users);
      move("ann", `CN=ann smith,OU=Elsewhere,${namingContext}`, {
        proxyAddresses: [`SMTP:${at("a.smith")}`],
      });
      const kept = await readUnifiedMessaging(keep());
      expect(kept.map(({ address }) => address)).toEqual([at("shared"), at("shared")]);
      const { changed, failed } = await enableUnifiedMessaging(directory, kept);
      expect([changed.length, failed]).toEqual([2, []]);
      expect(attributes("a.smith")["msExchUMPinChecksum"]).toEqual(settings[0]?.["msExchUMPinChecksum"]);
      expect(attributes("bob")["msExchUMPinChecksum"]).toEqual(settings[1]?.["msExchUMPinChecksum"]);
    });
  });
});
