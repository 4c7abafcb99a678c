import { stages } from "../../../src/plan/index.js";
import type { Model } from "../command.js";
import type { Migration } from "../migration.js";

/** `pulumi up`, and what the model learns of it. @returns whether it went well */
export async function up(
  migration: Migration,
  model: Model,
  options: { readonly skipPreview?: boolean } = {},
): Promise<boolean> {
  const run = await migration.stack.up(options);
  return learned(migration, model, run);
}

/** What the model learns of an update that was run in some way. */
export function learned(migration: Migration, model: Model, run: NonNullable<Migration["last"]>): boolean {
  migration.last = run;
  // Services that failed do so no longer: what must hold is looked at in peace.
  migration.lab.faults.clear();
  // Who is refused is told what would be to be set; nobody sets that before it goes well.
  migration.said = run.code === 0 ? run.diagnostics.map(({ message }) => message) : [];
  if (run.code !== 0) return false;
  model.reached = model.stage;
  model.wellAt = migration.lab.clock.now().getTime();
  model.moved = false;
  model.moves.length = 0;
  return true;
}

/**
 * An edit and the update that it is for. Who is refused sets back what they wrote, unless they leave it for later.
 * @param leave leaves it where it is refused
 */
export async function tried(
  migration: Migration,
  model: Model,
  edit: () => Promise<void>,
  leave = false,
): Promise<void> {
  const setBack = migration.remember();
  const { stage } = model;
  model.moved = true;
  await edit();
  if ((await up(migration, model)) || leave) return;
  await setBack();
  model.stage = stage;
}

/** Writes the stage after the one that was applied into the plan. */
export async function nextStage(migration: Migration, model: Model, convert: boolean): Promise<void> {
  const applied = model.reached === undefined ? -1 : stages.indexOf(model.reached);
  model.stage = stages[applied + 1] ?? "complete";
  await migration.edit((plan) => ({
    ...plan,
    stage: model.stage,
    waves: plan.waves.map((batch) => ({
      ...batch,
      ...(convert && { phase: "converted" as const }),
    })),
  }));
}
