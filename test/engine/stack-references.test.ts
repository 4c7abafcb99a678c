import { z } from "zod";
import type { PlanInput } from "../../src/plan/index.js";
import { openStacks } from "../in-process/stacks.js";
import { mailboxes, type Rehearsal, rehearse, smallPlan } from "./rehearsal.js";

const plan: PlanInput = {
  ...smallPlan,
  domainStack: "domain",
  waves: [
    { name: "wave1", csv: "mailboxes/wave1.csv", stack: "north", phase: "started" },
    { name: "wave2", csv: "mailboxes/wave2.csv", stack: "south", phase: "started" },
  ],
};
const files = {
  "mailboxes/wave1.csv": mailboxes(["pilarp"]),
  "mailboxes/wave2.csv": mailboxes(["tobyn"]),
};

const saved = z.object({
  checkpoint: z.object({
    latest: z.object({
      resources: z.array(z.object({ urn: z.string(), type: z.string() })),
    }),
  }),
});

describe("what the domain stack of a split plan reads of states", () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await rehearse({
      plan,
      files,
      createStack: async (given, lab) => {
        const { named } = await openStacks("mailstage-in-", ["domain", "north", "south"], () => lab, given);
        return named("domain");
      },
    });
  }, 60_000);
  afterAll(() => rehearsal?.close());

  test("is by reference the others' only: its own it has asked for before, since each reading by reference has the engine save it", async () => {
    await rehearsal.reach("migrate");
    await rehearsal.stack.plan(rehearsal.lab.planOverrides({ ...rehearsal.plan, stage: "route" }));
    // Refused, since the waves' stacks were not applied; the states are read all the same.
    const { errors } = await rehearsal.stack.up({ skipPreview: true });
    expect(errors).toMatch(/stack north: was not applied yet/);
    const references = saved
      .parse(JSON.parse(await rehearsal.stack.stateText()))
      .checkpoint.latest.resources.filter(({ type }) => type === "pulumi:pulumi:StackReference");
    expect(references.map(({ urn }) => urn.slice(urn.lastIndexOf("/") + 1)).sort()).toEqual([
      "north",
      "south",
    ]);
  });
});
