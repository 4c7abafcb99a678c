import { handOf, jumpTo } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

describe("reads of Exchange that lag behind its writes", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await handOf(rehearsal).ownDomain();
    await jumpTo(rehearsal, "connect");
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const statuses = async () => {
    const { resources } = await rehearsal.stack.exportState();
    return resources
      .filter(({ type }) => type.endsWith(":MigrationBatch"))
      .map(({ outputs }) => outputs["status"]);
  };

  test("do not let a batch that was just made count as gone, and one that did is found again", async () => {
    rehearsal.lab.faults.set({
      kind: "stale",
      service: "exchange",
      route: "Get-MigrationBatch",
      seconds: 90,
    });
    await rehearsal.stage("migrate");
    await rehearsal.up();
    expect(await statuses()).toEqual(["Syncing", "Syncing"]);
    await rehearsal.up();
    expect(await statuses()).toEqual(["Syncing", "Syncing"]);
    rehearsal.lab.faults.clear();
    await rehearsal.up();
    expect(await statuses()).toEqual(["Syncing", "Syncing"]);
    const { batches, goneBatches, alarms } = await rehearsal.lab.state();
    expect(batches.map(({ name }) => name).sort()).toEqual(["wave1", "wave2"]);
    expect([goneBatches, alarms]).toEqual([[], []]);
  }, 120_000);
});
