import { saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

/** A domain that is proved by an MX, and whose SPF policy is merged: what is published in a run is looked at in that run. */
describe("a domain proved by an MX", () => {
  let rehearsal: Rehearsal;
  const at = async (type: string) =>
    (await rehearsal.lab.state()).zone.find((set) => set.name === "contoso.com" && set.type === type)?.values;
  const isVerified = async () =>
    (await rehearsal.lab.state()).domains.find(({ id }) => id === "contoso.com")?.isVerified;

  beforeAll(async () => {
    rehearsal = await rehearse({ plan: { ...smallPlan, verification: "mx", spf: "add" } });
  }, 120_000);
  afterAll(() => rehearsal?.close());

  test("waits 15 minutes once", async () => {
    await rehearsal.reach("prepare");
    await rehearsal.stage("verify");
    const first = await rehearsal.up();
    expect(await at("MX")).toEqual([
      "10 mail.contoso.com",
      expect.stringMatching(/^32767 ms\d+\.msv1\.invalid$/),
    ]);
    expect(saidBy(first)).toMatch(
      /the MX record is published; run pulumi up again after .* UTC to verify it/,
    );
    expect((await rehearsal.up()).changes).toEqual([]);
    await rehearsal.lab.advance(16 * 60);
    await rehearsal.up();
    expect(await isVerified()).toBe(true);
    await rehearsal.reach("connect");
    expect(await at("MX")).toEqual(["10 mail.contoso.com"]);
  }, 240_000);

  test("names the tenant's senders in its SPF policy before the first conversion, and not before migrate", async () => {
    const before = await at("TXT");
    expect(before?.join()).not.toContain("spf.protection.outlook.com");
    await rehearsal.stage("migrate");
    await rehearsal.up();
    expect((await at("TXT"))?.join()).toContain("include:spf.protection.outlook.com");
  }, 240_000);
});
