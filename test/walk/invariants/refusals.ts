import { holdNotOwnDoing } from "./as-planned.js";
import { Violated } from "./violated.js";

/** 5: a refusal has a reason, and is no crash. */
export function holdRefusal(errors: string): void {
  if (errors.trim() === "") throw new Violated("5 a refusal has a reason", "the run failed without a word");
  if (/unhandled exception|Cannot read propert|is not a function|Unexpected struct type/.test(errors))
    throw new Violated("5 a refusal has a reason", errors);
  holdNotOwnDoing(errors);
}
