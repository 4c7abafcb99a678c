import { changesOf, handOf, jumpTo } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/** Pulumi asks one resource after the other: a list for each wave would make a preview of fifty waves wait for fifty. */
describe("a tenant with several waves under way", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is asked for its batches once a preview, not once a wave and question", async () => {
    rehearsal.lab.clearRequests();
    const preview = await rehearsal.stack.preview();
    expect(changesOf(preview)).toEqual([]);
    expect(rehearsal.lab.requests().byRoute).toMatchObject({ "exchange Get-MigrationBatch": 1 });
  }, 60_000);

  test("is asked for users and subscriptions once for all waves whose mailboxes have arrived", async () => {
    await rehearsal.lab.advance(48 * 3600);
    rehearsal.lab.clearRequests();
    // A preview is a run of its own, and reads for itself.
    await rehearsal.up({ skipPreview: true });
    const { byRoute } = rehearsal.lab.requests();
    expect(byRoute).toMatchObject({ "graph GET /subscribedSkus": 1 });
    // One page before the licences for both, and one after them, or two where a wave was done before the other began.
    expect(byRoute["graph GET /users"]).toBeLessThanOrEqual(3);
    const { mailboxes } = await rehearsal.lab.state();
    expect(mailboxes.filter(({ wave }) => wave !== undefined).map(({ licenses }) => licenses.length)).toEqual(
      Array(8).fill(1),
    );
  }, 120_000);

  test("is asked once an update for each batch that its list lacks", async () => {
    const names = ["wave1", "wave2"];
    rehearsal.expectAlarms(names.map((subject) => ({ code: "batch-removed-early", subject })));
    for (const name of names) await handOf(rehearsal).removeBatch(name);
    rehearsal.lab.clearRequests();
    await rehearsal.up({ skipPreview: true });
    // A list when the waves are looked at, one when each is brought up to date, and once each by its name.
    expect(rehearsal.lab.requests().byRoute["exchange Get-MigrationBatch"]).toBeLessThanOrEqual(5);
  }, 60_000);
});
