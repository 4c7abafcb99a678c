import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { MailstageError, throwIfAny } from "../../base/problem.js";
import { bindingProblems } from "../../reports/review/index.js";
import { type PlanChoice, planOption, stackChosen } from "../plan-choice.js";
import { boundNow } from "../review-binding-now.js";
import { note } from "../terminal.js";

/** `mailstage apply-guard`: refuses an update whose review no longer holds. */
export function addApplyGuard(program: Command): void {
  program
    .command("apply-guard")
    .description("before pulumi up: refuse when state, plan or mailbox files moved since the approved review")
    .requiredOption("--bound <file>", "what mailstage review --bind wrote")
    .option("--stack <name>", "the stack to be updated")
    .addOption(planOption())
    .addHelpText(
      "after",
      `
Example:
  $ mailstage review --bind review/bound.json     then have it approved
  $ mailstage apply-guard --bound review/bound.json && pulumi up --yes

Exit codes: 0 the review still holds, 1 it does not.`,
    )
    .action(async ({ bound, ...chosen }: PlanChoice & { readonly bound: string }) => {
      const { project, stack } = await stackChosen(chosen);
      throwIfAny(bindingProblems(await recordOf(bound), await boundNow(project, stack, chosen.plan)));
      note("Nothing moved since the review.");
    });
}

async function recordOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new MailstageError(
      {
        code: "binding-unreadable",
        subject: file,
        reason: existsSync(file) ? "cannot be read as JSON" : "does not exist",
        hint: "Give the file that mailstage review --bind wrote",
      },
      { cause },
    );
  }
}
