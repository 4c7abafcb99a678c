import { cloudOf, newSession } from "../../src/microsoft365/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import { askLive, licensesOf, readState, statusOf } from "../../src/reports/status/index.js";
import { changesOf, handOf, jumpTo, saidBy, withWave } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles, smallPlan } from "./rehearsal.js";

/** A mailbox without a licence is deleted after 30 days: whoever could not be licensed is tried again by every run. */
describe("a user who could not be licensed", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  const locate = async (...locals: string[]) => {
    for (const local of locals) {
      const { status } = await hand.graph("PATCH", `/users/${local}@contoso.com`, { usageLocation: "US" });
      expect(status).toBe(204);
    }
  };
  const unlicensed = async () =>
    (await rehearsal.lab.state()).mailboxes
      .filter(({ wave, licenses }) => wave !== undefined && licenses.length === 0)
      .map(({ emailAddress }) => emailAddress)
      .sort();

  beforeAll(async () => {
    rehearsal = await rehearse({ plan: { ...smallPlan, licenses: { sku: "ENTERPRISEPACK" } } });
    hand = handOf(rehearsal);
    await hand.ownDomain();
    await locate("pilarp", "tobyn", "briant", "carla", "dieter", "eva");
    await rehearsal.change((plan) => ({
      ...plan,
      stage: "migrate",
      waive: [
        { gate: "stage-order", reason: "the domain was prepared by hand before" },
        { gate: "directory-synchronized", reason: "some can be licensed, some cannot" },
      ],
    }));
    await rehearsal.up();
    await rehearsal.lab.advance(48 * 3600);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is named, and the others are licensed", async () => {
    const run = await rehearsal.up();
    expect(saidBy(run)).toContain("anna@contoso.com: has no usage location");
    expect(saidBy(run)).toContain("wave2: 2 migrated users have no licence");
    expect(await unlicensed()).toEqual(["anna@contoso.com", "bert@contoso.com"]);
  }, 60_000);

  test("is licensed by the next run once nothing is in the way, though no mailbox came", async () => {
    await locate("anna");
    const preview = await rehearsal.stack.preview();
    expect(changesOf(preview)).toEqual(["update wave2-licenses"]);
    await rehearsal.up();
    expect(await unlicensed()).toEqual(["bert@contoso.com"]);
    await locate("bert");
    await rehearsal.up();
    expect(await unlicensed()).toEqual([]);
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
  }, 120_000);
});

/** With `removeOnDestroy`. Pulumi deletes what depends on a batch before the batch, which alone knew whether it may go. */
describe("licences that destroy takes away again", () => {
  let rehearsal: Rehearsal;

  const licensed = async () =>
    (await rehearsal.lab.state()).mailboxes
      .filter(({ wave, licenses }) => wave !== undefined && licenses.length > 0)
      .map(({ emailAddress }) => emailAddress);

  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: {
        ...smallPlan,
        licenses: { sku: "ENTERPRISEPACK", usageLocation: "US", removeOnDestroy: true },
      },
      files: { ...smallFiles, "mailboxes/wave1.csv": mailboxes(["pilarp", "tobyn", "briant"]) },
    });
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("are not taken while a batch of theirs may not be deleted", async () => {
    expect(await licensed()).toHaveLength(8);
    const destroyed = await rehearsal.stack.destroy();
    expect(destroyed.code).not.toBe(0);
    expect(destroyed.errors).toMatch(
      /wave1: 3 users keep their licences as long as its batches are needed: batch wave1: mail still/,
    );
    expect(await licensed()).toHaveLength(8);
    await rehearsal.up();
    expect(changesOf(await rehearsal.stack.preview())).toEqual([]);
  }, 120_000);

  test("are taken once the batches may be deleted, and not from one whom another wave has taken over", async () => {
    await rehearsal.reach("route");
    await rehearsal.lab.advance(73 * 3600);
    await rehearsal.up();
    await rehearsal.lab.advance(3600);
    await rehearsal.stack.write("mailboxes/wave1.csv", mailboxes(["tobyn", "briant"]));
    await rehearsal.up();
    await rehearsal.stack.write(
      "mailboxes/wave2.csv",
      `${smallFiles["mailboxes/wave2.csv"]}\npilarp@contoso.com\n`,
    );
    await rehearsal.up();
    await rehearsal.lab.advance(24 * 3600);
    await rehearsal.change((plan) => withWave(plan, "wave1", { phase: "created" }));
    await rehearsal.up();
    expect(await licensed()).toEqual(expect.arrayContaining(["pilarp@contoso.com"]));
    expect(await licensed()).toHaveLength(6);
  }, 120_000);

  test("are taken from those who have them from the migration by destroy", async () => {
    const destroyed = await rehearsal.stack.destroy();
    expect(destroyed.errors).toBe("");
    expect(await licensed()).toEqual(["pilarp@contoso.com"]);
  }, 120_000);
});

test("licences are not taken from a wave that is renamed on the way back from retire, with removeOnDestroy", async () => {
  const licenses = { sku: "ENTERPRISEPACK", usageLocation: "US", removeOnDestroy: true };
  const rehearsal = await rehearse({ plan: { ...smallPlan, licenses } });
  try {
    await jumpTo(rehearsal, "connect");
    await rehearsal.reach("retire");
    await rehearsal.lab.advance(120);
    const licensed = async () =>
      (await rehearsal.lab.state()).mailboxes.filter((one) => one.licenses.length > 0).length;
    const before = await licensed();
    expect(before).toBeGreaterThan(0);
    await rehearsal.stage("route");
    await rehearsal.change((plan) => withWave(plan, "wave2", { name: "renamed" }));
    expect(changesOf(await rehearsal.up())).toEqual(expect.arrayContaining(["delete wave2-licenses"]));
    expect(await licensed()).toBe(before);
  } finally {
    await rehearsal.close();
  }
}, 120_000);

/** A plain update asks nobody whether those who were licensed are so still: who looks every night has to be told. */
describe("a licence that somebody has taken by hand", () => {
  let rehearsal: Rehearsal;
  const status = async (live?: Parameters<typeof statusOf>[2]) => {
    const text = JSON.stringify({ deployment: await rehearsal.stack.exportState() });
    return { state: readState(text, "test"), told: statusOf(readState(text, "test"), new Date(), live) };
  };

  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
    const [sku] = (await rehearsal.lab.state()).licenses;
    const taken = await handOf(rehearsal).graph("POST", "/users/tobyn@contoso.com/assignLicense", {
      addLicenses: [],
      removeLicenses: [sku?.skuId],
    });
    expect(taken.status).toBe(200);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is named by the review of drift", async () => {
    const looked = await rehearsal.stack.run("refresh", "--preview-only", "--show-sames");
    const review = reviewOf(readPreview(looked.stdout), { mode: "drift" });
    expect(review.summary).toBe("Changed outside the plan: 1 licence assignment.");
    expect(review.licenses).toEqual([
      expect.objectContaining({
        wave: "wave1",
        verb: "modify",
        mailboxes: 3,
        licensed: 2,
        meaning: expect.stringContaining("has taken the licence from tobyn@contoso.com. pulumi up --refresh"),
      }),
    ]);
  }, 60_000);

  const remedy = /^Run pulumi up --refresh: somebody has taken the licence from tobyn@contoso\.com,/;
  test("is named by mailstage status --live, and by status once a refresh has seen it", async () => {
    const { state, told } = await status();
    expect(told.next.join("\n")).not.toContain("tobyn");
    const { tenant } = parsePlan(rehearsal.lab.planOverrides(rehearsal.plan));
    const before = { ...process.env };
    Object.assign(process.env, rehearsal.lab.environment);
    const live = await askLive(newSession(cloudOf(tenant)), {
      domain: "contoso.com",
      waves: new Map(),
      licenses: licensesOf(state),
      observed: { zone: "contoso.com", nameServers: [] },
    });
    process.env = before;
    expect(live.licenses).toEqual(
      new Map([
        ["wave1", { licensed: 2, lost: ["tobyn@contoso.com"] }],
        ["wave2", { licensed: 5, lost: [] }],
      ]),
    );
    const asked = (await status(live)).told;
    expect(asked.waves).toMatchObject([
      { licensed: 2, lostLicenses: ["tobyn@contoso.com"] },
      { licensed: 5 },
    ]);
    expect(asked.next[0]).toMatch(remedy);

    await rehearsal.stack.refresh();
    const refreshed = (await status()).told;
    expect(refreshed.waves).toMatchObject([{ licensed: 2, synced: 3 }, { licensed: 5 }]);
    expect(refreshed.next[0]).toMatch(remedy);
    const again = await rehearsal.stack.run("refresh", "--preview-only", "--show-sames");
    expect(reviewOf(readPreview(again.stdout), { mode: "drift" }).verdict).toBe("no-change");
  }, 60_000);

  test("is given again by the next update, and then nobody speaks of it", async () => {
    const preview = await rehearsal.stack.preview();
    expect(reviewOf(readPreview(preview.stdout)).licenses).toMatchObject([
      { meaning: expect.stringContaining("what was taken from tobyn@contoso.com is given again") },
    ]);
    expect(changesOf(await rehearsal.up())).toEqual(["update wave1-licenses"]);
    expect((await status()).told.next.join("\n")).not.toContain("tobyn");
  }, 60_000);
});

/** Destroy takes away what the migration gave, and no more, however the plan came to its licence. */
describe("licences that destroy takes away, when the plan has changed to another one", () => {
  const premium = "c7df2760-2c81-4ef7-b578-5b5392b571df";
  const removing = { usageLocation: "US", removeOnDestroy: true };
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: {
        ...smallPlan,
        waves: [{ name: "wave1", csv: "mailboxes/wave1.csv" }],
        licenses: { sku: "ENTERPRISEPACK", ...removing },
      },
      world: (world) => ({
        ...world,
        otherSkus: [{ skuPartNumber: "ENTERPRISEPREMIUM", skuId: premium, seats: 10 }],
      }),
    });
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("are not those that somebody had from another hand before", async () => {
    const given = await handOf(rehearsal).graph("POST", "/users/tobyn@contoso.com/assignLicense", {
      addLicenses: [{ skuId: premium, disabledPlans: [] }],
      removeLicenses: [],
    });
    expect(given.status).toBe(200);
    await rehearsal.change((plan) => ({ ...plan, licenses: { sku: "ENTERPRISEPREMIUM", ...removing } }));
    await rehearsal.up();
    // By its id it is the same licence: whom the migration gave it, it gave it still.
    await rehearsal.change((plan) => ({ ...plan, licenses: { sku: premium, ...removing } }));
    await rehearsal.reach("route");
    await rehearsal.lab.advance(73 * 3600);
    await rehearsal.up();
    await rehearsal.lab.advance(3600);
    expect((await rehearsal.stack.destroy()).errors).toBe("");
    const left = (await rehearsal.lab.state()).mailboxes.filter(({ licenses }) => licenses.includes(premium));
    expect(left.map(({ emailAddress }) => emailAddress)).toEqual(["tobyn@contoso.com"]);
  }, 120_000);
});

/** Who finds no seat is without a licence after the copy, when thirty days are left: a preview is to say it before. */
describe("seats that are too few", () => {
  const lists = {
    "mailboxes/wave1.csv": mailboxes(["pilarp", "tobyn"]),
    "mailboxes/wave2.csv": mailboxes(["anna"]),
  };
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: { ...smallPlan, licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" } },
      files: lists,
      extraMailboxes: ["bert@contoso.com"],
      world: (world) => ({ ...world, sku: { ...world.sku, seats: 2 } }),
    });
  }, 120_000);
  afterAll(() => rehearsal?.close());
  const seats = async (count: number) => {
    const [sku] = (await rehearsal.lab.state()).licenses;
    await handOf(rehearsal).setSeats(sku?.skuId ?? "", count);
  };

  test("are refused for all waves together that begin, though each by itself would find its own", async () => {
    await rehearsal.change((plan) => ({
      ...plan,
      stage: "migrate",
      waive: [{ gate: "stage-order", reason: "the domain was prepared by hand before" }],
    }));
    expect((await rehearsal.stack.preview()).errors).toMatch(
      /has 2 seats left, and 3 are needed by wave\d, wave\d together.*Buy 1 more/,
    );
    // The update counts as the preview does, though one wave is done with when the next is looked at.
    await expect(jumpTo(rehearsal, "migrate")).rejects.toThrow(
      /has 2 seats left, and 3 are needed by wave\d, wave\d together/,
    );
    await seats(3);
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(3600);
  }, 120_000);

  test("are refused in the preview in which a wave begins, counted with those who wait in the others", async () => {
    await rehearsal.stack.write("mailboxes/late.csv", mailboxes(["bert"]));
    const before = rehearsal.plan;
    await rehearsal.change((plan) => ({
      ...plan,
      waves: [{ name: "late", csv: "mailboxes/late.csv", phase: "started" }, ...plan.waves],
    }));
    expect((await rehearsal.stack.preview()).errors).toMatch(
      /has \d seats left, and \d are needed by .*late.* together/,
    );
    await rehearsal.change(() => before);
    expect((await rehearsal.stack.preview()).errors).toBe("");
    await rehearsal.lab.advance(48 * 3600);
    // Who has a licence already needs no seat, and no wave is counted for what it has taken in this run.
    await rehearsal.up();
  }, 120_000);

  test("are refused in the preview in which a wave grows", async () => {
    await rehearsal.stack.write("mailboxes/wave2.csv", mailboxes(["anna", "bert"]));
    expect((await rehearsal.stack.preview()).errors).toContain("has 0 seats left, and 1 is needed");
    await seats(4);
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(changesOf(preview)).toContain("update wave2-licenses");
  }, 120_000);
});
