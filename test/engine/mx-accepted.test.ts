import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import { changesOf, handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/**
 * A migration takes months, and an administrator may move the MX meanwhile, to a filter in the cloud for instance. That is
 * refused until it is accepted in one step, and is what going back means from then on. Each `up` with its preview.
 */
describe("an MX that was changed by hand before the switch", () => {
  const filter = ["10 mx1.filter.example", "20 mx2.filter.example"];
  const tenants = ["0 contoso-com.mail.protection.outlook.com"];
  let rehearsal: Rehearsal;

  const mx = async () => {
    const { zone } = await rehearsal.lab.state();
    return zone.find(({ name, type }) => name === "contoso.com" && type === "MX");
  };
  const up = async () => {
    const run = await rehearsal.stack.up({ skipPreview: false });
    expect(run.errors).toBe("");
    return run;
  };
  const beforeSwitch = async () =>
    (await rehearsal.stack.exportState()).resources.find(({ urn }) => urn.endsWith("::dns-baseline"))?.inputs[
      "mx"
    ];

  beforeAll(async () => {
    rehearsal = await rehearse();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.up();
    await handOf(rehearsal).setRecordSet({ name: "contoso.com", type: "MX", ttl: 3600, values: filter });
  }, 180_000);
  afterAll(async () => {
    expect((await rehearsal.lab.state()).alarms).toEqual([]);
    await rehearsal.close();
  });

  test("is named by every run, is not put back, and keeps mail from being routed", async () => {
    const run = await up();
    expect(saidBy(run)).toMatch(
      /MX contoso.com: was changed by somebody else: it was "10 mail.contoso.com" .*, and now is "10 mx1.filter.example", "20 mx2.filter.example" .*accept it with pulumi refresh/,
    );
    expect((await mx())?.values).toEqual(filter);
    await rehearsal.stage("route");
    const refused = await rehearsal.stack.preview();
    expect(refused.code).not.toBe(0);
    expect(refused.errors).toMatch(/MX contoso.com: was changed by somebody else/);
    await rehearsal.stage("migrate");
  }, 120_000);

  test("is accepted by pulumi refresh, and stays", async () => {
    const refresh = await rehearsal.stack.refresh();
    expect(refresh.errors).toBe("");
    expect(changesOf(refresh)).toContain("update dns-baseline");
    expect(saidBy(refresh)).toMatch(/is accepted as what stands there before the switch/);
    expect(await beforeSwitch()).toEqual({ ttl: 86_400, values: filter });
    const run = await up();
    expect(changesOf(run)).toEqual([]);
    expect(saidBy(run)).not.toMatch(/changed by somebody else/);
    expect(await mx()).toMatchObject({ ttl: 3600, values: filter });
  }, 120_000);

  test("is what going back from route returns to", async () => {
    await rehearsal.stage("route");
    await up();
    expect(await mx()).toMatchObject({ values: tenants });
    await rehearsal.stack.refresh();
    expect(await beforeSwitch()).toEqual({ ttl: 86_400, values: filter });
    await rehearsal.stage("migrate");
    await up();
    expect(await mx()).toMatchObject({ ttl: 3600, values: filter });
  }, 120_000);

  test("is no former one where it points at Microsoft 365 before its time: it goes back after a refresh, as the review warns", async () => {
    const { setRecordSet } = handOf(rehearsal);
    await setRecordSet({ name: "contoso.com", type: "MX", ttl: 3600, values: tenants });
    await rehearsal.stack.refresh();
    expect(await beforeSwitch()).toEqual({ ttl: 86_400, values: filter });
    const { dangers } = reviewOf(readPreview((await rehearsal.stack.preview()).stdout));
    expect(dangers.join()).toMatch(/MX contoso\.com goes back to .*mx1\.filter\.example/);
    await up();
    expect(await mx()).toMatchObject({ values: filter });
  }, 120_000);

  test("a stack made anew at prepare leaves mail where it goes, whatever the journal says", async () => {
    await rehearsal.stage("route");
    await up();
    await rehearsal.stack.loseState();
    await rehearsal.stage("prepare");
    await up();
    expect(await mx()).toMatchObject({ ttl: 3600, values: tenants });
    expect(await beforeSwitch()).toMatchObject({ values: tenants });
  }, 120_000);
});
