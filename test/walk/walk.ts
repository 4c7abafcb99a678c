import fc from "fast-check";
import { stages } from "../../src/plan/index.js";
import type { AnyCommand, Drawn, Model } from "./command.js";
import { engineCommands } from "./commands/engine.js";
import { servicesCommands } from "./commands/services.js";
import { userCommands } from "./commands/user.js";
import { worldCommands } from "./commands/world.js";
import { holdAll } from "./invariants.js";
import { type EngineName, type Migration, openMigration } from "./migration.js";
import type { Visits } from "./visits.js";

/** All that may happen. */
export const commands: readonly AnyCommand[] = [
  ...userCommands,
  ...engineCommands,
  ...worldCommands,
  ...servicesCommands,
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

/** Draws the commands of a walk. */
export function draw(seed: number, steps: number, from = commands): Drawn[] {
  const one = fc.oneof(...from.map(({ drawn, weight }) => ({ arbitrary: drawn, weight })));
  const [walk = []] = fc.sample(fc.array(one, { minLength: steps, maxLength: steps }), { seed, numRuns: 1 });
  return walk;
}

const lastOf = ({ last }: Migration) => last;

/** What the model knows of a migration to which nothing was done. */
export const freshModel = (migration: Migration): Model => ({
  stage: migration.plan.stage,
  reached: undefined,
  phases: new Map(migration.plan.batches.map(({ name, phase }) => [name, phase])),
  wellAt: migration.lab.clock.now().getTime(),
  byHand: new Set(),
  moved: false,
  moves: [],
});

/** Does a walk. What cannot be done is left out. */
export async function walk(
  seed: number,
  drawn: readonly Drawn[],
  engine: EngineName = "in-process",
  watch: (line: string) => void = () => {},
  visits?: Visits,
): Promise<Walked> {
  const begun = performance.now();
  const migration = await openMigration(engine);
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
      const { reached } = model;
      await one.run(migration, model);
      if (model.reached !== undefined) furthest = Math.max(furthest, stages.indexOf(model.reached));
      const last = lastOf(migration);
      if (last !== undefined) visits?.ran(last, migration.plan, reached);
      if (last !== undefined) updates[last.code === 0 ? "well" : "refused"] += 1;
      if (last?.code !== 0 && last?.errors) watch(`  → ${last.errors.split("\n")[0]}`);
      await holdAll(migration, model, one.name);
    }
    return outcome();
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...outcome(), failure };
  } finally {
    await migration.close();
  }
}

/** The shortest walk that still fails by the same invariant: commands are left out as long as it does. */
export async function shrink(
  seed: number,
  drawn: readonly Drawn[],
  failure: string,
): Promise<{ readonly walked: Walked; readonly drawn: readonly Drawn[] }> {
  const kind = (text: string) => text.split(":")[0];
  let shortest = [...drawn];
  let found = await walk(seed, shortest);
  for (let size = Math.ceil(shortest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const without = [...shortest.slice(0, at), ...shortest.slice(at + size)];
      const tried = await walk(seed, without);
      if (tried.failure !== undefined && kind(tried.failure) === kind(failure)) {
        shortest = without;
        found = tried;
      } else at += size;
    }
  }
  return { walked: found, drawn: shortest };
}
