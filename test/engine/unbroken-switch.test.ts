import { handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

/**
 * What is promised about time is about unbroken time, and what the tenant names is read when it is used: 72 hours of mail to
 * the tenant, at whichever host it names, and an Autodiscover that it names late.
 */
describe("mail that is routed to the tenant", () => {
  const former = { name: "contoso.com", type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] };
  const usual = { ...former, values: ["0 contoso-com.mail.protection.outlook.com"] };
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;

  const routedAt = async () =>
    (await rehearsal.stack.exportState()).resources.find(({ urn }) => urn.endsWith("::mail-routing"))
      ?.outputs["observedAt"];
  const mx = async () =>
    (await rehearsal.lab.state()).zone.find(({ name, type }) => name === "contoso.com" && type === "MX");
  const refused = async () => {
    const preview = await rehearsal.stack.preview();
    expect(preview.code).not.toBe(0);
    return preview.errors;
  };

  beforeAll(async () => {
    rehearsal = await rehearse();
    hand = handOf(rehearsal);
    await hand.ownDomain();
    await hand.setNamed("contoso.com", { autodiscover: null });
    const said = saidBy(await jumpTo(rehearsal, "migrate"));
    expect(said).toMatch(/the SPF policy "v=spf1 mx -all" does not name include:spf.protection.outlook.com/);
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.change((plan) => ({
      ...plan,
      waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" })),
    }));
    await rehearsal.up();
    await rehearsal.stage("route");
    await rehearsal.up();
  }, 240_000);
  afterAll(() => rehearsal?.close());

  test("counts anew after the MX was away, seen by up or by refresh", async () => {
    const first = await routedAt();
    expect(first).toEqual(expect.any(String));
    await hand.setRecordSet(former);
    const up = await rehearsal.up();
    expect(saidBy(up)).toMatch(/MX contoso.com is no longer as it was seen .* Waiting periods count anew/);
    expect(await routedAt()).toBeNull();
    await rehearsal.lab.advance(80 * 3600);
    await hand.setRecordSet(usual);
    await rehearsal.stage("retire");
    expect(await refused()).toMatch(/was not yet seen to be the tenant's on every authoritative server/);
    await rehearsal.stage("route");
    await rehearsal.up();
    const second = await routedAt();
    await hand.setRecordSet(former);
    expect(saidBy(await rehearsal.stack.refresh())).toMatch(/Waiting periods count anew/);
    const destroyed = await rehearsal.stack.destroy();
    expect(destroyed.errors).toMatch(/mail still arrives on premises/);
    await rehearsal.up();
    expect((await mx())?.values).toEqual(usual.values);
    const third = await routedAt();
    expect([first, second, third].sort()).toEqual([first, second, third]);
    expect(new Set([first, second, third]).size).toBe(3);
    await rehearsal.stage("retire");
    expect(await refused()).toMatch(/72 hours/);
  }, 240_000);

  test("goes on counting when the tenant names another host, which is shown and published", async () => {
    await rehearsal.stage("route");
    const before = await routedAt();
    await hand.setNamed("contoso.com", {
      mailExchange: "contoso-com.e-v1.mx.microsoft",
      preference: 10,
      autodiscover: null,
    });
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(saidBy(preview)).toContain("+ MX contoso.com 10 contoso-com.e-v1.mx.microsoft");
    await rehearsal.up();
    expect((await mx())?.values).toEqual(["10 contoso-com.e-v1.mx.microsoft"]);
    expect(await routedAt()).toBe(before);
    // Back by hand to what it named first: still the tenant's.
    await hand.setRecordSet(usual);
    await rehearsal.up();
    expect(await routedAt()).toBe(before);
    await rehearsal.lab.advance(73 * 3600);
    await rehearsal.stage("retire");
    await rehearsal.stack.refresh();
    await rehearsal.up();
    await rehearsal.lab.advance(120);
    expect((await rehearsal.lab.state()).batches).toEqual([]);
    expect(await mx()).toMatchObject({ ttl: 86_400, values: ["10 contoso-com.e-v1.mx.microsoft"] });
  }, 240_000);

  test("complete waits until the tenant names Autodiscover", async () => {
    await rehearsal.stage("complete");
    expect(await refused()).toMatch(/domain contoso.com: the tenant names no Autodiscover host for it/);
    await hand.setNamed("contoso.com", { mailExchange: "contoso-com.e-v1.mx.microsoft", preference: 10 });
    await rehearsal.up();
    const { zone } = await rehearsal.lab.state();
    expect(zone.find(({ name }) => name === "autodiscover.contoso.com")).toMatchObject({
      type: "CNAME",
      values: ["autodiscover.outlook.com"],
    });
  }, 240_000);
});
