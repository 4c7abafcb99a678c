import type { LabOptions } from "../../lab/index.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const domain = "contoso.com";
const formerMx = ["10 mail.contoso.com", "20 backup.contoso.net"];
const spf = "v=spf1 mx ip4:192.0.2.10 -all";
const others = "google-site-verification=abc";

/** What a domain has before its migration: two mail servers, two TXT records, addresses at autodiscover. */
const zone = [
  { name: domain, type: "MX", ttl: 86_400, values: formerMx },
  { name: domain, type: "TXT", ttl: 43_200, values: [spf, others] },
  { name: `mail.${domain}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
  { name: `autodiscover.${domain}`, type: "A", ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] },
  { name: `www.${domain}`, type: "A", ttl: 3600, values: ["192.0.2.80"] },
] as const;

/**
 * A migration at one DNS host through the real engine; what is asserted is the lab's zone, and that a second run
 * changes nothing.
 * @param native type token of the host's own resources
 */
export function walkHost(dnsHost: NonNullable<LabOptions["dnsHost"]>, native: string): void {
  describe(`a migration of a zone at ${dnsHost}`, () => {
    let rehearsal: Rehearsal;
    beforeAll(async () => {
      rehearsal = await rehearse({
        dnsHost,
        zone: zone.map((set) => ({ ...set, values: [...set.values] })),
        plan: { ...smallPlan, spf: "add" },
      });
    }, 60_000);
    afterAll(() => rehearsal?.close());

    const at = async (name: string, type: string) => {
      const found = (await rehearsal.lab.state()).zone.find((set) => set.name === name && set.type === type);
      return found && { ttl: found.ttl, values: [...found.values] };
    };
    const settled = async () => {
      const preview = await rehearsal.stack.preview();
      expect(preview.errors).toBe("");
      expect(preview.changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
    };
    const dnsChanges = (steps: readonly { op: string; type: string; name: string }[]) =>
      steps.filter(({ type }) => type === native).map(({ op, name }) => `${op} ${name}`);

    test("prepare takes over what stands there, and changes nothing but the TTL of the MX", async () => {
      const preview = await rehearsal.stack.preview();
      expect(preview.errors).toBe("");
      const imports = dnsChanges(preview.changes).filter((line) => line.startsWith("import"));
      expect(imports.length).toBeGreaterThanOrEqual(dnsHost === "cloudflare" ? 4 : 3);
      expect(await at(domain, "MX")).toEqual({ ttl: 86_400, values: formerMx });
      await rehearsal.reach("prepare");
      expect(await at(domain, "MX")).toEqual({ ttl: 3600, values: formerMx });
      expect(await at(domain, "TXT")).toEqual({ ttl: 43_200, values: [others, spf] });
      expect(await at(`autodiscover.${domain}`, "A")).toEqual({
        ttl: 7200,
        values: ["192.0.2.11", "192.0.2.12"],
      });
      await settled();
    }, 240_000);

    test("verify adds the proof beside SPF and leaves the set's TTL alone", async () => {
      await rehearsal.reach("verify");
      expect(await at(domain, "TXT")).toEqual({
        ttl: 43_200,
        values: [expect.stringMatching(/^MS=ms\d+$/), others, spf],
      });
      await settled();
    }, 240_000);

    test("migrate merges SPF before users send from there, route switches the MX, and the way back restores it exactly", async () => {
      await rehearsal.reach("migrate");
      expect((await at(domain, "TXT"))?.values).toContain(
        "v=spf1 mx ip4:192.0.2.10 include:spf.protection.outlook.com -all",
      );
      expect((await at(domain, "TXT"))?.values).toHaveLength(3);
      const before = { mx: await at(domain, "MX"), txt: await at(domain, "TXT") };
      await rehearsal.reach("route");
      expect(await at(domain, "MX")).toEqual({ ttl: 3600, values: [`0 ${rehearsal.world.mailExchange}`] });
      expect(await at(domain, "TXT")).toEqual(before.txt);
      await settled();

      await rehearsal.stage("migrate");
      await rehearsal.up();
      expect(await at(domain, "MX")).toEqual(before.mx);
      expect(await at(domain, "TXT")).toEqual(before.txt);
      await settled();
      await rehearsal.stage("route");
      await rehearsal.up();
    }, 600_000);

    test("retire restores the TTL, complete replaces the addresses at autodiscover, and the way back restores them", async () => {
      await rehearsal.reach("retire");
      expect((await at(domain, "MX"))?.ttl).toBe(86_400);
      await rehearsal.reach("complete");
      expect(await at(`autodiscover.${domain}`, "CNAME")).toEqual({
        ttl: 3600,
        values: ["autodiscover.outlook.com"],
      });
      expect(await at(`autodiscover.${domain}`, "A")).toBeUndefined();
      await settled();
      await rehearsal.stage("retire");
      await rehearsal.up();
      expect(await at(`autodiscover.${domain}`, "CNAME")).toBeUndefined();
      expect(await at(`autodiscover.${domain}`, "A")).toEqual({
        ttl: 7200,
        values: ["192.0.2.11", "192.0.2.12"],
      });
      await settled();
    }, 600_000);

    test("destroy leaves the mail and the records of others where they are", async () => {
      // Time for Exchange to remove the batches it said it would.
      await rehearsal.lab.advance(3600);
      const run = await rehearsal.stack.destroy();
      expect(run.errors).toBe("");
      expect((await at(domain, "MX"))?.values).toEqual([`0 ${rehearsal.world.mailExchange}`]);
      expect((await at(domain, "TXT"))?.values).toContain(others);
      expect(await at(`autodiscover.${domain}`, "A")).toBeDefined();
    }, 240_000);
  });
}
