import { changesOf } from "../engine/by-hand.js";
import { type Adopted, adoptable } from "./in-process.js";

const formerMx = { ttl: 86400, values: ["10 mail.contoso.com"] };

/** Whatever the stage, what is there is taken over as it is. */
describe("a migration whose state was lost", () => {
  let migration: Adopted;
  beforeAll(async () => {
    migration = await adoptable();
  });
  afterAll(() => migration?.close());

  const adopted = async (
    stage: "prepare" | "verify" | "connect" | "migrate" | "route" | "retire" | "complete",
  ) => {
    await migration.reach(stage);
    const before = (await migration.stack.exportState()).resources.map(({ urn }) => urn).sort();
    await migration.stack.loseState();
    const looked = await migration.adopt(
      ["route", "retire", "complete"].includes(stage) ? formerMx : undefined,
    );
    expect(looked).toMatchObject({ run: { code: 0, errors: "" }, differs: [], absent: [] });
    const preview = await migration.stack.preview();
    expect(preview).toMatchObject({ code: 0, errors: "" });
    expect(changesOf(preview)).toEqual([]);
    expect(changesOf(await migration.up())).toEqual([]);
    expect((await migration.stack.exportState()).resources.map(({ urn }) => urn).sort()).toEqual(before);
    expect(await migration.stack.refresh()).toMatchObject({ code: 0, errors: "", changes: [] });
  };

  test("at prepare", () => adopted("prepare"), 60_000);
  test("at verify", () => adopted("verify"), 60_000);
  test("at connect", () => adopted("connect"), 60_000);
  test("at migrate", () => adopted("migrate"), 60_000);
  test("at route", () => adopted("route"), 60_000);
  test("at retire", async () => {
    // A batch that was adopted is given a day, and then asked to synchronize.
    await migration.lab.advance(25 * 3600);
    expect(changesOf(await migration.up())).toEqual(["update wave1", "update wave2"]);
    await adopted("retire");
  }, 60_000);
  test("at complete, with the TTL that was told restored", async () => {
    await adopted("complete");
    const { zone } = await migration.lab.state();
    expect(zone).toContainEqual(expect.objectContaining({ type: "MX", ttl: formerMx.ttl }));
  }, 60_000);
});
