import { Option } from "commander";
import { MailstageError } from "../base/problem.js";
import { type Plan, parsePlan } from "../plan/index.js";
import { writtenPlan } from "../plan/plan-file.js";
import { chooseStack, findProject, type PulumiProject, readPlan } from "./pulumi-project.js";

/** Where a command finds the plan. */
export interface PlanChoice {
  /** As the user names it; default: the only one there is. */
  readonly stack?: string;
  /** File of a plan that the program gives, relative to the folder the command runs in; default: the stack's configuration. */
  readonly plan?: string;
}

/** The option of every command that reads the plan. */
export const planOption = () =>
  new Option(
    "--plan <file>",
    "the plan that a program of your own gives, as YAML or JSON; default: mailstage:plan of the stack",
  );

/** The project of the folder the command runs in, and its stack. @throws MailstageError what `findProject` and `chooseStack` throw */
export async function stackChosen({
  stack,
  plan,
}: PlanChoice): Promise<{ readonly project: PulumiProject; readonly stack: string }> {
  const project = await findProject(process.cwd());
  return { project, stack: chooseStack(project, stack, plan !== undefined) };
}

/** A plan, and how it was written. */
export interface PlanRead {
  readonly written: unknown;
  readonly plan: Plan;
}

/**
 * The plan of a stack.
 * @param file where a program of one's own gives the plan; else it is in the stack's configuration, or in the project's
 * @throws MailstageError `plan-missing`, and what `parsePlan` and `writtenPlan` throw
 */
export async function planOf(project: PulumiProject, stack: string, file?: string): Promise<PlanRead> {
  if (file !== undefined) {
    const written = writtenPlan(file, process.cwd());
    return { written, plan: parsePlan(written, file) };
  }
  const written = await readPlan(project, stack);
  if (written === undefined || written === null)
    throw new MailstageError({
      code: "plan-missing",
      subject: "mailstage:plan",
      reason: `is neither in the configuration of stack ${stack} nor in that of the project`,
      hint: "Write it there, or let mailstage init do it. Where your program gives the plan, name its file with --plan",
    });
  return { written, plan: parsePlan(written) };
}
