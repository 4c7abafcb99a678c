import fc from "fast-check";
import { stages } from "../../src/plan/index.js";
import type { EngineName } from "../engine/open-stack.js";
import type { AnyCommand, Drawn, Model } from "./command.js";
import { engineCommands } from "./commands/engine.js";
import { engineAtOnceCommands } from "./commands/engine-at-once.js";
import { engineLostCommands } from "./commands/engine-lost.js";
import { engineOnwardCommands } from "./commands/engine-onward.js";
import { engineRemedyCommands } from "./commands/engine-remedy.js";
import { engineRestoreCommands } from "./commands/engine-restore.js";
import { engineRunCommands } from "./commands/engine-runs.js";
import { servicesCommands } from "./commands/services.js";
import { userCommands } from "./commands/user.js";
import { userBrokenListCommands } from "./commands/user-broken-lists.js";
import { userListCommands } from "./commands/user-lists.js";
import { userPlanCommands } from "./commands/user-plan.js";
import { userRotationCommands } from "./commands/user-rotation.js";
import { userSecretCommands } from "./commands/user-secrets.js";
import { userWaveCommands } from "./commands/user-waves.js";
import { worldCommands } from "./commands/world.js";
import { clockCommands } from "./commands/world-clocks.js";
import { Invariants } from "./invariants/index.js";
import { type Migration, openMigration } from "./migration.js";
import { drawShape, type Shape, typedShape } from "./shape.js";
import type { Visits } from "./visits.js";

/** All that may happen. */
export const commands: readonly AnyCommand[] = [
  ...userCommands,
  ...userPlanCommands,
  ...userListCommands,
  ...userBrokenListCommands,
  ...userWaveCommands,
  ...userSecretCommands,
  ...userRotationCommands,
  ...engineCommands,
  ...engineRunCommands,
  ...engineAtOnceCommands,
  ...engineLostCommands,
  ...engineRestoreCommands,
  ...engineRemedyCommands,
  ...engineOnwardCommands,
  ...worldCommands,
  ...servicesCommands,
  ...clockCommands,
];

/** What came of one walk. */
export interface Walked {
  readonly seed: number;
  /** What was done, a line a command. */
  readonly typed: readonly string[];
  /** Why it failed; undefined when it did not. */
  readonly failure?: string;
  /** The stage that was reached, and how many updates went well or were refused. */
  readonly reached: string;
  readonly updates: { readonly well: number; readonly refused: number };
  /** Runs of the engine, and real milliseconds. */
  readonly milliseconds: number;
}

/** Of so many walks one goes on to the end, which takes as long as the walk itself. */
const onwardOf = 5;

/** All commands, some of which come twenty times as often, for who wants to see what these find. */
export const oftener = (names: readonly string[]): readonly AnyCommand[] =>
  commands.map((one) => (names.includes(one.name) ? { ...one, weight: one.weight * 20 } : one));

/** Draws the commands of a walk. */
export function draw(seed: number, steps: number, from = commands): Drawn[] {
  const drawable = from.filter(({ weight }) => weight > 0);
  const one = fc.oneof(...drawable.map(({ drawn, weight }) => ({ arbitrary: drawn, weight })));
  const [walk = []] = fc.sample(fc.array(one, { minLength: steps, maxLength: steps }), { seed, numRuns: 1 });
  const end = from.find(({ name }) => name === "onward to the end")?.kept(undefined);
  return end === undefined || seed % onwardOf !== 0 ? walk : [...walk, end];
}

const lastOf = ({ last }: Migration) => last;

/** What the model knows of a migration to which nothing was done. */
export const freshModel = (migration: Migration): Model => ({
  stage: migration.plan.stage,
  reached: undefined,
  wellAt: migration.lab.clock.now().getTime(),
  byHand: new Set(),
  takenLicences: new Set(),
  risked: new Set(),
  found: new Set(),
  moved: false,
  moves: [],
});

/** One walk in so many, and each that is kept, goes over TLS and sockets as users do; the others past them, in two thirds of the time. */
const overNetwork = 25;

/** Does a walk. What cannot be done is left out. */
export async function walk(
  seed: number,
  drawn: readonly Drawn[],
  engine: EngineName = "in-process",
  watch: (line: string) => void = () => {},
  visits?: Visits,
  shape: Shape = drawShape(seed),
): Promise<Walked> {
  const begun = performance.now();
  const invariants = new Invariants((run) => visits?.ran(run, migration.labPlan(), model.reached));
  const migration = await openMigration(engine, shape, invariants.watch, seed % overNetwork !== 0);
  watch(typedShape(shape));
  const model = freshModel(migration);
  const typed: string[] = [];
  let furthest = -1;
  const updates = { well: 0, refused: 0 };
  const outcome = () => ({
    seed,
    typed,
    reached: stages[furthest] ?? "nothing",
    updates,
    milliseconds: performance.now() - begun,
  });
  try {
    for (const one of drawn) {
      if (!one.possible(model)) continue;
      typed.push(one.typed);
      watch(one.typed);
      visits?.add(`command ${one.name}`);
      migration.last = undefined;
      await one.run(migration, model);
      if (model.reached !== undefined) furthest = Math.max(furthest, stages.indexOf(model.reached));
      const last = lastOf(migration);
      if (last !== undefined) updates[last.code === 0 ? "well" : "refused"] += 1;
      if (last?.code !== 0 && last?.errors) watch(`  → ${last.errors.split("\n")[0]}`);
      await invariants.hold(migration, model, one.name);
    }
    await invariants.end(migration);
    return outcome();
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...outcome(), failure };
  } finally {
    await migration.close();
  }
}
