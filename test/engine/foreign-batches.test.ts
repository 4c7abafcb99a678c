import type { PlanInput } from "../../src/plan/index.js";
import { changesOf, copied, handOf, jumpTo, saidBy, withWave } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles, smallPlan } from "./rehearsal.js";

/** What somebody else does beside the program, and what is known of it. */
function besides(rehearsal: Rehearsal) {
  const hand = handOf(rehearsal);
  const guidOf = async (name: string) => {
    const batches = await hand.rows("Get-MigrationBatch");
    return batches.find((row) => row["Identity"] === name)?.["BatchGuid"];
  };
  return {
    ...hand,
    guidOf,
    /** Makes a batch as in the admin center, at the plan's endpoint. */
    async make(name: string, rows: string, endpoint = "mailstage") {
      const answer = await hand.invoke("New-MigrationBatch", {
        Name: name,
        CSVData: Buffer.from(rows).toString("base64"),
        SourceEndpoint: endpoint,
      });
      expect(answer.status).toBe(200);
      return guidOf(name);
    },
    /** Exchange's ids of a wave's batches, as state has them. */
    async kept(wave: string) {
      const { resources } = await rehearsal.stack.exportState();
      return resources.find(({ urn }) => urn.endsWith(`MigrationBatch::${wave}`))?.outputs?.["batchGuids"];
    },
  };
}

const at = (stage: PlanInput["stage"]) => (plan: PlanInput) => ({ ...plan, stage });

/** A batch is the one that was made by its id; a name that looks like a wave's own proves nothing. */
describe("a batch of somebody else that is called like one of a wave", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof besides>;

  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: withWave(smallPlan, "wave2", { phase: "created" }),
      extraMailboxes: ["frida@contoso.com", "greta@contoso.com"],
    });
    hand = besides(rehearsal);
    await jumpTo(rehearsal, "migrate");
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("is not deleted for a wave that takes all its mailboxes over, when the wave of that name leaves", async () => {
    const guid = await hand.make("wave2-2", mailboxes(["frida"]));
    await rehearsal.stack.write(
      "mailboxes/wave2.csv",
      `${smallFiles["mailboxes/wave2.csv"]}\nfrida@contoso.com`,
    );
    await rehearsal.change((plan) => withWave(plan, "wave2", { name: "sales" }));
    for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })])
      expect(run.errors).toMatch(
        /wave sales: 1 mailbox is in another migration batch already: frida@contoso.com \(wave2-2\)/,
      );
    expect(await hand.guidOf("wave2-2")).toBe(guid);
  }, 120_000);

  test("keeps no wave in the plan, though it was started", async () => {
    await hand.batch("wave2-2", "start");
    await rehearsal.stack.write("mailboxes/wave2.csv", smallFiles["mailboxes/wave2.csv"] ?? "");
    const up = await rehearsal.up();
    expect(changesOf(up)).toEqual(expect.arrayContaining(["create sales", "delete wave2"]));
    expect(await hand.guidOf("wave2-2")).toBeDefined();
    await hand.removeBatch("wave2-2");
  }, 120_000);

  test("is not deleted for a wave of its very name that was refused and is renamed; what helps is said", async () => {
    rehearsal.expectAlarms([{ code: "not-asked-for", subject: "byhand" }]);
    await hand.createEndpoint("byhand");
    const guid = await hand.make("late", mailboxes(["greta"]), "byhand");
    await rehearsal.stack.write("mailboxes/late.csv", mailboxes(["greta"]));
    const before = rehearsal.plan;
    const withLate = async () => {
      await rehearsal.change(() => ({
        ...before,
        waves: [...before.waves, { name: "late", csv: "mailboxes/late.csv", phase: "created" }],
      }));
      expect((await rehearsal.stack.up({ skipPreview: true })).errors).toMatch(
        /batch late: exists already with endpoint byhand/,
      );
    };
    await withLate();
    await rehearsal.change((plan) => withWave(plan, "late", { name: "tardy" }));
    for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })])
      expect(run.errors).toMatch(
        /batch late: holds mailboxes that another wave takes over from late, which leaves the plan, and is not deleted: .* no id of it/,
      );
    expect(await hand.guidOf("late")).toBe(guid);
    await withLate();
    await hand.batch("late", "start");
    const waive: PlanInput["waive"] = [{ gate: "stage-order", reason: "late is of the other team" }];
    await rehearsal.change(() => before);
    expect((await rehearsal.stack.preview()).errors).toMatch(
      /batch late: has been started, and the stack's state has no id of it: .* Where it is somebody else's, waive stage-order/,
    );
    await rehearsal.change(() => ({ ...before, waive }));
    await rehearsal.up();
    await rehearsal.change(() => before);
    expect(changesOf(await rehearsal.up())).toEqual(["update stage"]);
    expect(await hand.guidOf("late")).toBe(guid);
    await hand.removeBatch("late");
  }, 120_000);
});

/** Somebody deletes a batch that this stack made, and makes one of that name. */
describe("a batch that somebody made anew under the name of this stack's", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof besides>;

  /** Deletes the batch and makes one of its name, with the wave's own mailboxes or others. */
  const remake = async (name: string, rows: string) => {
    const former = await hand.guidOf(name);
    await hand.removeBatch(name);
    const guid = await hand.make(name, rows);
    expect([former, guid]).toEqual([expect.any(String), expect.any(String)]);
    expect(guid).not.toBe(former);
    return { former, guid };
  };

  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = besides(rehearsal);
    rehearsal.expectAlarms([{ code: "batch-removed-early", subject: "wave1" }]);
    await jumpTo(rehearsal, "migrate");
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("is not taken over by a refresh", async () => {
    await rehearsal.lab.advance(600);
    const rows = smallFiles["mailboxes/wave1.csv"] ?? "";
    const { former, guid } = await remake("wave1", rows);
    const refresh = await rehearsal.stack.refresh();
    expect(refresh.errors).toBe("");
    expect(await hand.kept("wave1")).toEqual({ wave1: former });
    expect(await hand.guidOf("wave1")).toBe(guid);
  }, 120_000);
});

describe("from retire on, a batch that somebody made under the name of this stack's, or one that looks like it", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof besides>;
  const others = ["frida", "greta"];
  const standing = async () => {
    await rehearsal.lab.advance(120);
    return (await rehearsal.lab.state()).batches.map(({ name }) => name).sort();
  };

  beforeAll(async () => {
    rehearsal = await rehearse({ extraMailboxes: others.map((local) => `${local}@contoso.com`) });
    hand = besides(rehearsal);
    await copied(rehearsal);
    await rehearsal.change((plan) => ({
      ...at("route")(plan),
      waive: [{ gate: "mailboxes-listed", reason: "these move by hand" }],
    }));
    await rehearsal.lab.advance(25 * 3600);
    await rehearsal.up();
    await rehearsal.lab.advance(73 * 3600);
    await hand.removeBatch("wave1");
    await hand.make("wave1", mailboxes(["frida"]));
    await hand.make("wave2-2", mailboxes(["greta"]));
    rehearsal.expectAlarms(
      others.map((local) => ({ code: "mail-lost", subject: `${local}@contoso.com` }) as const),
    );
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("is left as it is, and said", async () => {
    const guid = await hand.guidOf("wave1");
    await rehearsal.stage("retire");
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/batch wave1 is not the one this stack made: it is left as it is/);
    expect(saidBy(up)).toMatch(/batch wave2 deleted/);
    expect(await standing()).toEqual(["wave1", "wave2-2"]);
    expect(await hand.guidOf("wave1")).toBe(guid);
  }, 120_000);

  test("has no batch made again on the way back, which would copy anew", async () => {
    await hand.removeBatch("wave1");
    await rehearsal.stage("route");
    await rehearsal.up();
    expect(await standing()).toEqual(["wave2-2"]);
    await rehearsal.stage("retire");
    await rehearsal.up();
  }, 120_000);

  test("keeps complete shut under the very name, which is said with what to do; under another it does not", async () => {
    await hand.make("wave1", mailboxes(["frida"]));
    await rehearsal.stage("complete");
    expect((await rehearsal.stack.preview()).errors).toMatch(
      /stage complete: cannot be entered: batches are not deleted yet: wave1\. .*One that this stack did not make stays: delete it with Remove-MigrationBatch/,
    );
    await hand.removeBatch("wave1");
    await rehearsal.up();
    expect(await standing()).toEqual(["wave2-2"]);
  }, 120_000);
});

test("destroy leaves a batch that somebody made under the name of this stack's, and says so", async () => {
  const created = { phase: "created" } as const;
  const rehearsal = await rehearse({
    plan: withWave(withWave(smallPlan, "wave1", created), "wave2", created),
  });
  const hand = besides(rehearsal);
  await jumpTo(rehearsal, "migrate");
  await hand.removeBatch("wave1");
  const guid = await hand.make("wave1", smallFiles["mailboxes/wave1.csv"] ?? "");
  const destroy = await rehearsal.stack.destroy();
  expect(saidBy(destroy)).toMatch(/batch wave1 is not the one this stack made: it is left as it is/);
  await rehearsal.lab.advance(120);
  expect((await rehearsal.lab.state()).batches.map(({ name }) => name)).toEqual(["wave1"]);
  expect(await hand.guidOf("wave1")).toBe(guid);
  await rehearsal.close();
}, 120_000);
