import { counted } from "../../base/words.js";
import { stackProblems } from "../../plan/split/index.js";
import type { GateAnswer, GateQuestion } from "./reads-of-gates.js";

/** Every wave stack of a split plan was applied before the domain goes on; a plan of one stack has none. */
export async function askStacksApplied(question: GateQuestion): Promise<GateAnswer> {
  const { stage, stacks = [], routing } = question.subject;
  const asks = stage === "route" || stage === "retire" || stage === "complete";
  return {
    gate: "stacks-applied",
    facts:
      stacks.length === 0 ? [] : [counted(stacks.length, "wave stack is applied", "wave stacks are applied")],
    problems: asks ? stackProblems(stage, stacks, routing?.routedAt ?? undefined) : [],
  };
}
