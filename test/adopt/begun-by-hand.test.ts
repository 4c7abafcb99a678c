import type { PlanInput } from "../../src/plan/index.js";
import { changesOf, handOf } from "../engine/by-hand.js";
import { mailboxes, smallPlan } from "../engine/rehearsal.js";
import { type Adopted, adoptable } from "./in-process.js";

const locals = ["pilarp", "tobyn", "briant"];
const plan: PlanInput = {
  ...smallPlan,
  stage: "migrate",
  waves: [{ name: "wave1", csv: "mailboxes/wave1.csv", phase: "started" }],
};
const business = { skuPartNumber: "STANDARDPACK", skuId: "18181a46-0d4e-45cd-891e-60aabd171b4e", seats: 5 };

/** Endpoint, batch, licences and records as an administrator makes them by cmdlets and in the admin centers. */
async function beginByHand(migration: Adopted): Promise<void> {
  const hand = handOf(migration);
  const { lab, world } = migration;
  await hand.ownDomain();
  const { source } = world;
  await hand.powershell("New-MigrationEndpoint", [
    { name: "Name", type: "text", value: "mailstage" },
    { name: "ExchangeOutlookAnywhere", type: "switch" },
    { name: "ExchangeServer", type: "text", value: source.exchangeServer },
    { name: "RpcProxyServer", type: "text", value: lab.addresses.rpcProxy.split(":")[0] },
    { name: "Credentials", type: "credential", userName: source.account, password: source.password },
  ]);
  await hand.invoke("New-MigrationBatch", {
    Name: "wave1",
    CSVData: Buffer.from(mailboxes(locals)).toString("base64"),
    SourceEndpoint: "mailstage",
    AutoStart: true,
  });
  await lab.advance(48 * 3600);
  await licensed(migration, "pilarp", world.sku.skuId);
  await licensed(migration, "briant", world.sku.skuId);
}

async function licensed(migration: Adopted, local: string, skuId: string): Promise<void> {
  const { graph } = handOf(migration);
  await graph("PATCH", `/users/${local}@contoso.com`, { usageLocation: "US" });
  const body = { addLicenses: [{ skuId }], removeLicenses: [] };
  expect((await graph("POST", `/users/${local}@contoso.com/assignLicense`, body)).status).toBe(200);
}

/** The zone as Microsoft's procedure has it by then. */
async function prepareZone({ lab, world }: Adopted): Promise<void> {
  const { setRecordSet } = handOf({ lab, world } as Adopted);
  const { zone } = await lab.state();
  const proof = zone.find(({ name, type }) => name === "contoso.com" && type === "TXT")?.values ?? [];
  const values = proof.map((value) =>
    value.startsWith("v=spf1") ? "v=spf1 mx include:spf.protection.outlook.com -all" : value,
  );
  await setRecordSet({ name: "contoso.com", type: "TXT", ttl: 3600, values });
  await setRecordSet({ name: "contoso.com", type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] });
  await lab.advance(7200);
}

const options = {
  plan,
  files: { "mailboxes/wave1.csv": mailboxes(locals) },
  world: <W extends { readonly sku: object }>(world: W) => ({ ...world, otherSkus: [business] }),
};

describe("a migration that was begun by hand", () => {
  let migration: Adopted;
  beforeAll(async () => {
    migration = await adoptable(options);
    await beginByHand(migration);
  }, 60_000);
  afterAll(() => migration?.close());

  test("is adopted as far as it has come, and what is missing is left to pulumi up, which asks the gate", async () => {
    const { differs, absent, entries } = await migration.adopt();
    expect(differs).toEqual([]);
    expect([...absent].sort()).toEqual([
      "MX contoso.com: ± MX contoso.com ttl=(86400->3600)",
      "the licences of tobyn@contoso.com",
    ]);
    const names = entries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["domain", "domain-verification", "endpoint", "wave1"]));
    expect(names).not.toEqual(expect.arrayContaining(["gate-migrate"]));
    const preview = await migration.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(preview)).toEqual([
      "create gate-migrate",
      "create mx",
      "create stage-reached",
      "create wave1-licenses",
    ]);
  }, 60_000);

  test("shows no change once all of it is there, and goes on", async () => {
    await licensed(migration, "tobyn", migration.world.sku.skuId);
    await prepareZone(migration);
    await migration.stack.loseState();
    expect(await migration.adopt()).toMatchObject({ differs: [], absent: [] });
    const preview = await migration.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(preview)).toEqual([]);
    expect(changesOf(await migration.up())).toEqual([]);

    await migration.change((before) => ({
      ...before,
      waves: before.waves.map((batch) => ({ ...batch, phase: "converted" as const })),
    }));
    expect(changesOf(await migration.up())).toEqual(["create wave1-conversion", "update stage"]);
    await migration.reach("complete");
  }, 120_000);
});

describe("what differs from the plan", () => {
  let migration: Adopted;
  beforeAll(async () => {
    migration = await adoptable(options);
    await beginByHand(migration);
    await prepareZone(migration);
    await licensed(migration, "tobyn", business.skuId);
  }, 60_000);
  afterAll(() => migration?.close());

  /** What is refused, by code and name. */
  const refused = async (change: (plan: PlanInput) => PlanInput) => {
    const before = migration.plan;
    await migration.change(change);
    await migration.stack.loseState();
    migration.lab.clearRequests();
    const { now: _before, ...state } = await migration.lab.state();
    const { differs } = await migration.adopt();
    expect(await migration.lab.state()).toMatchObject(state);
    await migration.change(() => before);
    return differs.map(({ code, subject, reason }) => `${code} ${subject}: ${reason}`).sort();
  };

  test("is named all at once, whatever kind it is, and nothing is written", async () => {
    await migration.stack.write("mailboxes/wave1.csv", mailboxes(["pilarp", "tobyn", "anna"]));
    expect(
      await refused((before) => ({
        ...before,
        stage: "route",
        source: { ...before.source, authentication: "Ntlm" },
        waves: before.waves.map((batch) => ({ ...batch, notificationEmails: ["admin@contoso.com"] })),
      })),
    ).toEqual([
      expect.stringMatching(
        /^adopt-batch-differs batch wave1: exists without 1 mailbox .*: anna@contoso\.com$/,
      ),
      expect.stringMatching(/^adopt-batch-differs batch wave1: notifies nobody, and by the plan admin@/),
      "adopt-license-differs licence of tobyn@contoso.com: is STANDARDPACK, and by the plan ENTERPRISEPACK",
      expect.stringMatching(
        /^adopt-record-differs MX contoso\.com: is .*mail\.contoso\.com.*, and the plan makes it .*protection\.outlook\.com/,
      ),
      expect.stringMatching(/^batch-differs batch wave1: .*briant@contoso\.com/),
      "endpoint-differs migration endpoint mailstage: exists already with authentication Basic, and the plan says Ntlm",
      "user-not-synchronized wave wave1: 1 address is no user of the tenant: anna@contoso.com",
    ]);
  }, 60_000);

  test("by its being started is named, in whatever order the list is", async () => {
    await migration.stack.write("mailboxes/wave1.csv", mailboxes(["tobyn", "briant", "pilarp"]));
    expect(
      await refused((before) => ({
        ...before,
        waves: before.waves.map((batch) => ({ ...batch, phase: "created" as const })),
      })),
    ).toEqual(["adopt-batch-differs batch wave1: is Synced, and by the plan it is not started"]);
  }, 60_000);

  test("by its MX, which is not published, is named with what else differs", async () => {
    await migration.stack.write("mailboxes/wave1.csv", mailboxes(locals));
    await handOf(migration).setRecordSet({ name: "contoso.com", type: "MX", ttl: 3600, values: [] });
    migration.expectAlarms([{ code: "mail-lost", subject: "contoso.com without MX" }]);
    expect(
      await refused((before) => ({
        ...before,
        source: { ...before.source, authentication: "Ntlm" },
      })),
    ).toEqual([
      expect.stringMatching(/^adopt-license-differs licence of tobyn@contoso\.com: /),
      expect.stringMatching(/^endpoint-differs migration endpoint mailstage: /),
      "mx-missing MX contoso.com: is not published, so the domain receives no mail that could be migrated",
    ]);
  }, 60_000);

  test("by a domain that is not in the tenant, ends the look there", async () => {
    const fresh = await adoptable({ ...options, plan: { ...plan, stage: "verify" } });
    try {
      const { differs } = await fresh.adopt();
      expect(differs).toEqual([expect.objectContaining({ code: "adopt-domain-missing" })]);
    } finally {
      await fresh.close();
    }
  }, 60_000);
});
