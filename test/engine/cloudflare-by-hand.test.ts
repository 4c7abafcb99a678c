import { handOf, jumpTo } from "./by-hand.js";
import { type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const domain = "contoso.com";

/** What people and broken connections do to a zone at Cloudflare, whose plugin looks at nothing before it acts. */
describe("a zone at Cloudflare that others change too", () => {
  let rehearsal: Rehearsal;
  const at = async (type: string) =>
    (await rehearsal.lab.state()).zone.find((set) => set.name === domain && set.type === type);
  const open = async (spf: readonly string[]) => {
    rehearsal = await rehearse({
      dnsHost: "cloudflare",
      plan: { ...smallPlan, spf: "add" },
      environment: { MAILSTAGE_LAB_PLUGIN_PAUSE_MS: "20" },
      zone: [
        { name: domain, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] },
        ...(spf.length === 0 ? [] : [{ name: domain, type: "TXT" as const, ttl: 3600, values: [...spf] }]),
      ],
    });
  };
  const settled = async () => {
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(preview.changes.map(({ op, name }) => `${op} ${name}`)).toEqual([]);
  };
  afterEach(() => rehearsal?.close());

  test("the proof that was removed by hand stands in nobody's way, back to prepare and to the end", async () => {
    await open(["v=spf1 mx -all"]);
    await rehearsal.reach("verify");
    const { setRecordSet } = handOf(rehearsal);
    await setRecordSet({ name: domain, type: "TXT", ttl: 3600, values: ["v=spf1 mx -all"] });
    await rehearsal.stage("prepare");
    await rehearsal.up();
    expect((await at("TXT"))?.values).toEqual(["v=spf1 mx -all"]);
    await settled();
    const destroyed = await rehearsal.stack.destroy();
    expect(destroyed.errors).toBe("");
  }, 240_000);

  test("a proof that is ours goes with the stack, and others' texts stay", async () => {
    await open(["v=spf1 mx -all"]);
    await rehearsal.reach("verify");
    expect((await at("TXT"))?.values).toHaveLength(2);
    const destroyed = await rehearsal.stack.destroy();
    expect(destroyed.errors).toBe("");
    expect((await at("TXT"))?.values).toEqual(["v=spf1 mx -all"]);
  }, 240_000);

  test("an MX that was changed by hand is refused, and taken over by pulumi refresh", async () => {
    await open(["v=spf1 mx -all"]);
    await jumpTo(rehearsal, "migrate");
    const { setRecordSet } = handOf(rehearsal);
    const filter = ["5 filter.fabrikam.com"];
    await setRecordSet({ name: domain, type: "MX", ttl: 3600, values: filter });
    const refreshed = await rehearsal.stack.refresh();
    expect(refreshed.errors).toBe("");
    await rehearsal.up();
    expect((await at("MX"))?.values).toEqual(filter);
    await settled();
  }, 240_000);

  test("a record that was made and not saved, since the connection was cut, is imported by the next update", async () => {
    await open([]);
    await rehearsal.reach("prepare");
    await rehearsal.stage("verify");
    rehearsal.lab.faults.set({ kind: "reset-after", service: "cloudflare", route: "POST *", count: 1 });
    const cut = await rehearsal.stack.up();
    expect(cut.errors).toContain("81058");
    rehearsal.lab.faults.clear();
    const next = await rehearsal.stack.up();
    expect(next.errors).toBe("");
    const { resources } = await rehearsal.stack.exportState();
    expect(resources.filter(({ urn }) => urn.endsWith("::apex-text-txt-1"))).toHaveLength(1);
    expect((await at("TXT"))?.values).toHaveLength(1);
    await settled();
  }, 240_000);
});
