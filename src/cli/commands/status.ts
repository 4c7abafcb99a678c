import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { MailstageError } from "../../base/problem.js";
import { cloudOf, isLoopback, openCloud } from "../../microsoft365/index.js";
import type { Plan } from "../../plan/index.js";
import {
  askLive,
  batchNamesOf,
  licensesOf,
  readState,
  type StackState,
  type Status,
  statusHtml,
  statusOf,
  statusText,
} from "../../reports/status/index.js";
import { exportState } from "../capture.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import { note, print, printWhole, styled } from "../terminal.js";

interface StatusOptions extends PlanChoice {
  live?: boolean;
  json?: boolean;
  html?: string;
}

/** `mailstage status`: where the migration stands. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description(
      "say where the migration stands: stage, waves, mail, waiting periods, failures, what to do next",
    )
    .option("--stack <name>", "the stack")
    .addOption(planOption())
    .option("--live", "ask Microsoft 365 and DNS too, not only the state of the last update")
    .option("--json", "print it as JSON")
    .option("--html <file>", "write it as one page for people who do not use a terminal")
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage status
  $ mailstage status --live --html status.html

Exit codes: 0 told, 1 the state cannot be read.`,
    )
    .action(async (options: StatusOptions) => {
      const status = await read(options);
      if (options.html !== undefined) {
        await writeFile(options.html, statusHtml(status));
        note(`The page is in ${options.html}`);
      }
      if (options.json === true) printWhole(JSON.stringify(status, null, 2));
      else if (options.html === undefined) print(statusText(status, styled).trimEnd());
    });
}

async function read({ live, ...chosen }: StatusOptions): Promise<Status> {
  const { project, stack } = await stackChosen(chosen);
  const readPlan = async () => (await planOf(project, stack, chosen.plan)).plan;
  const state = readState(await exportState(project.folder, stack), stack);
  if (live !== true) {
    const rehearsed = await labTime(readPlan);
    // A rehearsal has a clock of its own: nothing is told by the one of this machine.
    return rehearsed === undefined
      ? statusOf(state, new Date())
      : statusOf({ ...state, writtenAt: null }, rehearsed);
  }
  const plan = await readPlan();
  return statusOf(state, new Date(), await askLive(openCloud(cloudOf(plan.tenant)), questionOf(plan, state)));
}

/** The time of the lab that the plan names, where one runs; undefined in production. */
async function labTime(readPlan: () => Promise<Plan>): Promise<Date | undefined> {
  try {
    const { tenant } = await readPlan();
    if (tenant.endpoints === undefined || !isLoopback(new URL(tenant.endpoints.graph))) return undefined;
    return await openCloud(cloudOf(tenant)).now();
  } catch (error) {
    if (error instanceof MailstageError) return undefined;
    throw error;
  }
}

function questionOf({ domain, waves, dns }: Plan, state: StackState) {
  const { nameServers, resolvers, zone } = dns;
  return {
    domain,
    licenses: licensesOf(state),
    waves: new Map(waves.map(({ name }) => [name, batchNamesOf(state, name)])),
    observed: { zone: zone ?? domain, nameServers, resolvers },
  };
}
