import { connectControl } from "../../lab/index.js";
import { type StageName, stages } from "../../src/plan/index.js";
import { changesOf, saidBy } from "../engine/by-hand.js";
import { smallPlan } from "../engine/rehearsal.js";
import { publish } from "../user/by-hand-dns.js";
import { type Adopted, adoptable, type FormerMx } from "./in-process.js";

const hour = 3600;
const formerMx: FormerMx = { ttl: 86_400, values: ["10 mail.contoso.com"] };

/** What a person has published is taken over; what is still to be published is left to `pulumi up`, which prints it. */
describe("a zone that only a person can change, whose migration lost its state", () => {
  let migration: Adopted;
  beforeAll(async () => {
    migration = await adoptable({ plan: { ...smallPlan, dns: { host: "manual" } } });
    const { stack, lab } = migration;
    const write = stack.plan.bind(stack);
    const { zone, nameServers, resolvers } = lab.planOverrides(smallPlan).dns;
    const dns = { host: "manual", zone, nameServers, resolvers };
    stack.plan = (plan) => write({ ...Object(plan), dns });
    await migration.change((plan) => plan);
  });
  afterAll(() => migration?.close());

  /** Applies, and publishes what is asked for, until nothing is asked for. */
  const settled = async () => {
    for (let round = 0; round < 4; round += 1) {
      const said = saidBy(await migration.up());
      await publish(said, connectControl(migration.lab.addresses.control), await migration.lab.state());
      await migration.lab.advance(0.5 * hour);
    }
  };
  const waits: Partial<Record<StageName, number>> = { migrate: 48, route: 25, retire: 73 };
  let reached = -1;
  const reach = async (stage: StageName) => {
    for (const next of stages.slice(reached + 1, stages.indexOf(stage) + 1)) {
      await migration.lab.advance((waits[next] ?? 0) * hour);
      await migration.stage(next);
      await settled();
      if (next === "migrate") {
        await migration.lab.advance(48 * hour);
        await migration.change((plan) => ({
          ...plan,
          waves: plan.waves.map((wave) => ({ ...wave, phase: "converted" as const })),
        }));
        await settled();
      }
    }
    reached = stages.indexOf(stage);
  };

  test.each([
    ["prepare", undefined],
    ["migrate", undefined],
    ["route", formerMx],
    ["complete", formerMx],
  ] as const)(
    "is taken over at %s",
    async (stage, former) => {
      await reach(stage);
      await migration.stack.loseState();
      expect(await migration.adopt(former)).toMatchObject({ run: { code: 0 }, differs: [], absent: [] });
      const preview = await migration.stack.preview();
      expect({ errors: preview.errors, changes: changesOf(preview) }).toEqual({ errors: "", changes: [] });
      expect(changesOf(await migration.up())).toEqual([]);
      if (stage !== "route") return;
      // A batch that was adopted is given a day, and then asked to synchronize.
      await migration.lab.advance(25 * hour);
      await migration.up();
    },
    120_000,
  );
});

test("a set that nobody has published yet is left to pulumi up", async () => {
  const migration = await adoptable({ plan: { ...smallPlan, dns: { host: "manual" } } });
  try {
    const { stack, lab } = migration;
    const { nameServers, resolvers } = lab.planOverrides(smallPlan).dns;
    await stack.plan({ ...lab.planOverrides(smallPlan), dns: { host: "manual", nameServers, resolvers } });
    const { differs, absent, entries } = await migration.adopt();
    expect({ differs, absent }).toEqual({
      differs: [],
      absent: [expect.stringMatching(/^MX contoso\.com: /)],
    });
    expect(entries.map(({ name }) => name)).not.toContain("mx");
    const preview = await stack.preview();
    expect(changesOf(preview)).toEqual(["create gate-prepare", "create mx", "create stage-reached"]);
    expect(saidBy(preview)).toContain("Set at your DNS host, MX contoso.com:");
    expect(preview.errors).toBe("");
  } finally {
    await migration.close();
  }
}, 60_000);
