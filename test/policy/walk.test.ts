import { stages } from "../../src/plan/index.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";
import { pack } from "./preview.js";

const thorough = process.env["MAILSTAGE_ABUSE"] === "1";
const walk = thorough ? describe : describe.skip;
if (!thorough)
  console.log("left out: the walk of a whole migration with the policy pack; MAILSTAGE_ABUSE=1 runs it");

walk("a whole migration with the policy pack", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse();
  }, 60_000);
  afterAll(() => rehearsal?.close());

  const hours = { route: 25, retire: 73 } as const;

  test.each(stages)(
    "the way into %s, and a second look at it, keep every rule",
    async (stage) => {
      await rehearsal.stage(stage);
      if (stage === "route" || stage === "retire") await rehearsal.lab.advance(hours[stage] * 3600);
      const before = await rehearsal.stack.run("preview", "--policy-pack", pack);
      expect({ code: before.code, errors: before.errors }).toEqual({ code: 0, errors: "" });
      expect(before.stdout).not.toContain('"policyEvent"');
      await rehearsal.reach(stage);
      const after = await rehearsal.stack.run("preview", "--policy-pack", pack);
      expect(after.code).toBe(0);
      expect(after.stdout).not.toContain('"policyEvent"');
    },
    300_000,
  );
});
