import { handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse } from "./rehearsal.js";

describe("reads of Exchange that lag behind its writes", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({ extraMailboxes: ["frida@contoso.com"] });
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

  test("do not leave a batch behind that is taken out a moment after it was made", async () => {
    await rehearsal.stack.write("mailboxes/late.csv", mailboxes(["frida"]));
    const { plan } = rehearsal;
    rehearsal.lab.faults.set({
      kind: "stale",
      service: "exchange",
      route: "Get-MigrationBatch",
      seconds: 90,
    });
    await rehearsal.change((before) => ({
      ...before,
      waves: [...before.waves, { name: "late", csv: "mailboxes/late.csv", phase: "created" }],
    }));
    await rehearsal.up();
    await rehearsal.change(() => plan);
    await rehearsal.up();
    const { batches } = await rehearsal.lab.state();
    expect(batches.find(({ name }) => name === "late")?.status).toBe("Removing");
  }, 60_000);
});
