import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { checkAll } from "../../src/cli/check/index.js";
import { cloudOf, newSession } from "../../src/microsoft365/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { changesOf, handOf, jumpTo, saidBy } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const [exchange, teams, office] = [
  "efb87545-963c-4e0d-99df-69c6916d9eb0",
  "57ff2da0-773e-42df-b2af-ffb7a2317929",
  "e95bec33-7c88-4a70-8e19-b10bd9d0c014",
];
const day = 86_400;
const oneWave: PlanInput = {
  ...smallPlan,
  waves: [{ name: "wave1", csv: "mailboxes/wave1.csv" }],
};

/** The plans each user has switched off, and who has no licence at all. */
async function leftOut(hand: ReturnType<typeof handOf>, ...locals: string[]) {
  const answers = await Promise.all(
    locals.map((local) => hand.graph("GET", `/users/${local}@contoso.com?$select=assignedLicenses`)),
  );
  return answers.map(({ text }) => {
    const [license] = (JSON.parse(text) as { assignedLicenses: { disabledPlans: string[] }[] })
      .assignedLicenses;
    return license === undefined ? "none" : license.disabledPlans.join();
  });
}

describe("a licence by user", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: { ...oneWave, licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" } },
      files: { "mailboxes/wave1.csv": mailboxes(["pilarp", "tobyn", "briant", "sales"]) },
      world: (world) => ({
        ...world,
        mailboxes: world.mailboxes.map((mailbox) =>
          mailbox.emailAddress === "tobyn@contoso.com" ? { ...mailbox, fault: "quota" } : mailbox,
        ),
      }),
    });
    hand = handOf(rehearsal);
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(2 * day);
    const [sku] = (await rehearsal.lab.state()).licenses;
    // Somebody had the licence for its other services, with Exchange Online off while the mailbox was on premises.
    await hand.graph("PATCH", "/users/pilarp@contoso.com", { usageLocation: "US" });
    const given = await hand.graph("POST", "/users/pilarp@contoso.com/assignLicense", {
      addLicenses: [{ skuId: sku?.skuId, disabledPlans: [exchange, teams] }],
      removeLicenses: [],
    });
    expect(given.status).toBe(200);
    const shared = await hand.invoke("Set-Mailbox", { Identity: "sales@contoso.com", Type: "Shared" });
    expect(shared.status).toBe(200);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("turns Exchange Online on where it is off, keeps what else somebody left out, and gives a shared mailbox none", async () => {
    await rehearsal.up();
    expect(await leftOut(hand, "pilarp", "briant", "sales", "tobyn")).toEqual([teams, "", "none", "none"]);
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
  }, 120_000);

  test("and mailstage check counts no seat for it, as the preview does not", async () => {
    const [sku] = (await rehearsal.lab.state()).licenses;
    await hand.setSeats(sku?.skuId ?? "", 3);
    const plan = parsePlan(rehearsal.lab.planOverrides(rehearsal.plan));
    const trusted = getCACertificates("default");
    const before = { ...process.env };
    setDefaultCACertificates([...trusted, readFileSync(rehearsal.lab.caFile, "utf8")]);
    Object.assign(process.env, rehearsal.lab.environment);
    try {
      const areas = await checkAll(plan, {
        root: rehearsal.stack.folder,
        stack: "test",
        session: newSession(cloudOf(plan.tenant)),
        secret: ({ environment }) => process.env[environment],
        progress: () => undefined,
      });
      expect(areas.find(({ area }) => area === "licences")).toMatchObject({
        facts: ["ENTERPRISEPACK: 1 seat left, 1 needed"],
        problems: [],
      });
    } finally {
      process.env = before;
      setDefaultCACertificates(trusted);
    }
    await hand.setSeats(sku?.skuId ?? "", 100);
  }, 120_000);

  test("follows the plan's disabledPlans for those who have it, both ways", async () => {
    const leave = (disabledPlans: string[]) =>
      rehearsal.change((plan) => ({
        ...plan,
        licenses: { sku: "ENTERPRISEPACK", usageLocation: "US", disabledPlans },
      }));
    await leave([office]);
    await rehearsal.up();
    expect(await leftOut(hand, "pilarp", "briant")).toEqual([`${office},${teams}`, office]);
    for (const [plans, refusal] of [
      [[exchange], "EXCHANGE_S_ENTERPRISE is in licenses.disabledPlans"],
      [["11111111-1111-4111-8111-111111111111"], "has no service plan 11111111-1111-4111-8111-111111111111"],
    ] as const) {
      await leave([...plans]);
      expect((await rehearsal.stack.preview()).errors).toContain(refusal);
    }
    await leave([]);
    await rehearsal.up();
    expect(await leftOut(hand, "pilarp", "briant")).toEqual([teams, ""]);
  }, 240_000);

  test("is given to a failed mailbox too before its thirty days are over", async () => {
    await rehearsal.lab.advance(15 * day);
    expect(changesOf(await rehearsal.stack.preview())).toContain("update wave1-licenses");
    await rehearsal.up();
    expect(await leftOut(hand, "tobyn")).toEqual([""]);
    await rehearsal.lab.advance(31 * day);
  }, 120_000);
});

describe("a licence by group", () => {
  const group = "33333333-3333-4333-8333-333333333333";
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  const start = async (seats: number) => {
    rehearsal = await rehearse({
      plan: { ...oneWave, licenses: { group } },
      files: { "mailboxes/wave1.csv": mailboxes(["pilarp", "tobyn", "briant"]) },
      world: (world) => ({ ...world, sku: { ...world.sku, seats, prohibitedIn: ["CN"] } }),
    });
    hand = handOf(rehearsal);
  };
  const migrate = async () => {
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(2 * day);
  };
  afterEach(() => rehearsal?.close());

  test("with too few seats is refused before anybody becomes a member", async () => {
    await start(1);
    await expect(migrate()).rejects.toThrow("has 1 seat left, and 3 are needed");
    expect((await rehearsal.lab.state()).groups[0]?.members).toEqual([]);
  }, 120_000);

  test("is there when it is, not with the membership; who gets none is named with the reason, and tried again", async () => {
    await start(5);
    await migrate();
    await hand.graph("PATCH", "/users/tobyn@contoso.com", { usageLocation: "CN" });
    await rehearsal.up();
    expect((await rehearsal.lab.state()).groups[0]?.members).toHaveLength(3);
    await rehearsal.lab.advance(60);
    const told = saidBy(await rehearsal.up());
    expect(told).toContain(
      "licence of tobyn@contoso.com: is not given by the group: ProhibitedInUsageLocationViolation",
    );
    expect(await leftOut(hand, "pilarp", "tobyn", "briant")).toEqual(["", "none", ""]);
    await hand.graph("PATCH", "/users/tobyn@contoso.com", { usageLocation: "US" });
    await rehearsal.up();
    await rehearsal.lab.advance(60);
    await rehearsal.up();
    expect(await leftOut(hand, "tobyn")).toEqual([""]);
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
    await rehearsal.lab.advance(31 * day);
  }, 240_000);

  test("that nobody can give is an error when the thirty days are nearly over", async () => {
    await start(5);
    await migrate();
    await hand.graph("PATCH", "/users/tobyn@contoso.com", { usageLocation: "CN" });
    await rehearsal.up();
    await rehearsal.lab.advance(24 * day);
    const run = await rehearsal.stack.up();
    expect(run.code).not.toBe(0);
    expect(run.errors).toMatch(/tobyn@contoso\.com: its mailbox is disabled in \d days/);
  }, 240_000);
});
