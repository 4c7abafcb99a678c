import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reviewHtml, reviewJson } from "../../src/reports/review/index.js";
import { withWave } from "../engine/by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "../engine/rehearsal.js";
import { eyesOf, type Reviewed } from "./every-stage.js";

/**
 * A migration as pull requests see it: at every step the review with the default policy pack, the update with its preview, a
 * second look, drift and refresh, and a list that is edited. What the reviews say is held to golden
 * reports, from the previews of this very run; UPDATE_GOLDEN=1 writes them anew, to be looked at in the diff.
 */
const golden = join(__dirname, "golden");

function matchesGolden(name: string, { markdown }: Reviewed): void {
  const file = join(golden, `${name}.md`);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(golden, { recursive: true });
    writeFileSync(file, markdown);
  }
  if (!existsSync(file)) throw new Error(`${file} is missing; UPDATE_GOLDEN=1 writes it`);
  expect(markdown).toBe(readFileSync(file, "utf8"));
}

describe("a migration as its pull requests see it", () => {
  let rehearsal: Rehearsal;
  let eyes: ReturnType<typeof eyesOf>;
  beforeAll(async () => {
    rehearsal = await rehearse({
      zone: [
        {
          name: "contoso.com",
          type: "MX",
          ttl: 86_400,
          values: ["10 mail.contoso.com", "20 backup.contoso.net"],
        },
        {
          name: "contoso.com",
          type: "TXT",
          ttl: 43_200,
          values: ["v=spf1 mx ip4:192.0.2.10 -all", "google-site-verification=abc"],
        },
        { name: "mail.contoso.com", type: "A", ttl: 86_400, values: ["192.0.2.10"] },
        { name: "autodiscover.contoso.com", type: "A", ttl: 7200, values: ["192.0.2.11"] },
      ],
      plan: { ...smallPlan, spf: "add" },
    });
    eyes = eyesOf(rehearsal);
  }, 60_000);
  afterAll(() => rehearsal?.close());

  /** A second look after an update: nothing to do, nobody changed anything, and state is as its contracts say. */
  const settled = async () => {
    const again = await eyes.review();
    expect([again.exit, again.review.summary]).toEqual([
      0,
      "Nothing changes: everything is as the plan says.",
    ]);
    const drift = await eyes.drift();
    expect([drift.exit, drift.review.summary]).toEqual([0, "Nothing was changed behind the plan's back."]);
    expect(await eyes.brokenContracts()).toEqual([]);
  };
  const hours = (count: number) => rehearsal.lab.advance(count * 3600);

  test("the way to connect: what stays in a set is shown as staying, and is not drift", async () => {
    matchesGolden("1-prepare", await eyes.review());
    await rehearsal.reach("prepare");
    await settled();
    await rehearsal.stage("verify");
    matchesGolden("2-verify", await eyes.review());
    await rehearsal.reach("verify");
    await settled();
    await rehearsal.stage("connect");
    // Exchange takes a while to accept a domain that has just been verified.
    await rehearsal.lab.advance(300);
    matchesGolden("3-connect", await eyes.review());
    await rehearsal.reach("connect");
    await settled();
    expect(await rehearsal.stack.stateText()).not.toMatch(/"passwordDigest":\s*"/);
  }, 400_000);

  test("waves are copied and converted, whatever becomes of their lists meanwhile", async () => {
    await rehearsal.stage("migrate");
    const made = await eyes.review();
    matchesGolden("4-migrate", made);
    expect(JSON.parse(reviewJson(made.review))).toEqual(made.review);
    for (const { added } of made.review.waves)
      for (const address of added) expect(reviewHtml(made.review)).toContain(`<code>${address}</code>`);
    await rehearsal.up();
    await hours(48);
    await rehearsal.up();
    await rehearsal.change((plan) =>
      withWave(withWave(plan, "wave1", { phase: "converted" }), "wave2", { phase: "converted" }),
    );
    matchesGolden("5-convert", await eyes.review());
    await rehearsal.up();
    // The same mailboxes in another order, in a file of another name.
    await rehearsal.stack.write(
      "mailboxes/second.csv",
      mailboxes(["eva", "dieter", "carla", "bert", "anna"]),
    );
    await rehearsal.change((plan) => withWave(plan, "wave2", { csv: "mailboxes/second.csv" }));
    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "" });
    await rehearsal.up();
    await settled();
  }, 400_000);
});
