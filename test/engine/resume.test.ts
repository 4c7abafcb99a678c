import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSnapshot } from "../../src/on-premises/directory/index.js";
import { changesOf, handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles } from "./rehearsal.js";
import type { Running } from "./stack.js";

const many = Array.from({ length: 497 }, (_, index) => `user${String(index + 1).padStart(3, "0")}`);

/** Waits for a moment within a command, and fails when the command ends before. */
async function during(running: Running, reached: () => boolean): Promise<void> {
  let ended = false;
  void running.ended.finally(() => (ended = true));
  while (!reached()) {
    if (ended) throw new Error(`the command ended too soon: ${(await running.ended).errors}`);
    await sleep(2);
  }
}

const converted = (rehearsal: Rehearsal) =>
  rehearsal.change((plan) => ({
    ...plan,
    waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" as const })),
  }));

/** The lab's own account of a migration that has come as far as conversion: everything once, nothing lost. */
async function expectConverged(rehearsal: Rehearsal): Promise<void> {
  const { batches, mailboxes: people, directory, alarms, domains } = await rehearsal.lab.state();
  const listed = people.filter(({ wave }) => wave !== undefined);
  expect(batches.map(({ name, status, totalCount }) => `${name} ${status} ${totalCount}`).sort()).toEqual([
    "wave1 Synced 3",
    `wave2 Synced ${listed.length - 3}`,
  ]);
  expect(domains.filter(({ id }) => id === "contoso.com")).toHaveLength(1);
  for (const { emailAddress, licenses } of listed)
    expect([emailAddress, licenses.length]).toEqual([emailAddress, 1]);
  const stillMailboxes = directory.filter(
    ({ attributes }) => attributes["homeMDB"] !== undefined && attributes["mail"] !== undefined,
  );
  expect(stillMailboxes).toEqual([]);
  expect(alarms).toEqual([]);
  // The engine goes on warning of creations that were cut off until it is told, as its warning says, that they are settled.
  const cleared = await rehearsal.stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  expect(cleared.errors).toBe("");
  const preview = await rehearsal.stack.preview();
  expect(preview.errors).toBe("");
  expect(changesOf(preview)).toEqual([]);
  expect((await rehearsal.stack.exportState()).pending_operations).toEqual([]);
}

describe("a pulumi up that is interrupted", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  beforeAll(async () => {
    rehearsal = await rehearse({ files: { ...smallFiles, "mailboxes/wave2.csv": mailboxes(many) } });
    hand = handOf(rehearsal);
    await jumpTo(rehearsal, "connect");
    await rehearsal.goOnReal();
    await rehearsal.stage("migrate");
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("killed with a batch made and not yet reported: it is not made twice", async () => {
    rehearsal.lab.faults.set({ kind: "hang-after", route: "New-MigrationBatch", skip: 1 });
    const running = rehearsal.stack.start("up", "--yes", "--skip-preview");
    await during(running, () => rehearsal.lab.faults.list().some(({ hits }) => hits > 0));
    running.kill("SIGKILL");
    expect((await running.ended).code).toBeNull();
    await hand.clearFaults();
    await rehearsal.stack.cancel();
    expect((await rehearsal.lab.state()).batches).toHaveLength(2);
    await rehearsal.up({ skipPreview: true });
    const { batches } = await rehearsal.lab.state();
    expect(batches.map(({ name, totalCount }) => `${name} ${totalCount}`).sort()).toEqual([
      "wave1 3",
      "wave2 497",
    ]);
  }, 120_000);

  test("interrupted with Ctrl-C while users are licensed: it ends within five seconds and can be used again", async () => {
    await rehearsal.lab.advance(48 * 3600);
    rehearsal.lab.clearRequests();
    await hand.behave({ latencyMs: 300 });
    const running = rehearsal.stack.start("up", "--yes", "--skip-preview");
    await during(running, () => rehearsal.lab.requests().byRoute["graph POST /$batch"] !== undefined);
    const asked = performance.now();
    running.kill("SIGINT");
    const run = await running.ended;
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(run.code).not.toBe(0);
    await hand.behave({ latencyMs: 0 });
  }, 120_000);

  test("killed in the middle of a conversion: the next one finishes it", async () => {
    await rehearsal.stack.cancel();
    await converted(rehearsal);
    const before = rehearsal.lab.requests().directory.modify;
    const running = rehearsal.stack.start("up", "--yes", "--skip-preview");
    await during(running, () => rehearsal.lab.requests().directory.modify >= before + 20);
    running.kill("SIGKILL");
    expect((await running.ended).code).toBeNull();
    expect(rehearsal.lab.requests().directory.modify).toBeLessThan(before + 500);
    // One atomic modify a user: each is whole as before or whole as after, and everybody was saved before the first write.
    const { directory, mailboxes: people } = await rehearsal.lab.state();
    const addresses = new Set(people.filter(({ wave }) => wave !== undefined).map((one) => one.emailAddress));
    const users = directory.filter(({ attributes }) => addresses.has(attributes["mail"]?.[0] ?? ""));
    expect(users).toHaveLength(500);
    for (const { dn, attributes } of users)
      expect([dn, "homeMDB" in attributes]).toEqual([dn, !("msExchPoliciesExcluded" in attributes)]);
    const files = ["wave1", "wave2"].map((wave) =>
      join(rehearsal.stack.folder, `snapshots/test/${wave}.jsonl`),
    );
    const snapshots = await Promise.all(files.filter((file) => existsSync(file)).map(readSnapshot));
    const saved = new Set(snapshots.flat().map(({ dn }) => dn));
    const done = users.filter(({ attributes }) => !("homeMDB" in attributes)).map(({ dn }) => dn);
    expect(done.filter((dn) => !saved.has(dn))).toEqual([]);
    await rehearsal.stack.cancel();
    await rehearsal.up({ skipPreview: true });
    await expectConverged(rehearsal);
  }, 120_000);
});
