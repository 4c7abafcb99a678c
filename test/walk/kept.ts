import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Drawn } from "./command.js";
import { type Shape, shapeSchema, smallShape } from "./shape.js";
import { commands } from "./walk.js";

/** A walk as it is kept: commands by their names, with what was drawn for each. Weights and seeds may change, it stays. */
const keptSchema = z.strictObject({
  /** What it found, and what was mended. */
  found: z.string().min(1),
  /** What it begins with; absent: the smallest. */
  begins: shapeSchema.optional(),
  steps: z.array(z.strictObject({ do: z.string(), with: z.unknown().optional() })).min(1),
});

/**
 * Reads a walk that was kept.
 * @throws Error naming each step that no command knows any more
 */
export function readKept(file: string): {
  readonly found: string;
  readonly begins: Shape;
  readonly drawn: readonly Drawn[];
} {
  const { found, begins = smallShape, steps } = keptSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const drawn = steps.map((step) => commands.find(({ name }) => name === step.do)?.kept(step.with));
  const readable = drawn.filter((one) => one !== undefined);
  if (readable.length < drawn.length) {
    const unknown = steps.filter((_, index) => drawn[index] === undefined);
    throw new Error(`${file}: no command draws ${unknown.map((step) => JSON.stringify(step)).join(", ")}`);
  }
  return { found, begins, drawn: readable };
}

/** The text of a walk to be kept. */
export function keptText(found: string, begins: Shape, drawn: readonly Drawn[]): string {
  const steps = drawn.map(({ name, data }) => ({ do: name, with: data }));
  return `${JSON.stringify({ found, begins, steps }, undefined, 2)}\n`;
}
