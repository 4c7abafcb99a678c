import { isDeepStrictEqual } from "node:util";
import * as pulumi from "../providers/sdk.js";
import { MailstageError } from "../src/base/problem.js";
import { type Plan, parsePlan } from "../src/plan/index.js";
import { readPlanFile } from "../src/plan/plan-file.js";
import { rehearsalVariable } from "../src/plan/rehearsal.js";

/** A plan as the program gave it, read. */
export interface GivenPlan {
  readonly plan: Plan;
  /** Whether it is the plan of stack config: handlers, which are given no plan, look up there what they need of one. */
  readonly inConfig: boolean;
}

/**
 * The plan that the program gives: as an object, by its file, or that of stack config where it gives none, and in a rehearsal.
 * @throws MailstageError plan-not-plain, and what `parsePlan` and `readPlanFile` throw
 */
export function givenPlan(given: unknown, root: string): GivenPlan {
  const configured = new pulumi.Config("mailstage").getObject("plan");
  // A rehearsal's plan names the lab: the program's would move production.
  const rehearsed = configured !== undefined && process.env[rehearsalVariable] === pulumi.getStack();
  if (given === undefined || rehearsed) return { plan: parsePlan(configured), inConfig: true };
  if (pulumi.Output.isInstance(given) || given instanceof Promise)
    throw new MailstageError({
      code: "plan-not-plain",
      subject: "plan",
      reason: "is an output or a promise: which resources there are follows from it, before any is made",
      hint: "Give a plain object, the path of a file, or new pulumi.Config('mailstage').requireObject('plan'); its secrets have names of their own in stack config",
    });
  if (typeof given === "string") return { plan: readPlanFile(given, root), inConfig: false };
  return { plan: parsePlan(given, "plan"), inConfig: isDeepStrictEqual(given, configured) };
}
