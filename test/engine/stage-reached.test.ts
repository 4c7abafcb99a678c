import { handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/** A stage counts as reached when its work is done, and a gate is asked until then, whatever a run without a preview left behind. */
describe("a stage whose work failed", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  const mx = async () =>
    (await rehearsal.lab.state()).zone.find(({ name, type }) => name === "contoso.com" && type === "MX")
      ?.values;
  const failed = async () => {
    const run = await rehearsal.stack.up({ skipPreview: true });
    expect(run.code).not.toBe(0);
    return run.errors;
  };

  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = handOf(rehearsal);
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("is not passed over, one refused up after the other, and can be left backwards", async () => {
    await rehearsal.reach("prepare");
    await hand.setFaults([{ kind: "503", service: "dns", route: "UPDATE" }]);
    await rehearsal.stage("verify");
    expect(await failed()).toMatch(/SERVFAIL/);
    for (const stage of ["connect", "migrate", "route"] as const) {
      await rehearsal.stage(stage);
      expect(await failed()).toMatch(
        new RegExp(
          `stage ${stage}: cannot be entered: stage verify was begun, but not all of its work was done`,
        ),
      );
    }
    await hand.clearFaults();
    await rehearsal.stage("prepare");
    await rehearsal.up();
    await rehearsal.reach("verify");
  }, 240_000);

  test("keeps its gate shut for what came meanwhile", async () => {
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
    await hand.setFaults([{ kind: "503", service: "dns", route: "UPDATE" }]);
    await rehearsal.stage("route");
    expect(await failed()).toMatch(/SERVFAIL/);
    await hand.clearFaults();
    const taken = { Identity: "eva@contoso.com", Confirm: false };
    expect(await hand.invoke("Remove-MigrationUser", taken)).toMatchObject({ status: 200 });
    const refused = await rehearsal.stack.up({ skipPreview: true });
    expect(refused.errors).toMatch(/wave wave2: 1 mailbox is in no migration batch: eva@contoso.com/);
    expect(saidBy(refused)).toMatch(/set stage: migrate in the plan and go on with pulumi up/);
    expect(await mx()).toEqual(["10 mail.contoso.com"]);
    await rehearsal.stage("retire");
    expect(await failed()).toMatch(/stage retire: cannot be entered: stage route was begun/);
    await rehearsal.stage("migrate");
    await rehearsal.stack.refresh();
    await rehearsal.up();
    await rehearsal.lab.advance(24 * 3600);
    await rehearsal.up();
    await rehearsal.stage("route");
    const done = await rehearsal.up();
    expect(done.steps.find(({ name }) => name === "stage-reached")?.newInputs).toMatchObject({
      stage: "route",
    });
    expect(await mx()).toEqual(["0 contoso-com.mail.protection.outlook.com"]);
    const again = await rehearsal.up();
    expect(again.changes).toEqual([]);
  }, 240_000);
});

describe("an update of the resource that closes a stage alone", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
    await rehearsal.reach("prepare");
  }, 60_000);
  afterAll(() => rehearsal?.close());

  test.each(["verify", "connect"] as const)(
    "closes none: %s",
    async (stage) => {
      await rehearsal.stage(stage);
      const { resources } = await rehearsal.stack.exportState();
      const { urn = "" } = resources.find(({ type }) => type.endsWith(":StageReached")) ?? {};
      const { code, errors } = await rehearsal.stack.run("up", "--yes", "--skip-preview", "--target", urn);
      expect(code).not.toBe(0);
      expect(errors).toMatch(
        new RegExp(`stage ${stage}: does not count as done by a run .* Run pulumi up without --target`),
      );
    },
    60_000,
  );
});
