import type { Problem } from "../../base/problem.js";

/** What was found of one thing: what is in order, what wants looking at, and what is not in order. */
export interface Findings {
  readonly facts: readonly string[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
}
