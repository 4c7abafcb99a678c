import { joinNames } from "../../src/base/name-list.js";
import { changesOf, handOf, jumpTo, saidBy, withWave } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles, smallPlan } from "./rehearsal.js";
import type { Run } from "./stack.js";

const late = Array.from({ length: 2001 }, (_, index) => `late${String(index + 1).padStart(4, "0")}`);

/** Each edit of the plan or a CSV is previewed as the right kind of change, on the right resource, and nowhere else. */
describe("an edit is previewed as what it is", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  beforeAll(async () => {
    rehearsal = await rehearse({
      plan: {
        ...smallPlan,
        waves: [...smallPlan.waves, { name: "late", csv: "mailboxes/late.csv", phase: "created" }],
      },
      files: { ...smallFiles, "mailboxes/late.csv": mailboxes(late) },
      extraMailboxes: ["frida@contoso.com", "aaron@contoso.com"],
    });
    hand = handOf(rehearsal);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  const step = (run: Run, name: string) => {
    const found = run.changes.find((change) => change.name === name);
    if (found === undefined) throw new Error(`${name} does not change`);
    return found;
  };
  const partsOf = (properties: Readonly<Record<string, unknown>>) => properties["mailboxesByBatch"];
  const members = async (batch: string) =>
    (await rehearsal.lab.state()).batches
      .find(({ name }) => name === batch)
      ?.users.map((user) => user.emailAddress);

  test("the endpoint's name, before there is a batch: a replacement", async () => {
    await jumpTo(rehearsal, "connect");
    const named = (endpointName: string) =>
      rehearsal.change((plan) => ({ ...plan, source: { ...plan.source, endpointName } }));
    await named("another");
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    const replace = preview.changes.find(({ op }) => op === "replace");
    expect(replace).toMatchObject({ name: "endpoint", replaceKeys: ["name"] });
    await named("mailstage");
  }, 120_000);

  test("a wave of 2,001 mailboxes becomes two batches of at most 2,000", async () => {
    await rehearsal.stage("migrate");
    await hand.setMailboxFault("anna@contoso.com", "transient");
    await rehearsal.up();
    const { batches } = await rehearsal.lab.state();
    expect(
      batches.map(({ name, totalCount, startedAt }) => [name, totalCount, startedAt !== undefined]).sort(),
    ).toEqual([
      ["late", 2000, false],
      ["late-2", 1, false],
      ["wave1", 3, true],
      ["wave2", 5, true],
    ]);
  }, 120_000);

  test("another name of a wave that was never started: its batches are deleted first and made anew", async () => {
    const named = (from: string, name: string) => rehearsal.change((plan) => withWave(plan, from, { name }));
    await named("late", "tardy");
    const preview = await rehearsal.stack.preview();
    expect([preview.errors, changesOf(preview)]).toEqual([
      "",
      ["create tardy", "delete late", "update stage"],
    ]);
    for (const [from, name] of [
      ["late", "tardy"],
      ["tardy", "late"],
    ] as const) {
      if (name === "late") await named(from, name);
      await rehearsal.up();
      expect(await members(name)).toHaveLength(2000);
      expect(await members(`${name}-2`)).toHaveLength(1);
      expect(await members(from)).toBeUndefined();
    }
    const { alarms } = await rehearsal.lab.state();
    expect(alarms).toEqual([]);
  }, 120_000);

  test("new passwords alone: no change", async () => {
    await rehearsal.lab.advance(3 * 3600);
    await rehearsal.up();
    await rehearsal.stack.write(
      "mailboxes/wave1.csv",
      (smallFiles["mailboxes/wave1.csv"] ?? "").replaceAll("Pl4nted", "An0ther"),
    );
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(changesOf(preview)).toEqual([]);
  }, 120_000);

  test("rows, notification addresses, servers, TTL, licences and a phase: updates, with the rows' names", async () => {
    const before = await members("late");
    await rehearsal.stack.write(
      "mailboxes/wave1.csv",
      `${smallFiles["mailboxes/wave1.csv"]}frida@contoso.com,Pl4nted-P4ssw0rd!,False\n`,
    );
    await rehearsal.stack.write("mailboxes/wave2.csv", mailboxes(["anna", "bert", "carla", "dieter"]));
    await rehearsal.stack.write("mailboxes/late.csv", mailboxes(["aaron", ...late]));
    await rehearsal.change((plan) => ({
      ...withWave(plan, "wave2", { notificationEmails: ["ops@contoso.com"] }),
      source: { ...plan.source, mailboxPermission: "FullAccess" as const },
      mx: { migrationTtl: 1800 },
      licenses: { sku: "ENTERPRISEPACK", usageLocation: "DE" },
    }));
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(changesOf(preview)).toEqual([
      "update endpoint",
      "update late",
      "update mx",
      "update mx-ttl",
      "update wave1",
      "update wave1-licenses",
      "update wave2",
      "update wave2-licenses",
    ]);
    const said = saidBy(preview);
    expect(said).toContain("wave1: 1 mailbox added: frida");
    expect(said).toContain("wave2: 1 mailbox removed: eva");
    expect(said).toContain("late: 1 mailbox added: aaron");
    expect(partsOf(step(preview, "late").newInputs)).toEqual({
      late: joinNames(late.slice(0, 2000)),
      "late-2": joinNames(["aaron", `${late[2000]}`]),
    });
    expect(step(preview, "wave2")).toMatchObject({
      newInputs: {
        notificationEmails: ["ops@contoso.com"],
        mailboxes: joinNames(["anna", "bert", "carla", "dieter"]),
      },
    });
    expect(step(preview, "endpoint").newInputs).toMatchObject({ mailboxPermission: "FullAccess" });
    expect(step(preview, "mx")).toMatchObject({ oldInputs: { ttl: 3600 }, newInputs: { ttl: 1800 } });
    expect(step(preview, "mx").newInputs["values"]).toEqual(step(preview, "mx").oldInputs["values"]);
    expect(step(preview, "wave1-licenses").newInputs["licenses"]).toMatchObject({ usageLocation: "DE" });

    await rehearsal.change((plan) => ({
      ...plan,
      source: smallPlan.source,
    }));
    await rehearsal.up();
    expect(await members("late")).toEqual(before);
    expect(await members("late-2")).toEqual([`${late[2000]}@contoso.com`, "aaron@contoso.com"]);
    expect(await members("wave1")).toContain("frida@contoso.com");
    expect(await members("wave2")).not.toContain("eva@contoso.com");
    const { zone } = await rehearsal.lab.state();
    expect(zone.find(({ type }) => type === "MX")).toMatchObject({
      ttl: 1800,
      values: ["10 mail.contoso.com"],
    });
  }, 120_000);

  test("a wave's phase: the batch is started, and its users will be licensed", async () => {
    const { plan } = rehearsal;
    await rehearsal.change((before) => withWave(before, "late", { phase: "started" }));
    const preview = await rehearsal.stack.preview();
    await rehearsal.change(() => plan);
    expect(preview.errors).toBe("");
    expect(changesOf(preview)).toEqual(["create late-licenses", "update late", "update stage"]);
    expect(step(preview, "late")).toMatchObject({
      oldInputs: { started: false },
      newInputs: { started: true },
    });
  }, 120_000);

  test("a licence that the tenant does not have: refused, with those it has", async () => {
    const { plan } = rehearsal;
    await rehearsal.change((before) => ({ ...before, licenses: { sku: "SPE_E3", usageLocation: "DE" } }));
    const preview = await rehearsal.stack.preview();
    await rehearsal.change(() => plan);
    expect(preview.errors).toMatch(
      /licence SPE_E3: is not a subscription of the tenant .*It has ENTERPRISEPACK/,
    );
  }, 120_000);

  test("retryFailed, after a mailbox failed for a while: the batch is started again", async () => {
    const failing = async () =>
      (await rehearsal.lab.state()).batches.find(({ name }) => name === "wave2")?.failedCount;
    expect(await failing()).toBe(1);
    await rehearsal.change((plan) => withWave(plan, "wave2", { retryFailed: 1 }));
    const up = await rehearsal.up();
    expect(changesOf(up)).toContain("update wave2");
    expect(step(up, "wave2")).toMatchObject({ oldInputs: { retryFailed: 0 }, newInputs: { retryFailed: 1 } });
    await rehearsal.lab.advance(3600);
    expect(await failing()).toBe(0);
    expect((await rehearsal.lab.state()).alarms).toEqual([]);
  }, 120_000);

  test("notification addresses taken out: Exchange is asked to mail nobody, and it is said where it goes on", async () => {
    const counts = async () => (await hand.requests()).byRoute["exchange Set-MigrationBatch"];
    await hand.clearRequests();
    await rehearsal.change((plan) => ({
      ...plan,
      waves: plan.waves.map(({ notificationEmails: _, ...wave }) => wave),
    }));
    const up = await rehearsal.up();
    expect(changesOf(up)).toContain("update wave2");
    expect(await counts()).toBe(1);
    expect(saidBy(up)).toMatch(
      /batch wave2 still mails ops@contoso\.com about its progress: .* Name in notificationEmails whom/,
    );
  }, 60_000);
});
