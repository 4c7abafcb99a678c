import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { Lab, World } from "../../../lab/index.js";
import { makeFolder } from "../../base/make-folder.js";
import { duration } from "../../base/words.js";
import { readMailboxFiles } from "../../plan/csv/index.js";
import { parseDuration } from "../duration.js";
import { loadLab } from "../load-lab.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import { findProject, labFolder } from "../pulumi-project.js";
import { findLab, forgetLab, noteLab, untilInterrupted } from "../running-lab.js";
import { heading, note, print, printWhole } from "../terminal.js";

interface LabCommandOptions extends PlanChoice {
  state?: string;
}

/** `mailstage lab` and `mailstage lab advance`. */
export function addLab(program: Command): void {
  const lab = program
    .command("lab")
    .description("start the lab for a plan: Microsoft's side and yours on loopback, until Ctrl-C")
    .option("--stack <name>", "the stack whose plan the lab is made for")
    .addOption(planOption())
    .option("--state <file>", "where the lab keeps its state; a lab that has one goes on from it")
    .addHelpText(
      "after",
      `
Example:
  $ mailstage lab --stack production           until Ctrl-C
  $ mailstage lab advance 72h                  in another terminal

Exit codes: 0 stopped with Ctrl-C, 1 it cannot start.`,
    )
    .action(startAndWait);
  lab
    .command("advance")
    .description("move the running lab's clock forward")
    .argument("<duration>", "such as 15m, 72h or 1d 12h")
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage lab advance 15m
  $ mailstage lab advance '1d 12h'

Exit codes: 0 it is later there, 1 no lab runs here.`,
    )
    .action(async (time: string) => {
      const seconds = parseDuration(time);
      const now = await (await findLab(process.cwd())).advance(seconds);
      print(`The lab's clock went forward by ${duration(seconds)}; it is ${now.toISOString()} there.`);
    });
}

async function startAndWait(options: LabCommandOptions): Promise<void> {
  const project = await findProject(process.cwd());
  const stateFile = options.state ?? join(labFolder(project.folder), "lab-state.json");
  const world = existsSync(stateFile) ? undefined : await worldOf(options);
  await makeFolder(labFolder(project.folder));
  const { startLab } = await loadLab();
  const lab = await startLab({ world, stateFile });
  await serve(project.folder, lab, () => printAddresses(lab));
}

/** Keeps a lab running until Ctrl-C, findable for `lab advance`; then writes its state and stops it. */
export async function serve(folder: string, lab: Lab, ready: () => void | Promise<void>): Promise<void> {
  try {
    await noteLab(folder, lab);
    const stopped = untilInterrupted();
    await ready();
    note("Ctrl-C stops the lab; its state is kept.");
    await stopped;
  } finally {
    await forgetLab(folder);
    await lab.close();
    note("The lab is stopped.");
  }
}

async function worldOf(chosen: PlanChoice): Promise<World> {
  const { project, stack } = await stackChosen(chosen);
  const { plan } = await planOf(project, stack, chosen.plan);
  const { worldFromPlan } = await loadLab();
  return worldFromPlan(plan, readMailboxFiles(project.folder, plan));
}

/** Where the lab listens. */
function printAddresses(lab: Lab): void {
  heading("The lab runs");
  const width = Math.max(...Object.keys(lab.addresses).map(({ length }) => length));
  for (const [name, address] of Object.entries(lab.addresses))
    printWhole(`  ${name.padEnd(width)}  ${address}`);
  printWhole(`  ${"CA".padEnd(width)}  ${lab.caFile}`);
}
