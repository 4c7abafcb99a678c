import type { StageName } from "../../src/plan/index.js";
import type { EngineName } from "../engine/open-stack.js";
import { type Rehearsal, type RehearsalOptions, rehearse, smallPlan } from "../engine/rehearsal.js";
import { Stack } from "../engine/stack.js";
import type { Drawn } from "../walk/command.js";
import { openMigration } from "../walk/migration.js";
import { freshModel } from "../walk/walk.js";
import { type Recorded, recording } from "./recording.js";
import { InProcessStack } from "./stack.js";

/** A walk that everything is in which a migration does: each line what a person does. Updates come with their preview the first time. */
const script: readonly ((rehearsal: Rehearsal) => Promise<unknown>)[] = [
  (r) => r.reach("prepare"),
  (r) => r.reach("verify"),
  (r) => r.reach("connect"),
  // A stage may not be skipped.
  async (r) => {
    await r.stage("retire");
    await r.stack.up();
    await r.stage("connect");
  },
  (r) => r.reach("migrate"),
  (r) => r.up({ skipPreview: true }),
  ({ stack }) => stack.refresh(),
  ({ stack }) => stack.preview({ refresh: true }),
  (r) => r.reach("route"),
  // Back, and forth again, when the synchronization that was asked for at the switch is over.
  async (r) => {
    await r.lab.advance(1800);
    await r.stage("migrate");
    await r.up();
    await r.lab.advance(1800);
    await r.stage("route");
    await r.up({ skipPreview: true });
  },
  // Too early.
  async (r) => {
    await r.stage("retire");
    await r.stack.preview();
    await r.stage("route");
  },
  (r) => r.reach("retire"),
  (r) => r.reach("complete"),
  ({ stack }) => stack.refresh(),
  ({ stack }) => stack.destroy(),
];

/** Stages whose way in is previewed in the long form only: what they would create and change is of the kinds that the others have. */
const updatedAlone: ReadonlySet<StageName> = new Set(["connect", "complete"]);

/**
 * Does the walk on one of the engines and tells what each of its commands did.
 * @param long whether every stage's way in is previewed
 */
export async function walkScript(
  engine: EngineName,
  options: RehearsalOptions = {},
  long = true,
): Promise<Recorded[]> {
  const records: Recorded[] = [];
  const rehearsal: Rehearsal = await rehearse({
    plan: smallPlan,
    ...options,
    createStack: async (given, lab) => {
      const stack =
        engine === "real"
          ? await Stack.create(given)
          : await InProcessStack.against(() => lab, { ...given, direct: false });
      const recorded = recording(stack, lab, records);
      if (long) return recorded;
      const { up } = recorded;
      return Object.assign(recorded, {
        up: ({ skipPreview = updatedAlone.has(rehearsal.plan.stage) } = {}) => up({ skipPreview }),
      });
    },
  });
  try {
    for (const step of script) {
      await step(rehearsal);
      // The lab's clock goes on while the real engine works: what comes about within seconds must have come about for both.
      await rehearsal.lab.advance(60);
    }
  } finally {
    await rehearsal.close();
  }
  return records;
}

/** Does a drawn walk on one of the engines, as many commands as it takes for so many runs, and tells what each run did. */
export async function walkDrawn(engine: EngineName, drawn: readonly Drawn[]): Promise<Recorded[]> {
  const records: Recorded[] = [];
  const migration = await openMigration(engine, undefined, (stack, lab) => recording(stack, lab, records));
  const model = freshModel(migration);
  try {
    for (const one of drawn) {
      if (!one.possible(model)) continue;
      await one.run(migration, model);
      await migration.lab.advance(60);
    }
  } finally {
    await migration.close();
  }
  return records;
}
