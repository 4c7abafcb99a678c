import type { PlanInput } from "../../src/plan/index.js";
import { changesOf, handOf, jumpTo, saidBy } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

/** Another `dns.host` in the plan says who keeps the records from now on; those that stand are not its business. */
describe("a plan that names another DNS host", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({ plan: { ...smallPlan, spf: "add" } });
    await handOf(rehearsal).ownDomain();
    await jumpTo(rehearsal, "connect");
    await rehearsal.reach("complete");
  }, 180_000);
  afterAll(() => rehearsal?.close());

  const zone = async () => (await rehearsal.lab.state()).zone;
  const at = async (host: "manual" | "rfc2136") => {
    const plan = rehearsal.lab.planOverrides(rehearsal.plan);
    const { nameServers, resolvers } = plan.dns;
    const dns: PlanInput["dns"] = host === "manual" ? { host, nameServers, resolvers } : plan.dns;
    await rehearsal.stack.plan({ ...plan, dns });
    const before = await zone();
    const up = await rehearsal.stack.up();
    expect(up).toMatchObject({ code: 0, errors: "" });
    expect(await zone()).toEqual(before);
    expect(changesOf(await rehearsal.stack.up())).toEqual([]);
    return up;
  };

  test("leaves what the one before holds, the MX, the senders and Autodiscover", async () => {
    const up = await at("manual");
    expect(changesOf(up)).toEqual(expect.arrayContaining(["delete mx", "create mx"]));
    for (const record of ["MX contoso.com", "TXT contoso.com", "CNAME autodiscover.contoso.com"])
      expect(saidBy(up)).toContain(`${record} is kept at the host manual from now on, and stays as it is at`);
  }, 60_000);

  test("asks nobody on the way back to put a record back", async () => {
    expect(saidBy(await at("rfc2136"))).not.toMatch(/Set at your DNS host/);
  }, 60_000);
});
