import type { Command } from "commander";
import { plainLine } from "../../base/plain.js";
import { describeProblem } from "../../base/problem.js";
import { counted } from "../../base/words.js";
import { cloudOf, openCloud } from "../../microsoft365/index.js";
import type { Plan } from "../../plan/index.js";
import { type Secret, secrets } from "../../plan/secrets.js";
import { type CheckedArea, checkAll, checkFiles } from "../check/index.js";
import { givenSecret } from "../config-secret.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import type { PulumiProject } from "../pulumi-project.js";
import { heading, note, print, printWhole, styled } from "../terminal.js";

interface CheckOptions extends PlanChoice {
  offline?: boolean;
  json?: boolean;
}

/** `mailstage check`: everything that can be known before the first update, in one report. */
export function addCheck(program: Command): void {
  program
    .command("check")
    .description("check plan, mailbox files, premises, DNS and seats, all at once; changes nothing")
    .option("--stack <name>", "the stack whose plan is checked")
    .addOption(planOption())
    .option("--offline", "only plan and mailbox files: asks nobody, needs no password and no sign-in")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Passwords are read from MAILSTAGE_SOURCE_PASSWORD and MAILSTAGE_DIRECTORY_PASSWORD, the secret of dns.key from
MAILSTAGE_TSIG_SECRET, or else from the stack's secrets. The key is proved by DNS updates that change nothing.

Examples:
  $ mailstage check --stack production
  $ mailstage check --offline             a pull request of a stranger, without any credential

Exit codes: 0 everything is in order, 1 something is not.`,
    )
    .action(check);
}

async function check({ offline, json, ...chosen }: CheckOptions): Promise<void> {
  const { project, stack } = await stackChosen(chosen);
  const { plan } = await planOf(project, stack, chosen.plan);
  const areas =
    offline === true ? await checkFiles(plan, project.folder) : await askAll(plan, project, stack);
  const problems = areas.flatMap((area) => area.problems);
  if (problems.length > 0) process.exitCode = 1;
  if (json === true) return printWhole(JSON.stringify({ stack, problems: problems.length, areas }, null, 2));
  for (const { area, facts, warnings = [], problems: open } of areas) {
    if (facts.length + warnings.length + open.length === 0) continue;
    heading(area);
    for (const fact of facts) print(`  ${styled("green", "✓")} ${plainLine(fact)}`);
    for (const problem of warnings)
      print(`  ${styled("yellow", "!")} ${plainLine(describeProblem(problem))}`);
    for (const problem of open) print(`  ${styled("red", "✗")} ${plainLine(describeProblem(problem))}`);
  }
  print();
  print(
    problems.length === 0
      ? "Everything is in order."
      : styled("red", `${counted(problems.length, "problem")}.`),
  );
}

async function askAll(plan: Plan, project: PulumiProject, stack: string): Promise<CheckedArea[]> {
  const given = new Map<Secret, string>();
  const signs = plan.dns.host === "rfc2136" && plan.dns.key !== undefined;
  for (const secret of [secrets.source, secrets.directory, ...(signs ? [secrets.tsig] : [])]) {
    const value = await givenSecret(project.folder, stack, secret);
    if (value !== undefined) given.set(secret, value);
  }
  return checkAll(plan, {
    root: project.folder,
    stack,
    session: openCloud(cloudOf(plan.tenant)),
    secret: (secret) => given.get(secret),
    progress: (message) => {
      if (process.stderr.isTTY) note(message);
    },
  });
}
