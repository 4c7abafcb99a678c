import { handOf, jumpTo, withWave } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/** `retryFailed` raised: whoever copies no more is started again, whatever the batch itself says. */
describe("another try", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;
  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = handOf(rehearsal);
    await jumpTo(rehearsal, "connect");
    await hand.setMailboxFault("anna@contoso.com", "transient");
    await rehearsal.stage("migrate");
    await rehearsal.up();
    await rehearsal.lab.advance(3600);
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const wave2 = async () => {
    const { batches } = await rehearsal.lab.state();
    const { status, failedCount } = batches.find(({ name }) => name === "wave2") ?? {};
    return `${status}, ${failedCount} failed`;
  };
  const retry = (retryFailed: number) => rehearsal.change((plan) => withWave(plan, "wave2", { retryFailed }));

  test("is asked for again where its request was lost on the way: the batch looked as if it had begun", async () => {
    expect(await wave2()).toBe("SyncedWithErrors, 1 failed");
    await hand.setFaults([{ kind: "reset", service: "exchange", route: "Start-MigrationBatch", count: 1 }]);
    await retry(1);
    await rehearsal.up();
    await hand.clearFaults();
    await rehearsal.lab.advance(3600);
    expect(await wave2()).toBe("Synced, 0 failed");
  }, 60_000);
});
