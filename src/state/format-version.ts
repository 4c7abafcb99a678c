import { z } from "zod";
import type { Problem } from "../base/problem.js";

/**
 * The form of what stands in state: the first release that writes it so. A change of a contract that an older program would read
 * wrongly, or that changes resources of a state written before, raises it (CONTRIBUTING.md, "A release").
 */
export const stateFormat = "0.1.0";

const formatSchema = z.string().regex(/^\d+\.\d+\.\d+$/);

/** Refuses a state that a newer mailstage has written: what is new in it would be lost without a word. Pure. */
export function newerState(format: unknown, own: string = stateFormat): Problem | undefined {
  const written = formatSchema.safeParse(format).data;
  if (written === undefined || written.localeCompare(own, "en", { numeric: true }) <= 0) return undefined;
  return {
    code: "state-newer",
    subject: "the stack's state",
    reason: `was written by mailstage ${written} or newer, and this one knows its form up to ${own} only`,
    hint: `Install mailstage ${written} or newer here, as the run before this one had`,
  };
}

/** What an update does to a state that an older mailstage has written; undefined where it has this form already. Pure. */
export function formatChange(format: string | undefined): string | undefined {
  if (format === stateFormat) return undefined;
  return `the state goes from the form of mailstage ${format ?? "before 0.1.0"} to that of ${stateFormat}; an older mailstage will refuse it then`;
}
