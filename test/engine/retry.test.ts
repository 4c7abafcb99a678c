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
    await hand.setMailboxFault("tobyn@contoso.com", "slow");
    await rehearsal.stage("migrate");
    await rehearsal.up();
    await rehearsal.lab.advance(900);
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const batch = async (wave: string) => {
    const { batches } = await rehearsal.lab.state();
    const { status, failedCount, syncedCount } = batches.find(({ name }) => name === wave) ?? {};
    return `${status}, ${syncedCount} synced, ${failedCount} failed`;
  };
  const retry = (wave: string) => rehearsal.change((plan) => withWave(plan, wave, { retryFailed: 1 }));

  test("starts a mailbox that somebody has stopped in a batch that is synced, as the way into route says", async () => {
    await hand.cmdlet("Stop-MigrationUser", { Identity: "tobyn@contoso.com", Confirm: false });
    expect(await batch("wave1")).toBe("Synced, 2 synced, 0 failed");
    await rehearsal.stage("route");
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toMatch(
      /1 mailbox is stopped .* tobyn@contoso\.com.* raise retryFailed of the wave and run pulumi up at stage migrate/,
    );
    await rehearsal.stage("migrate");
    await retry("wave1");
    await rehearsal.up();
    await rehearsal.lab.advance(3 * 3600);
    expect(await batch("wave1")).toBe("Synced, 3 synced, 0 failed");
  }, 60_000);

  test("is asked for again where its request was lost on the way: the batch looked as if it had begun", async () => {
    expect(await batch("wave2")).toBe("SyncedWithErrors, 4 synced, 1 failed");
    await hand.setFaults([{ kind: "reset", service: "exchange", route: "Start-MigrationBatch", count: 1 }]);
    await retry("wave2");
    await rehearsal.up();
    await hand.clearFaults();
    await rehearsal.lab.advance(3600);
    expect(await batch("wave2")).toBe("Synced, 5 synced, 0 failed");
  }, 60_000);
});
