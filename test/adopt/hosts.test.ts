import type { StageName } from "../../src/plan/index.js";
import { changesOf } from "../engine/by-hand.js";
import { smallPlan } from "../engine/rehearsal.js";
import { type Adopted, adoptable } from "./in-process.js";

const domain = "contoso.com";
const formerMx = { ttl: 86_400, values: ["10 mail.contoso.com", "20 backup.contoso.net"] };
const zone = [
  { name: domain, type: "MX", ...formerMx },
  { name: domain, type: "TXT", ttl: 43_200, values: ["v=spf1 mx -all", "google-site-verification=abc"] },
  { name: `mail.${domain}`, type: "A", ttl: 86_400, values: ["192.0.2.10"] },
  { name: `autodiscover.${domain}`, type: "A", ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] },
] as const;

/** Records that the host's own plugin keeps are imported with all else, and nothing else is declared of them. */
describe.each(["cloudflare", "azure"] as const)("a zone at %s whose migration lost its state", (dnsHost) => {
  let migration: Adopted;
  beforeAll(async () => {
    const plan = { ...smallPlan, spf: "add" as const };
    migration = await adoptable({
      dnsHost,
      zone: zone.map((set) => ({ ...set, values: [...set.values] })),
      plan,
    });
  });
  afterAll(() => migration?.close());

  const adopted = async (stage: StageName, former?: typeof formerMx) => {
    await migration.reach(stage);
    const natives = async () =>
      (await migration.stack.exportState()).resources
        .filter(({ type }) => /cloudflare|azure-native/.test(type) && !type.startsWith("pulumi:"))
        .map(({ urn, id }) => `${urn} ${id}`)
        .sort();
    const [before, { zone: standing }] = [await natives(), await migration.lab.state()];
    await migration.stack.loseState();
    const looked = await migration.adopt(former);
    expect(looked).toMatchObject({ run: { code: 0, errors: "" }, differs: [], absent: [] });
    expect((await migration.lab.state()).zone).toEqual(standing);
    const preview = await migration.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(preview)).toEqual([]);
    expect(changesOf(await migration.up())).toEqual([]);
    // A value that stands is nobody's of ours, as far as the world tells: it is held no more where it is a record of its own.
    const ids = (lines: readonly string[]) => lines.map((line) => line.split(" ").at(-1));
    expect(ids(before)).toEqual(expect.arrayContaining(ids(await natives())));
  };

  test("is taken over at migrate", () => adopted("migrate"), 60_000);

  test("is refused by name where its MX goes elsewhere, and nothing is made in its place", async () => {
    await migration.stack.loseState();
    await migration.stage("route");
    const { zone: standing } = await migration.lab.state();
    const { differs } = await migration.adopt();
    expect(differs).toEqual([
      expect.objectContaining({
        code: "adopt-record-differs",
        subject: expect.stringMatching(/^MX contoso\.com/),
      }),
    ]);
    expect((await migration.lab.state()).zone).toEqual(standing);
    await migration.stage("migrate");
    await migration.stack.loseState();
    expect(await migration.adopt()).toMatchObject({ differs: [] });
    await migration.up();
  }, 60_000);

  test("is taken over at route with the former MX that is given, and goes on", async () => {
    await adopted("route", formerMx);
    await migration.lab.advance(25 * 3600);
    await migration.up();
  }, 60_000);

  test("is taken over at complete", () => adopted("complete", formerMx), 60_000);
});
