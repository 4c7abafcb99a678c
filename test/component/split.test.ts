import type { PlanInput } from "../../src/plan/index.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";
import { smallPlan } from "../engine/small-migration.js";
import type { Program } from "../in-process/program.js";
import { InProcessStack } from "../in-process/stack.js";

/** What a program of one's own exports where the plan is split: the stacks know of each other by `handover`. */
const program: Program = ({ StagedMigration }) => {
  const { stage, handover } = new StagedMigration("contoso");
  return { stage, handover };
};

const plan: PlanInput = {
  ...smallPlan,
  domainStack: "domain",
  waves: smallPlan.waves.map((batch, index) => (index === 0 ? batch : { ...batch, stack: "waves" })),
};

test("a plan that is split over stacks is kept by components as well, which hear of each other by what their programs export", async () => {
  const stacks: InProcessStack[] = [];
  const open = async (name: string, options: Parameters<typeof InProcessStack.create>[0]) => {
    const stack = await InProcessStack.create({ ...options, name, program, others: () => stacks });
    stacks.push(stack);
    return stack;
  };
  let waves: InProcessStack | undefined;
  const rehearsal: Rehearsal = await rehearse({
    plan,
    createStack: async (given, lab) => {
      const options = { ...given, wait: async (ms: number) => void (await lab.advance(ms / 1000)) };
      const domain = await open("domain", options);
      waves = await open("waves", { ...options, folder: domain.folder });
      return domain;
    },
  });
  try {
    if (waves === undefined) throw new Error("there is no stack of waves");
    const follow = async () => {
      await waves?.plan(rehearsal.lab.planOverrides(rehearsal.plan));
      return waves?.up();
    };
    expect((await follow())?.errors).toContain("domain");
    await rehearsal.reach("connect");
    expect((await follow())?.errors).toBe("");
    await rehearsal.stage("migrate");
    expect((await follow())?.errors).toContain("stack domain");
    await rehearsal.up();
    expect((await follow())?.errors).toBe("");
    const { resources } = await waves.exportState();
    expect(resources.filter(({ type }) => type.endsWith(":MigrationBatch")).map(({ urn }) => urn)).toEqual([
      expect.stringMatching(/mailstage:index:StagedMigration\$.*::wave2$/),
    ]);
  } finally {
    await rehearsal.close();
  }
}, 120_000);
