import { handOf, jumpTo } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const domain = "contoso.com";

/** Pulumi lets go of the host's own records before a batch refuses its deletion: they are at the host, and in no state. */
describe.each(["azure", "cloudflare"] as const)(
  "an MX at %s that a refused destroy has let go of",
  (dnsHost) => {
    let rehearsal: Rehearsal;
    const values = async () =>
      (await rehearsal.lab.state()).zone.find((set) => set.name === domain && set.type === "MX")?.values;
    beforeAll(async () => {
      rehearsal = await rehearse({
        dnsHost,
        plan: smallPlan,
        zone: [{ name: domain, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] }],
      });
      await jumpTo(rehearsal, "migrate");
    }, 120_000);
    afterAll(() => rehearsal?.close());

    test("and that somebody has changed is refused, and taken over by pulumi refresh", async () => {
      const destroyed = await rehearsal.stack.destroy();
      expect(destroyed.errors).toMatch(/copied only as long as the batch exists/);
      const filter = ["5 filter.fabrikam.com"];
      await handOf(rehearsal).setRecordSet({ name: domain, type: "MX", ttl: 3600, values: filter });
      for (const run of [await rehearsal.stack.preview(), await rehearsal.stack.up({ skipPreview: true })])
        expect(run.errors).toMatch(/MX contoso\.com: was changed by somebody else: .*filter\.fabrikam\.com/);
      expect(await values()).toEqual(filter);
      expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0 });
      await rehearsal.up();
      expect(await values()).toEqual(filter);
    }, 60_000);
  },
);
