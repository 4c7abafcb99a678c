import { handOf, jumpTo, saidBy, withWave } from "./by-hand.js";
import { type Rehearsal, rehearse, smallFiles, smallPlan } from "./rehearsal.js";

/** Exchange deletes a batch in its own time: until it is gone it is nobody's to adopt, and nothing of it counts as begun. */
describe("a batch that Exchange is still deleting", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;
  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: {
        ...smallPlan,
        waves: smallPlan.waves.map((wave) => ({ ...wave, phase: "created" as const })),
      },
      extraMailboxes: ["frida@contoso.com"],
    });
    hand = handOf(rehearsal);
    await jumpTo(rehearsal, "migrate");
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const batches = async () => {
    const { batches: all } = await rehearsal.lab.state();
    return all.map(({ name, status, totalCount }) => `${name} ${status} ${totalCount}`).sort();
  };
  const wave2 = smallPlan.waves.filter(({ name }) => name === "wave2");
  const takenOut = () =>
    rehearsal.change((plan) => ({ ...plan, waves: plan.waves.filter(({ name }) => name !== "wave2") }));

  test("is not taken over by a wave that is put back: the preview says when to come again, and then it is made", async () => {
    const { plan } = rehearsal;
    await takenOut();
    await rehearsal.up();
    expect(await batches()).toEqual(["wave1 Stopped 3", "wave2 Removing 5"]);
    await rehearsal.change(() => plan);
    for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })]) {
      expect(run.code).not.toBe(0);
      expect(run.errors).toMatch(
        /batch wave2: is being deleted by Exchange; .* Run pulumi up again in a minute/,
      );
    }
    await rehearsal.lab.advance(61);
    await rehearsal.up();
    expect(await batches()).toEqual(["wave1 Stopped 3", "wave2 Stopped 5"]);
  }, 120_000);

  test("keeps its mailboxes from another wave until it is gone", async () => {
    const { plan } = rehearsal;
    await takenOut();
    await rehearsal.up();
    await rehearsal.change((without) => ({
      ...without,
      waves: [
        ...without.waves,
        ...wave2.map((wave) => ({ ...wave, name: "later", phase: "created" as const })),
      ],
    }));
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toMatch(
      /wave later: Exchange is still taking 5 mailboxes out of another migration batch: anna@contoso\.com \(wave2\), .* Run pulumi up again in a minute/,
    );
    await rehearsal.lab.advance(61);
    await rehearsal.change(() => plan);
    await rehearsal.up();
  }, 120_000);

  test("keeps no wave in the plan that was never started: it is not taken for one that was", async () => {
    const { plan } = rehearsal;
    await hand.batch("wave2", "remove");
    await takenOut();
    await rehearsal.up();
    await rehearsal.lab.advance(61);
    await rehearsal.change(() => plan);
    await rehearsal.up();
    expect(await batches()).toEqual(["wave1 Stopped 3", "wave2 Stopped 5"]);
  }, 60_000);

  test("is made again by an update that waits for its end, where it was deleted by hand before it was started", async () => {
    await hand.batch("wave2", "remove");
    // A refresh in that minute does not take it for one that had begun.
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "" });
    await rehearsal.stack.write(
      "mailboxes/wave2.csv",
      `${smallFiles["mailboxes/wave2.csv"]}\nfrida@contoso.com`,
    );
    const up = await rehearsal.up();
    expect(saidBy(up)).not.toMatch(/gone from Exchange Online/);
    expect(await batches()).toEqual(["wave1 Stopped 3", "wave2 Stopped 6"]);
    await rehearsal.lab.advance(3600);
    await rehearsal.change((plan) => withWave(plan, "wave2", { phase: "started" }));
    await rehearsal.up();
    await rehearsal.lab.advance(3600);
    expect(await batches()).toEqual(["wave1 Stopped 3", "wave2 Synced 6"]);
  }, 120_000);
});
