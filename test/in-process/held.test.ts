import { thorough } from "../engine/attempts.js";
import { smallPlan } from "../engine/small-migration.js";
import { commands, draw } from "../walk/walk.js";
import { type Agreement, compare } from "./agreement.js";
import { walkDrawn, walkScript } from "./scripted.js";

/** What the real engine does is right; where they differ, ours is mended (README.md). */
describe("the engine inside the process is held to the real one", () => {
  const report = (walk: string, { size, differences }: Agreement) => {
    const { commands, calls, resources, steps } = size;
    const whole = commands + calls + resources + steps;
    process.stdout.write(
      `${walk}: ${commands} commands, ${calls} calls, ${resources} resources and ${steps} steps compared; ${differences.length} differ of ${whole}\n`,
    );
    expect(differences).toEqual([]);
  };

  // Each of the others as long as the first: .ci/run holds to all.
  const long = thorough || process.env["MAILSTAGE_WALK"] === "whole";

  test("on all seven stages, back and forth, refused, refreshed and destroyed, and where a DNS host has a plugin of its own", async () => {
    const options = { dnsHost: "cloudflare", plan: { ...smallPlan, spf: "add" } } as const;
    report(
      "the script at Cloudflare",
      compare(await walkScript("real", options, long), await walkScript("in-process", options, long)),
    );
  }, 900_000);

  if (!long) return;

  test("where our own handler writes the records", async () => {
    report("the script at RFC 2136", compare(await walkScript("real"), await walkScript("in-process")));
  }, 600_000);

  test("on a walk that is drawn", async () => {
    const seed = Number(process.env["MAILSTAGE_WALK_SEED"] ?? 20_783);
    // Where a kill hits depends on how fast the engine is, and a restore connects from this process, which trusts one of them.
    const drawn = () =>
      draw(
        seed,
        12,
        commands.filter(({ name }) => !/^(killed|interrupted|restored)/.test(name)),
      );
    report(`seed ${seed}`, compare(await walkDrawn("real", drawn()), await walkDrawn("in-process", drawn())));
  }, 600_000);
});
