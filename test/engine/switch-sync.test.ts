import { handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/** What makes a batch synchronize after the MX switch, which the way into `retire` waits for: Exchange by itself, or mailstage. */
describe.each(["asked", "daily"] as const)(
  "a staged batch that synchronizes again when %s",
  (incrementalSync) => {
    let rehearsal: Rehearsal;
    beforeAll(async () => {
      rehearsal = await rehearse();
      rehearsal.lab.faults.behave({ incrementalSync });
      await handOf(rehearsal).ownDomain();
      await jumpTo(rehearsal, "connect");
      await rehearsal.reach("migrate");
    }, 180_000);
    afterAll(() => rehearsal?.close());

    const batch = async () => {
      const { resources } = await rehearsal.stack.exportState();
      return resources.find(({ urn }) => urn.endsWith("MigrationBatch::wave1"))?.outputs ?? {};
    };
    const lastSynced = async () => (await rehearsal.lab.state()).batches.map((one) => one.lastSyncedAt);

    test("is asked for it once when mail goes to Microsoft 365, and the state says when", async () => {
      await rehearsal.lab.advance(25 * 3600);
      const before = await lastSynced();
      await rehearsal.stage("route");
      const up = await rehearsal.up();
      expect(saidBy(up)).toMatch(/wave1: Exchange was asked to synchronize wave1 once more/);
      const asked = await batch();
      expect(asked["syncAskedAt"]).toEqual({ wave1: expect.stringMatching(/^20/) });
      await rehearsal.lab.advance(1200);
      expect(await lastSynced()).not.toEqual(before);
      const again = await rehearsal.up();
      expect(saidBy(again)).not.toMatch(/was asked to synchronize/);
      expect((await batch())["syncAskedAt"]).toEqual(asked["syncAskedAt"]);
    }, 120_000);

    test("is deleted after the 72 hours", async () => {
      await rehearsal.lab.advance(73 * 3600);
      await rehearsal.stage("retire");
      expect(saidBy(await rehearsal.stack.preview())).toMatch(
        /synced-after-switch: 2 batches synchronized since \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
      );
      await rehearsal.up();
      // The service takes its time to delete them.
      await rehearsal.lab.advance(120);
      const { batches, alarms } = await rehearsal.lab.state();
      expect([batches, alarms]).toEqual([[], []]);
    }, 120_000);
  },
);
