import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PlanInput } from "../../src/plan/index.js";
import { changesOf, handOf, jumpTo, withWave } from "../engine/by-hand.js";
import { mailboxes, smallPlan } from "../engine/rehearsal.js";
import { type Adopted, adoptable } from "./in-process.js";

const locals = ["pilarp", "tobyn", "briant"];
const files = { "mailboxes/wave1.csv": mailboxes(locals) };
const wave = { name: "wave1", csv: "mailboxes/wave1.csv", phase: "started" } as const;
let migration: Adopted;
afterEach(() => migration?.close());

/** Loses the state, adopts, and expects no change. */
async function takenOver(): Promise<void> {
  await migration.stack.loseState();
  expect(await migration.adopt()).toMatchObject({ run: { code: 0, errors: "" }, differs: [], absent: [] });
  const preview = await migration.stack.preview();
  expect({ errors: preview.errors, changes: changesOf(preview) }).toEqual({ errors: "", changes: [] });
  expect(changesOf(await migration.up())).toEqual([]);
}

describe("users with Unified Messaging", () => {
  const open = async () => {
    migration = await adoptable({
      plan: { ...smallPlan, waves: [{ ...wave, unifiedMessaging: "disable" }] },
      files,
    });
    await jumpTo(migration, "migrate");
  };
  const set = (unifiedMessaging: "disable" | "enable") =>
    migration.change((plan) => withWave(plan, "wave1", { unifiedMessaging }));

  test("for whom it was turned off are taken over with what was kept, and it can be turned on again", async () => {
    await open();
    await takenOver();
    await set("enable");
    expect(changesOf(await migration.up())).toEqual(["update wave1-unified-messaging"]);
    await takenOver();
    await set("disable");
    await migration.stack.loseState();
    const { differs, absent, entries } = await migration.adopt();
    expect({ differs, absent }).toEqual({
      differs: [],
      absent: [expect.stringMatching(/^Unified Messaging off for .*pilarp@contoso\.com/)],
    });
    expect(entries.map(({ name }) => name)).not.toContain("wave1-unified-messaging");
    expect(changesOf(await migration.up())).toContain("create wave1-unified-messaging");
    await takenOver();
  }, 120_000);

  test("are taken over where nothing of it was kept: it was turned off by hand", async () => {
    await open();
    await rm(join(migration.stack.folder, "snapshots/test/wave1.unified-messaging.jsonl"));
    await takenOver();
    await set("enable");
    await takenOver();
  }, 120_000);
});

describe("licences by a group", () => {
  const group = "33333333-3333-4333-8333-333333333333";
  const plan: PlanInput = { ...smallPlan, waves: [wave], licenses: { group } };

  test("are taken over; who has none is left to pulumi up; who has one without being a member counts as licensed", async () => {
    migration = await adoptable({ plan, files });
    await jumpTo(migration, "migrate");
    await migration.lab.advance(48 * 3600);
    await migration.up();
    await migration.lab.advance(60);
    await migration.up();
    await takenOver();

    const { graph } = handOf(migration);
    const members = async () => (await migration.lab.state()).groups[0]?.members ?? [];
    const [one = "", other = ""] = await members();
    for (const id of [one, other])
      expect((await graph("DELETE", `/groups/${group}/members/${id}/$ref`)).status).toBe(204);
    await migration.lab.advance(60);
    await graph("PATCH", `/users/${other}`, { usageLocation: "US" });
    const direct = { addLicenses: [{ skuId: migration.world.sku.skuId }], removeLicenses: [] };
    expect((await graph("POST", `/users/${other}/assignLicense`, direct)).status).toBe(200);
    await migration.stack.loseState();
    const { differs, absent } = await migration.adopt();
    expect({ differs, absent }).toEqual({
      differs: [],
      absent: [expect.stringMatching(/^the licences of \w+@contoso\.com$/)],
    });
    expect(changesOf(await migration.up())).toContain("create wave1-licenses");
    expect((await members()).length).toBe(3);
    await migration.lab.advance(60);
    await migration.up();
    await takenOver();
  }, 120_000);
});
