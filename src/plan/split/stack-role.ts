import { MailstageError } from "../../base/problem.js";
import type { Plan, PlanInput, WavePlan } from "../index.js";

/** What one stack does of a plan. */
export type StackRole =
  /** The plan is not split. */
  | { readonly kind: "whole" }
  /** It moves the domain, and asks the wave stacks before it does. */
  | { readonly kind: "domain"; readonly waveStacks: readonly string[] }
  /** It migrates its own waves, as far as the domain stack has come. */
  | { readonly kind: "waves"; readonly domainStack: string };

/** The stacks of a split plan that migrate waves only, in the order of the plan. */
export function waveStacksOf({ domainStack, waves }: Plan): string[] {
  const named = new Set(waves.flatMap(({ stack }) => (stack === undefined ? [] : [stack])));
  return [...named].filter((stack) => stack !== domainStack);
}

/**
 * What a stack does of the plan, by its own name.
 * @throws MailstageError `stack-not-in-plan`
 */
export function roleOf(plan: Plan, stack: string): StackRole {
  const { domainStack } = plan;
  if (domainStack === undefined) return { kind: "whole" };
  const waveStacks = waveStacksOf(plan);
  if (stack === domainStack) return { kind: "domain", waveStacks };
  if (waveStacks.includes(stack)) return { kind: "waves", domainStack };
  throw new MailstageError({
    code: "stack-not-in-plan",
    subject: `stack ${stack}`,
    reason: `is no part of the plan: its domain stack is ${domainStack}, and its wave stacks are ${waveStacks.join(", ") || "none"}`,
    hint: "Name one of these with --stack, or give the stack to a wave of the plan",
  });
}

/** The waves a stack migrates: those that name it, and in the domain stack those that name none. */
export function wavesOf(plan: Plan, stack: string): WavePlan[] {
  const { domainStack, waves } = plan;
  return domainStack === undefined ? waves : waves.filter((wave) => (wave.stack ?? domainStack) === stack);
}

/** A split plan as one stack would apply it, such as a rehearsal's. */
export function joined({ domainStack: _domain, waves, ...plan }: PlanInput): PlanInput {
  return { ...plan, waves: waves.map(({ stack: _stack, ...wave }) => wave) };
}
