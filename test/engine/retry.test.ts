import { handOf, jumpTo, withWave } from "./by-hand.js";
import type { Step } from "./events.js";
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

/** Its mailboxes were copied before the stop, and what has changed on premises since is on its way again. */
describe("a stopped batch that an update starts again", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    const hand = handOf(rehearsal);
    await rehearsal.change((plan) => withWave(plan, "wave2", { phase: "converted" }));
    await hand.setMailboxFault("eva@contoso.com", "slow");
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(900);
    await hand.batch("wave2", "stop");
    await rehearsal.lab.advance(60);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const ofWave2 = (steps: readonly Step[]) =>
    steps.flatMap(({ op, urn }) => (/wave2/.test(urn) ? [`${op} ${urn.replace(/.*::/, "")}`] : []));

  test("licenses those who were copied, as the preview says, and converts nobody of them yet", async () => {
    const { previewed, changes } = await rehearsal.up();
    expect(ofWave2(previewed)).toEqual(["update wave2", "update wave2-licenses"]);
    expect(ofWave2(changes)).toEqual(["update wave2", "update wave2-licenses"]);
  }, 60_000);

  test("has nothing to change at once afterwards, and converts them when they are synchronized", async () => {
    expect((await rehearsal.stack.preview()).changes).toEqual([]);
    await rehearsal.lab.advance(900);
    const { previewed, changes, diagnostics } = await rehearsal.up();
    expect(ofWave2(previewed)).toEqual(["update wave2-conversion"]);
    expect(ofWave2(changes)).toEqual(["update wave2-conversion"]);
    expect(diagnostics.map(({ message }) => message).join("\n")).toMatch(/wave2: 4 mailboxes converted/);
  }, 60_000);
});
