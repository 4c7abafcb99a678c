import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import { changesOf } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const tenants = "include:spf.protection.outlook.com";

/**
 * Found by a random migration: with RFC 2136 the journal still knew whose the tenant's senders in the SPF policy were, and the first
 * update at `verify` took them out from under users who were converted, which no review had said.
 */
describe("an SPF policy that names the tenant, once the state is lost and the migration begun anew", () => {
  let rehearsal: Rehearsal;
  const policy = async () =>
    (await rehearsal.lab.state()).zone
      .find(({ name, type }) => name === "contoso.com" && type === "TXT")
      ?.values.find((value) => value.startsWith("v=spf1"));
  const review = async () => {
    const { zones } = reviewOf(readPreview((await rehearsal.stack.preview()).stdout));
    return zones.flatMap(({ records }) => records).find(({ type }) => type === "TXT");
  };

  beforeAll(async () => {
    const waves = smallPlan.waves.map((wave) => ({ ...wave, phase: "created" as const }));
    rehearsal = await rehearse({ plan: { ...smallPlan, spf: "add", waves } });
    await rehearsal.reach("connect");
    await rehearsal.stage("migrate");
    await rehearsal.up();
    await rehearsal.stack.loseState();
    await rehearsal.stage("prepare");
    await rehearsal.up();
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("keeps it at verify, as the review says", async () => {
    const before = await policy();
    expect(before).toContain(tenants);
    await rehearsal.stage("verify");
    expect((await review())?.after?.values).toContain(before);
    await rehearsal.up();
    expect(await policy()).toBe(before);
    expect(changesOf(await rehearsal.up())).toEqual([]);
  }, 120_000);

  test("changes nothing of it on the way into migrate, nor on the way back", async () => {
    const before = await policy();
    for (const stage of ["connect", "migrate", "connect"] as const) {
      await rehearsal.stage(stage);
      const said = await review();
      await rehearsal.up();
      expect(said?.after?.values ?? [before]).toContain(before);
      expect(await policy()).toBe(before);
    }
  }, 120_000);
});
