import { changesOf, handOf, jumpTo, saidBy, withWave } from "./by-hand.js";
import { type Rehearsal, rehearse, smallFiles } from "./rehearsal.js";

/** A batch that is gone: only who was seen Synced before counts as copied. */
describe("a migration batch that vanishes", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;
  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = handOf(rehearsal);
    await hand.ownDomain();
    await jumpTo(rehearsal, "connect");
    await hand.setMailboxFault("tobyn@contoso.com", "slow");
    await rehearsal.stage("migrate");
    await rehearsal.change((plan) =>
      withWave(withWave(plan, "wave1", { phase: "converted" }), "wave2", { phase: "started" }),
    );
    await rehearsal.up();
  }, 180_000);
  afterAll(() => rehearsal?.close());

  /** Who has no mailbox on premises any more. */
  const converted = async () => {
    const { directory, mailboxes: people } = await rehearsal.lab.state();
    const without = (local: string | undefined) =>
      directory.find(({ dn }) => dn.startsWith(`CN=${local},`))?.attributes["homeMDB"] === undefined;
    return people.flatMap(({ emailAddress }) => {
      const [local = ""] = emailAddress.split("@");
      return without(local) ? [local] : [];
    });
  };
  const outputsOf = async (name: string) => {
    const { resources } = await rehearsal.stack.exportState();
    return resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
  };

  test("a minute after it was made is not concluded to be gone, and nobody is converted", async () => {
    await rehearsal.lab.advance(60);
    await hand.removeBatch("wave1");
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/wave wave1: Exchange Online does not show wave1, made a few minutes ago/);
    expect(await outputsOf("wave1")).toMatchObject({ status: "Syncing" });
    expect(await converted()).toEqual([]);
  }, 120_000);

  test("before it was copied is an error of the preview and of the update, and nobody is converted or licensed", async () => {
    await rehearsal.lab.advance(600);
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toMatch(
      /wave wave1: wave1 is gone from Exchange Online, and 3 mailboxes were never seen Synced: briant, pilarp, tobyn/,
    );
    const up = await rehearsal.stack.up();
    expect(up.code).not.toBe(0);
    expect(up.errors).toMatch(/3 mailboxes were never seen Synced/);
    expect(await converted()).toEqual([]);
    expect(await outputsOf("wave1")).toMatchObject({ status: "Removed", uncopied: 3, synced: 0 });
    const { mailboxes: people, alarms } = await rehearsal.lab.state();
    expect(people.filter(({ wave, licenses }) => wave === "wave1" && licenses.length > 0)).toEqual([]);
    expect(alarms).toEqual([]);
  }, 120_000);

  test("is settled by a wave of a new name, which copies its mailboxes again", async () => {
    await rehearsal.change((plan) => withWave(plan, "wave1", { name: "again" }));
    const up = await rehearsal.up();
    expect(changesOf(up)).toEqual(expect.arrayContaining(["create again", "delete wave1"]));
    await rehearsal.lab.advance(1200);
    await rehearsal.up();
    // One is slow: the others were copied.
    expect((await converted()).sort()).toEqual(["briant", "pilarp"]);
  }, 120_000);

  test("with one mailbox uncopied is settled by moving that one; the others go by what was seen", async () => {
    rehearsal.expectAlarms([{ code: "batch-removed-early", subject: "again" }]);
    await hand.removeBatch("again");
    await rehearsal.lab.advance(600);
    const refused = await rehearsal.stack.up();
    expect(refused.errors).toMatch(
      /again is gone from Exchange Online, and 1 mailbox was never seen Synced: tobyn/,
    );
    // Each keeps the password of its row.
    const rows = (smallFiles["mailboxes/wave1.csv"] ?? "").split("\n");
    const without = (left: RegExp) => rows.filter((row) => !left.test(row)).join("\n");
    await rehearsal.stack.write("mailboxes/wave1.csv", without(/^tobyn/));
    await rehearsal.stack.write("mailboxes/late.csv", without(/^(pilarp|briant)/));
    await rehearsal.change((plan) => ({
      ...plan,
      waves: [...plan.waves, { name: "late", csv: "mailboxes/late.csv", phase: "converted" }],
      waive: [{ gate: "mailboxes-removed", reason: "the batch of again was deleted by mistake" }],
    }));
    const up = await rehearsal.up();
    expect(saidBy(up)).not.toMatch(/never seen Synced/);
    await rehearsal.lab.advance(24 * 3600);
    await rehearsal.up();
    expect((await converted()).sort()).toEqual(["briant", "pilarp", "tobyn"]);
  }, 120_000);

  test("after all of it was seen Synced keeps nobody from being converted", async () => {
    expect(await outputsOf("wave2")).toMatchObject({ status: "Synced", uncopied: 0 });
    rehearsal.expectAlarms([{ code: "batch-removed-early", subject: "wave2" }]);
    await hand.removeBatch("wave2");
    await rehearsal.lab.advance(600);
    await rehearsal.change((plan) => withWave(plan, "wave2", { phase: "converted" }));
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/wave2: 5 mailboxes converted to mail users/);
    expect(changesOf(await rehearsal.up())).toEqual([]);
  }, 120_000);

  test("is told in the preview of a change of its list, of which nothing comes", async () => {
    const rows = (smallFiles["mailboxes/wave2.csv"] ?? "").split("\n");
    await rehearsal.stack.write("mailboxes/wave2.csv", rows.filter((row) => !/^eva/.test(row)).join("\n"));
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(saidBy(preview)).toMatch(/batch wave2 is gone from Exchange Online .* it is not created again/);
  }, 120_000);
});

/** Its batches move on in the next update, which alone will have told the wave's other resources what a refresh has seen. */
describe("a migration batch that a refresh saw Synced, and that is deleted by hand then", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.change((plan) =>
      withWave(withWave(plan, "wave1", { phase: "converted" }), "wave2", { phase: "started" }),
    );
    await rehearsal.up();
    await rehearsal.lab.advance(24 * 3600);
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "" });
    rehearsal.expectAlarms([
      { code: "batch-removed-early", subject: "wave1" },
      { code: "batch-removed-early", subject: "wave2" },
    ]);
    await handOf(rehearsal).batch("wave1", "remove");
    await handOf(rehearsal).batch("wave2", "remove");
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is told in the preview by whom the update licenses and converts, while Exchange deletes it", async () => {
    const preview = await rehearsal.stack.preview();
    expect(saidBy(preview)).toMatch(/wave1: 3 mailboxes become mail users/);
    expect(changesOf(preview)).toEqual(
      expect.arrayContaining(["update wave1-conversion", "update wave1-licenses", "update wave2-licenses"]),
    );
  }, 60_000);

  test("also where the plan has its users converted only then", async () => {
    await rehearsal.change((plan) => withWave(plan, "wave2", { phase: "converted" }));
    expect(saidBy(await rehearsal.stack.preview())).toMatch(/wave2: 5 mailboxes become mail users/);
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/wave1: 3 mailboxes converted to mail users/);
    expect(saidBy(up)).toMatch(/wave2: 5 mailboxes converted to mail users/);
  }, 60_000);
});
