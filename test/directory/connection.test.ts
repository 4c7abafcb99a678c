import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { PresenceFilter } from "ldapts";
import { createAuthority } from "../../lab/certificates.js";
import {
  type LabDirectory,
  mailboxDatabase,
  mailboxUser,
  startDirectoryServer,
} from "../../lab/directory/index.js";
import { FaultBoard } from "../../lab/faults.js";
import { writeProblem } from "../../src/on-premises/directory/apply.js";
import {
  applyConversions,
  type ConversionPlan,
  connectDirectory,
  type Directory,
  type DirectorySettings,
  isPlan,
  readUsers,
} from "../../src/on-premises/directory/index.js";
import { conversionTo } from "./cloud-mailbox.js";
import { serveDirectory } from "./served.js";

const namingContext = "DC=corp,DC=contoso,DC=com";
const adminDn = `CN=Admin,CN=Users,${namingContext}`;
const database = mailboxDatabase(namingContext);
const users = Array.from({ length: 60 }, (_, index) => `user${index}@contoso.com`);
const entries = [
  database,
  ...users.map((address) =>
    mailboxUser({ address, parentDn: `OU=Staff,${namingContext}`, databaseDn: database.dn }),
  ),
];

async function plansOf(directory: Directory, addresses: readonly string[]): Promise<ConversionPlan[]> {
  const found = await readUsers(directory, addresses);
  return [...found.users].map(([address, user]) => {
    const plan = conversionTo(address, user);
    if (!isPlan(plan)) throw new Error(plan.reason);
    return plan;
  });
}

// Waits between attempts, in milliseconds: the connections here are cut on purpose.
process.env["MAILSTAGE_RETRY_BASE_MS"] = "5";

describe.each(["ldaps", "ldap"] as const)("a connection by %s", (scheme) => {
  const board = new FaultBoard();
  let lab: LabDirectory;
  let directory: Directory;
  let settings: DirectorySettings;
  beforeAll(async () => {
    lab = await serveDirectory({
      entries,
      accounts: [{ dn: adminDn, password: "secret-of-the-admin", rights: "admin" }],
      board,
    });
    const port = scheme === "ldaps" ? lab.ldapsPort : lab.ldapPort;
    settings = { url: `${scheme}://127.0.0.1:${port}`, bindDn: adminDn, baseDn: namingContext, pageSize: 50 };
  });
  beforeEach(async () => {
    lab.load(entries);
    lab.setFaults({});
    board.clear();
    directory = await connectDirectory(settings, "secret-of-the-admin");
  });
  afterEach(() => directory.close());
  afterAll(() => lab.close());

  it("is opened again, bound and encrypted, when it is lost while reading", async () => {
    lab.setFaults({ disconnectAfter: 1 });
    const binds = lab.requests.bind;
    expect((await readUsers(directory, users)).users.size).toBe(60);
    expect(lab.requests.bind).toBe(binds + 1);
  });

  it.each([true, false])(
    "converts a user whose write was lost, and not twice whose answer was (performed: %s)",
    async (performFirst) => {
      const plans = await plansOf(directory, users.slice(0, 3));
      const before = lab.requests.modify;
      lab.setFaults({ disconnectAfter: 2, performFirst });
      const result = await applyConversions(directory, plans, { concurrency: 1 });
      const lost = plans[1]?.address;
      expect([result.converted.length, result.failed]).toEqual([3, []]);
      expect(lab.requests.modify - before).toBe(3);
      expect((await plansOf(directory, [lost ?? ""]))[0]?.already).toBe(true);
    },
  );

  it("is opened once for all writes that were under way when it was lost", async () => {
    const plans = await plansOf(directory, users);
    const binds = lab.requests.bind;
    lab.setFaults({ disconnectAfter: 20 });
    expect((await applyConversions(directory, plans, { concurrency: 16 })).failed).toEqual([]);
    expect(lab.requests.bind).toBe(binds + 1);
  });

  it.each([1, 2, 3, 4, 5])(
    "converts everybody although it is lost again and again (seed %i)",
    async (seed) => {
      const plans = await plansOf(directory, users);
      board.seed(seed);
      board.set({ kind: ["reset", "reset-after"], service: "directory", probability: 0.2 });
      const { converted, failed } = await applyConversions(directory, plans);
      board.clear();
      expect([converted.length, new Set(converted).size, failed]).toEqual([60, 60, []]);
      expect((await plansOf(directory, users)).every(({ already }) => already)).toBe(true);
    },
  );

  it("sends a replacement again whose answer was lost, and nothing else", async () => {
    const [dn = ""] = (await plansOf(directory, users.slice(0, 1))).map((plan) => plan.dn);
    const write = (operation: "replace" | "add") =>
      directory.modify(dn, [{ operation, attribute: "targetAddress", values: ["SMTP:a@b.example"] }]);
    board.set({ kind: "reset-after", service: "directory", route: "modify", count: 1 });
    const before = lab.requests.modify;
    await write("replace");
    expect(lab.requests.modify - before).toBe(2);
    lab.load(entries);
    board.clear();
    board.set({ kind: "reset-after", service: "directory", route: "modify", count: 1 });
    await expect(write("add")).rejects.toThrow(/clos|reset/i);
    expect(lab.requests.modify - before).toBe(3);
  });

  it("does not say of a write that was sent that nothing was changed, when the server does not come back", async () => {
    const [plan] = await plansOf(directory, users.slice(0, 1));
    board.set({ kind: "reset-after", service: "directory", route: "modify", count: 1 });
    board.set({ kind: "reset", service: "directory", route: "bind" });
    const written = directory.modify(plan?.dn ?? "", [
      { operation: "replace", attribute: "targetAddress", values: ["SMTP:a@b.example"] },
    ]);
    const error = await written.catch((failure: unknown) => failure);
    expect(writeProblem({ address: "a@b.example", dn: "x" }, error)).toMatchObject({
      code: "directory-unanswered",
      reason: expect.stringContaining("there as a whole or not at all"),
    });
    const restoring = { address: "a@b.example", dn: "x", command: "mailstage restore" };
    expect(writeProblem(restoring, error).hint).toMatch(/^Run mailstage restore again/);
    board.clear();
  });

  it("leaves a wave alone, and says why for each user, when the server does not come back", async () => {
    const authority = await createAuthority();
    setDefaultCACertificates([...getCACertificates("default"), authority.caPem]);
    const gone = await startDirectoryServer({
      entries,
      tls: await authority.issue({ names: ["dc2.contoso.com"], ips: ["127.0.0.1"] }),
      accounts: [{ dn: adminDn, password: "secret-of-the-admin", rights: "admin" }],
    });
    const url = `${scheme}://127.0.0.1:${scheme === "ldaps" ? gone.ldapsPort : gone.ldapPort}`;
    const other = await connectDirectory({ ...settings, url }, "secret-of-the-admin");
    const plans = await plansOf(other, users);
    await gone.close();
    const { converted, failed } = await applyConversions(other, plans);
    expect(converted).toEqual([]);
    const codes = failed.map(({ code }) => code).filter((code) => code !== "directory-unanswered");
    expect(new Set(codes)).toEqual(new Set(["directory-unreachable"]));
    expect(failed).toHaveLength(60);
    await other.close();
  });

  it("reads a wave in few searches, not one a mailbox", async () => {
    const before = lab.requests.search;
    await readUsers(directory, users);
    expect(lab.requests.search - before).toBeLessThanOrEqual(2);
  });

  it("converts what is left after an interruption in the middle of a wave, each user whole", async () => {
    const plans = await plansOf(directory, users);
    lab.setFaults({ disconnectAfter: 30, performFirst: true });
    const first = await applyConversions(directory, plans, { concurrency: 8 });
    lab.setFaults({});
    expect(first.converted.length + first.failed.length).toBe(60);
    const rest = await plansOf(directory, users);
    for (const plan of rest)
      expect(plan.already || plan.changes.length === plans[0]?.changes.length).toBe(true);
    expect((await applyConversions(directory, rest)).converted).toHaveLength(60);
    expect((await plansOf(directory, users)).every(({ already }) => already)).toBe(true);
  });
});

describe("the lab's directory", () => {
  let lab: LabDirectory;
  let directory: Directory;
  const many = Array.from({ length: 1200 }, (_, index) =>
    mailboxUser({
      address: `many${index}@contoso.com`,
      parentDn: `OU=Many,${namingContext}`,
      databaseDn: database.dn,
    }),
  );
  beforeAll(async () => {
    const authority = await createAuthority();
    setDefaultCACertificates([authority.caPem]);
    lab = await startDirectoryServer({
      entries: [database, ...many],
      tls: await authority.issue({ names: ["dc1.contoso.com"], ips: ["127.0.0.1"] }),
      accounts: [{ dn: adminDn, password: "secret-of-the-admin", rights: "admin" }],
    });
    const url = `ldaps://127.0.0.1:${lab.ldapsPort}`;
    directory = await connectDirectory(
      { url, bindDn: "CORP\\Admin", baseDn: namingContext, pageSize: 1000 },
      "secret-of-the-admin",
    );
  });
  afterAll(async () => {
    await directory.close();
    await lab.close();
  });

  it("gives more than 1,000 entries in pages", async () => {
    const found = await directory.search({
      base: `OU=Many,${namingContext}`,
      scope: "one",
      filter: new PresenceFilter({ attribute: "mail" }),
      attributes: ["mail"],
    });
    expect(found).toHaveLength(1200);
  });

  it("links a database to its users, and saves and loads all it holds", () => {
    const saved = lab.snapshot();
    expect(saved).toEqual(JSON.parse(JSON.stringify(saved)));
    lab.load([]);
    expect(lab.findByAddress("many7@contoso.com")).toEqual([]);
    lab.load(saved);
    expect(lab.snapshot()).toEqual(saved);
    expect(lab.findByAddress("MANY7@contoso.com")).toHaveLength(1);
  });

  it("lets the lab's own services write, all or nothing", () => {
    const dn = many[0]?.dn ?? "";
    const target = {
      operation: "replace",
      attribute: "targetAddress",
      values: ["SMTP:many0@contoso.onmicrosoft.com"],
    } as const;
    expect(() =>
      lab.modify(dn, [target, { operation: "add", attribute: "noSuchThing", values: ["x"] }]),
    ).toThrow(/noSuchThing/);
    expect(lab.entry(dn)?.attributes).not.toHaveProperty("targetAddress");
    lab.modify(dn, [target]);
    expect(lab.entry(dn.toUpperCase())?.attributes["targetAddress"]).toEqual(target.values);
  });

  it("shows a database its users in the back link", async () => {
    const [entry] = await directory.search({
      base: database.dn,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["homeMDBBL"],
    });
    expect(entry?.attributes["homeMDBBL"]).toHaveLength(1200);
  });
});
