import type { PlanInput, StageName } from "../../src/plan/index.js";
import { changesOf } from "../engine/by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "../engine/rehearsal.js";
import type { InProcessStack } from "../in-process/stack.js";
import { openStacks } from "../in-process/stacks.js";
import { adoptIn, type FormerMx } from "./in-process.js";

const plan: PlanInput = {
  ...smallPlan,
  domainStack: "domain",
  waves: [
    { name: "wave1", csv: "mailboxes/wave1.csv" },
    { name: "wave2", csv: "mailboxes/wave2.csv", stack: "north" },
    { name: "wave3", csv: "mailboxes/wave3.csv", stack: "south" },
  ].map((wave) => ({ ...wave, phase: "started" as const })),
};
const files = {
  "mailboxes/wave1.csv": mailboxes(["pilarp", "tobyn"]),
  "mailboxes/wave2.csv": mailboxes(["anna", "bert"]),
  "mailboxes/wave3.csv": mailboxes(["carla", "dieter"]),
};
const formerMx: FormerMx = { ttl: 86_400, values: ["10 mail.contoso.com"] };

/** Each stack is adopted by itself, the domain stack first, as docs/adopt.md says. */
describe("a migration of three stacks whose states were lost", () => {
  const stacks: InProcessStack[] = [];
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({
      plan,
      files,
      createStack: async (given, lab) => {
        const { all, named } = await openStacks(
          "mailstage-in-",
          ["domain", "north", "south"],
          () => lab,
          given,
        );
        stacks.push(...all);
        return named("domain");
      },
    });
  }, 60_000);
  afterAll(() => rehearsal?.close());

  const follow = async () => {
    for (const stack of stacks.slice(1)) {
      await stack.plan(rehearsal.lab.planOverrides(rehearsal.plan));
      expect(await stack.up()).toMatchObject({ code: 0, errors: "" });
    }
  };
  const urnsOf = async (stack: InProcessStack) =>
    (await stack.exportState()).resources.map(({ urn }) => urn).sort();

  const adopted = async (stage: StageName, former?: FormerMx) => {
    const before = new Map<string, string[]>();
    for (const stack of stacks) {
      before.set(stack.name, await urnsOf(stack));
      await stack.loseState();
    }
    for (const stack of stacks) {
      const looked = await adoptIn(stack, stack.name === "domain" ? former : undefined);
      expect({ stack: stack.name, stage, ...looked }).toMatchObject({
        stack: stack.name,
        run: { code: 0, errors: "" },
        differs: [],
        absent: [],
      });
      const preview = await stack.preview();
      expect(preview).toMatchObject({ code: 0, errors: "" });
      expect(changesOf(preview)).toEqual([]);
      // What the others go by is said by an update.
      expect(changesOf(await stack.up())).toEqual([]);
      expect(await urnsOf(stack)).toEqual(before.get(stack.name));
    }
  };

  test("are adopted at migrate", async () => {
    await rehearsal.reach("connect");
    await follow();
    await rehearsal.stage("migrate");
    await rehearsal.up();
    await follow();
    await rehearsal.lab.advance(48 * 3600);
    await rehearsal.change((one) => ({
      ...one,
      waves: one.waves.map((wave) => ({ ...wave, phase: "converted" as const })),
    }));
    await rehearsal.up();
    await follow();
    await adopted("migrate");
  }, 120_000);

  test.each([
    ["route", 25],
    ["retire", 73],
    ["complete", 1],
  ] as const)(
    "are adopted at %s",
    async (stage, hours) => {
      await rehearsal.lab.advance(hours * 3600);
      await follow();
      await rehearsal.stage(stage);
      await rehearsal.up();
      await follow();
      await adopted(stage, formerMx);
      if (stage !== "route") return;
      await rehearsal.lab.advance(25 * 3600);
      await rehearsal.up();
      await follow();
    },
    120_000,
  );

  test("are refused before the domain stack has said what they go by", async () => {
    for (const stack of stacks) await stack.loseState();
    for (const stack of stacks.slice(1))
      expect((await adoptIn(stack)).differs).toEqual([
        expect.objectContaining({ code: "stack-behind", subject: "stack domain" }),
      ]);
  }, 60_000);
});
