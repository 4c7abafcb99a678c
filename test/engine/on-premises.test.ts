import { existsSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { PresenceFilter } from "ldapts";
import { type Lab, startLab, type World, worldFromPlan } from "../../lab/index.js";
import { textsOf, toOctets, valuesOf } from "../../src/on-premises/directory/attributes.js";
import { daclOnly } from "../../src/on-premises/directory/controls.js";
import {
  connectDirectory,
  type Directory,
  type DirectoryUser,
  findAccount,
  hasTargetAddressGrant,
  readSnapshot,
  readUsers,
  restoreUsers,
  surveyUnifiedMessaging,
} from "../../src/on-premises/directory/index.js";
import {
  parseDescriptor,
  serializeDescriptor,
  withAce,
} from "../../src/on-premises/directory/security-descriptor.js";
import { type PlanInput, parsePlan } from "../../src/plan/index.js";
import { type Judged, judge } from "./judge.js";
import { openStack } from "./open-stack.js";
import { mailboxes, smallPlan } from "./rehearsal.js";
import type { DrivenStack, Run } from "./stack.js";

const staff = "OU=Staff,DC=corp,DC=contoso,DC=com";
const databaseDn =
  "CN=Mailbox Database,CN=First Storage Group,CN=InformationStore,CN=EX01,CN=Servers," +
  "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=First Organization," +
  "CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=corp,DC=contoso,DC=com";
const at = (local: string) => `${local}@contoso.com`;
const everybody = ["ann", "bob", "cleo", "dora", "emil", "finn"].map(at);

const wave = {
  name: "wave1",
  csv: "mailboxes/wave1.csv",
  phase: "started",
  unifiedMessaging: "disable",
} satisfies PlanInput["waves"][number];

const previewFile = ".mailstage/previews/test/wave1-conversion.jsonl";

const plan: PlanInput = {
  ...smallPlan,
  source: { ...smallPlan.source, testMailbox: at("ann") },
  directory: { ...smallPlan.directory, baseDn: staff, mailboxDatabase: databaseDn },
  waves: [wave],
};

/** The plan's world, where the migration account may do only what access lists grant it. */
function strictWorld(): World {
  const planned = worldFromPlan(parsePlan(plan), []);
  return {
    ...planned,
    source: { ...planned.source, rights: "granted" },
    sku: { ...planned.sku, seats: 10 },
    mailboxes: [...everybody, at("xenia")].map((emailAddress) => ({
      emailAddress,
      sizeMb: emailAddress === at("finn") ? 60_000 : 100,
      ...(emailAddress === at("finn") ? { fault: "slow" } : {}),
      ...(emailAddress === at("ann") ? { unifiedMessaging: true } : {}),
    })),
  };
}

/** The on-premises side of one wave: permissions, Unified Messaging, conversion. */
describe("the on-premises side", () => {
  let lab: Lab;
  let judged: Judged;
  let stack: DrivenStack;
  let directory: Directory;
  let current = plan;

  const change = async (edit: (before: PlanInput) => PlanInput) => {
    current = edit(current);
    await stack.plan(lab.planOverrides(current));
  };
  const stage = (name: PlanInput["stage"]) => change((before) => ({ ...before, stage: name }));
  const up = async () => {
    const run = await stack.up();
    if (run.code !== 0) throw new Error(`pulumi up failed at stage ${current.stage}:\n${run.errors}`);
    return run;
  };
  const said = (run: Run) => run.diagnostics.map(({ message }) => message).join("\n");
  const factsOf = (run: Run) =>
    run.steps
      .filter(({ type }) => type.endsWith(":Gate"))
      .map(({ newOutputs }) => JSON.stringify(newOutputs["facts"]))
      .join("\n");
  const read = async (local: string): Promise<DirectoryUser> => {
    const user = (await readUsers(directory, [at(local)])).users.get(at(local));
    if (user === undefined) throw new Error(`${local} is not there`);
    return user;
  };
  const isMailUser = (user: DirectoryUser) =>
    user.attributes["homeMDB"] === undefined && user.attributes["targetAddress"] !== undefined;
  const mailUsers = async () => {
    const { users } = await readUsers(directory, everybody);
    return [...users].filter(([, user]) => isMailUser(user)).map(([address]) => address.split("@")[0]);
  };
  const replace = (user: DirectoryUser, attribute: string, values: string[]) =>
    directory.modify(user.dn, [{ operation: "replace", attribute, values }]);

  beforeAll(async () => {
    const world = strictWorld();
    lab = await startLab({ world });
    judged = judge(() => lab);
    stack = await openStack(
      {
        plan: lab.planOverrides(plan),
        files: { "mailboxes/wave1.csv": mailboxes(everybody.map((address) => address.replace(/@.*/, ""))) },
        environment: { ...lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" },
      },
      () => lab,
    );
    setDefaultCACertificates([...getCACertificates(), await readFile(lab.caFile, "utf8")]);
    directory = await connectDirectory(
      { url: lab.addresses.ldaps, bindDn: world.directory.bindDn, baseDn: staff, pageSize: 2 },
      world.directory.password,
    );
  }, 60_000);
  afterAll(async () => {
    judged?.dismiss();
    await directory?.close();
    await stack?.dispose();
    await lab?.close();
  });

  test("the way in names whom the plain migration account may not write, and the missing Receive As", async () => {
    const run = await stack.preview();
    expect(run.code).not.toBe(0);
    expect(run.errors).toMatch(/may not write targetAddress on 6 users: ann@contoso\.com, bob@contoso\.com/);
    expect(run.errors).toContain(`has no Receive As on ${databaseDn}`);
    expect(run.errors).not.toMatch(/Unified Messaging/);
  }, 120_000);

  test("with the grant declared it is asked after the grant is made, and passes", async () => {
    const { sid } = await findAccount(directory, "CONTOSO\\migadmin");
    await grantReceiveAs(directory, sid);
    await change((before) => ({
      ...before,
      directory: { ...before.directory, grantTargetAddress: { organizationalUnit: staff } },
    }));
    const preview = await stack.preview();
    expect(preview.errors).toBe("");
    expect(said(preview)).toMatch(
      /permissions: cannot be known before the update, which asks once targetAddress is granted/,
    );
    expect(said(preview)).toMatch(/CN=migadmin,.* gets the right to write targetAddress/);
    expect(said(preview)).toMatch(/which this machine trusts but Microsoft 365 may not/);
    expect(await hasTargetAddressGrant(directory, staff, sid)).toBe(false);

    const run = await up();
    expect(await hasTargetAddressGrant(directory, staff, sid)).toBe(true);
    expect(said(run)).toMatch(/stage prepare may be entered: 4 gates in order/);
    expect(factsOf(run)).toMatch(/migadmin may write targetAddress on 6 of 6 users/);
    expect(factsOf(run)).toMatch(/migadmin has Receive As on CN=Mailbox Database/);
    expect(run.diagnostics).toContainEqual(
      expect.objectContaining({
        severity: "warning",
        message: expect.stringMatching(/this machine trusts but Microsoft 365 may not/),
      }),
    );
  }, 120_000);

  test("Unified Messaging is off before the batch is made, and what was set is in a file and not in state", async () => {
    await stage("verify");
    await up();
    await lab.advance(16 * 60);
    await up();
    // Exchange takes a while to accept a domain that has just been verified.
    await lab.advance(300);
    await stage("connect");
    await up();
    const {
      users: [before],
    } = await surveyUnifiedMessaging(directory, [at("ann")]);
    const [pin] = valuesOf(before?.settings ?? {}, "msExchUMPinChecksum");
    await stage("migrate");
    const run = await up();
    const order = run.steps.map(({ name }) => name);
    expect(order.indexOf("wave1-unified-messaging")).toBeLessThan(order.indexOf("wave1"));
    expect((await surveyUnifiedMessaging(directory, everybody)).users).toEqual([]);
    const file = join(stack.folder, "snapshots/test/wave1.unified-messaging.jsonl");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(before);
    const text = JSON.stringify(pin);
    expect(text).toMatch(/base64/);
    expect(await stack.stateText()).not.toContain(JSON.parse(text).base64);
  }, 120_000);

  test("a preview lists the exact changes and changes nothing; a user changed after it is refused by name", async () => {
    await lab.advance(48 * 3600);
    await replace(await read("xenia"), "proxyAddresses", [`SMTP:${at("xenia")}`, `smtp:${at("dora")}`]);
    // Mail for an address that somebody takes from its user by hand is lost.
    judged.expectAlarms([{ code: "mail-lost", subject: at("emil") }]);
    await replace(await read("emil"), "proxyAddresses", ["SMTP:emil@elsewhere.example"]);
    await change((before) => ({ ...before, waves: [{ ...wave, phase: "converted" }] }));

    const preview = await stack.preview();
    expect(preview.errors).toBe("");
    expect(said(preview)).toMatch(/wave1: 3 mailboxes become mail users/);
    expect(said(preview)).toMatch(/- homeMDB: CN=Mailbox Database/);
    expect(said(preview)).toMatch(/\+ proxyAddresses: X500:\/o=First Organization/);
    expect(said(preview)).toMatch(/dora@contoso\.com: several objects have it/);
    expect(said(preview)).toMatch(/emil@contoso\.com: no user under OU=Staff/);
    expect(await mailUsers()).toEqual([]);
    expect(existsSync(join(stack.folder, "snapshots/test/wave1.jsonl"))).toBe(false);
    const previewed = join(stack.folder, previewFile);
    const seen = await readFile(previewed, "utf8");
    expect(seen.trim().split("\n")).toHaveLength(3);

    await writeFile(previewed, seen.slice(0, -40));
    expect((await stack.up({ skipPreview: true })).errors).toContain(`${previewFile}: is damaged in line 3`);
    expect(await mailUsers()).toEqual([]);
    await writeFile(previewed, seen);

    await replace(await read("cleo"), "msExchHomeServerName", ["/o=First Organization/cn=EX02"]);
    const untouched = await read("cleo");
    // After its preview: another one would take the change for what is there.
    const run = await stack.up({ skipPreview: true });
    expect(run.code).not.toBe(0);
    expect(run.errors).toMatch(/cleo@contoso\.com: was changed since the preview, and is left as it is/);
    expect(said(run)).toMatch(
      /Clean-MailboxDatabase -Identity 'EX01\\First Storage Group\\Mailbox Database'/,
    );
    expect(await mailUsers()).toEqual(["ann", "bob"]);
    expect((await read("cleo")).attributes).toEqual(untouched.attributes);
    const report = await readFile(join(stack.folder, ".mailstage/reports/test/wave1-conversion.csv"), "utf8");
    expect(report.split("\n").map((line) => line.split(",").slice(0, 2).join(" "))).toEqual([
      "EmailAddress Outcome",
      "ann@contoso.com converted",
      "bob@contoso.com converted",
      "cleo@contoso.com failed",
      "dora@contoso.com skipped",
      "emil@contoso.com skipped",
      "finn@contoso.com waiting",
      "",
    ]);
    const cloud = await readFile(join(stack.folder, ".mailstage/reports/test/wave1-cloud.csv"), "utf8");
    expect(cloud).toMatch(/^LegacyExchangeDN,CloudEmailAddress,OnPremiseEmailAddress,MailboxGUID\n/);
    expect(cloud).toMatch(/,ann@contoso\.onmicrosoft\.com,ann@contoso\.com,[0-9a-f-]{36}\n/);
  }, 120_000);

  test("the next update goes on where the first one stopped, and one more changes nothing", async () => {
    await replace(await read("xenia"), "proxyAddresses", [`SMTP:${at("xenia")}`]);
    const [emil] = (await readUsers(directory, ["emil@elsewhere.example"])).users.values();
    if (emil === undefined) throw new Error("emil is gone");
    await replace(emil, "proxyAddresses", [`SMTP:${at("emil")}`]);
    const preview = await stack.preview();
    expect(said(preview)).toMatch(/wave1: 3 mailboxes become mail users/);
    expect(said(preview)).toMatch(/- msExchHomeServerName: \/o=First Organization\/cn=EX02/);
    // As on a runner that is another than the preview's.
    await rm(join(stack.folder, previewFile));
    expect(said(await stack.up({ skipPreview: true }))).toMatch(
      /wave1: no preview of this conversion is on this machine.*; 3 users are converted as they are found now/,
    );
    expect(await mailUsers()).toEqual(["ann", "bob", "cleo", "dora", "emil"]);

    const before = await readUsers(directory, everybody);
    const again = await up();
    expect(again.changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
    expect((await readUsers(directory, everybody)).users).toEqual(before.users);
  }, 120_000);

  test("who is synced later is converted later, and Unified Messaging is set again when the plan says so", async () => {
    await lab.advance(3 * 24 * 3600);
    await change(({ directory: { grantTargetAddress: _, ...rest }, ...before }) => ({
      ...before,
      directory: rest,
      waves: [{ ...wave, phase: "converted", unifiedMessaging: "enable" }],
    }));
    const { sid } = await findAccount(directory, "CONTOSO\\migadmin");
    await up();
    expect(await mailUsers()).toEqual(everybody.map((address) => address.split("@")[0]));
    const {
      users: [again],
    } = await surveyUnifiedMessaging(directory, everybody);
    const kept = await readFile(join(stack.folder, "snapshots/test/wave1.unified-messaging.jsonl"), "utf8");
    expect(again).toEqual(JSON.parse(kept));
    expect(textsOf((await read("ann")).attributes, "proxyAddresses")).toContainEqual(
      expect.stringMatching(/^EUM:/),
    );
    expect(await hasTargetAddressGrant(directory, staff, sid)).toBe(false);
    expect((await up()).changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
  }, 120_000);

  test("destroy turns nobody back; the snapshot does, for whom it is asked", async () => {
    const converted = await readUsers(directory, everybody);
    const run = await stack.destroy();
    expect(said(run)).toMatch(
      /the conversion of 6 users stays\. mailstage restore --snapshot snapshots\/test\/wave1\.jsonl/,
    );
    expect((await readUsers(directory, everybody)).users).toEqual(converted.users);

    const snapshot = await readSnapshot(join(stack.folder, "snapshots/test/wave1.jsonl"));
    expect(snapshot.map(({ address }) => address).sort()).toEqual(everybody);
    const { restored, failed, manual } = await restoreUsers(directory, snapshot, [at("bob"), at("cleo")]);
    expect(failed).toEqual([]);
    expect([...restored].sort()).toEqual([at("bob"), at("cleo")]);
    expect(manual[0]?.command).toMatch(/^Connect-Mailbox /);
    expect(textsOf((await read("cleo")).attributes, "msExchHomeServerName")).toEqual([
      "/o=First Organization/cn=EX02",
    ]);
    expect(await mailUsers()).toEqual(["ann", "dora", "emil", "finn"]);
  }, 120_000);
});

/** Add-ADPermission -ExtendedRights Receive-As on the database. */
async function grantReceiveAs(directory: Directory, sid: string): Promise<void> {
  const [entry] = await directory.search({
    base: databaseDn,
    scope: "base",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: ["nTSecurityDescriptor"],
    controls: [daclOnly()],
  });
  const [octets] = valuesOf(entry?.attributes ?? {}, "nTSecurityDescriptor");
  if (octets === undefined) throw new Error("the database has no security descriptor");
  const descriptor = parseDescriptor(toOctets(octets));
  const dacl = withAce(descriptor.dacl ?? { revision: 4, aces: [] }, {
    allow: true,
    flags: 0,
    mask: 0x100,
    objectType: "ab721a56-1e2f-11d0-9819-00aa0040529b",
    sid,
  });
  const written = serializeDescriptor({ control: 0x8004, resourceManager: 0, dacl });
  await directory.modify(
    databaseDn,
    [
      {
        operation: "replace",
        attribute: "nTSecurityDescriptor",
        values: [{ base64: written.toString("base64") }],
      },
    ],
    [daclOnly()],
  );
}
