import { existsSync, realpathSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import type { Lab } from "../../../lab/index.js";
import { makeFolder } from "../../base/make-folder.js";
import { packageRoot } from "../../base/package-root.js";
import { isIn } from "../../base/paths.js";
import { environmentLines, shellWord } from "../../base/platform.js";
import { MailstageError } from "../../base/problem.js";
import { counted } from "../../base/words.js";
import { autodiscoverService } from "../../dns/index.js";
import { readMailboxFiles } from "../../plan/csv/index.js";
import { type Plan, stages } from "../../plan/index.js";
import { rehearsalVariable } from "../../plan/rehearsal.js";
import { joined } from "../../plan/split/index.js";
import { locateEngine, pathWithEngine } from "../engine.js";
import { loadLab } from "../load-lab.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import {
  labFolder,
  otherKeys,
  type PulumiProject,
  rehearsalEnvironment,
  shortName,
  stackFile,
  writeBackend,
  writePlan,
} from "../pulumi-project.js";
import { heading, note, print, printWhole } from "../terminal.js";
import { type RehearsedZone, readLiveZone, readZoneFile } from "../zone-file.js";
import { serve } from "./lab.js";

interface RehearseOptions extends PlanChoice {
  name: string;
  zone?: string;
  fresh?: boolean;
}

/** `mailstage rehearse`: the lab, loaded with the user's own plan, mailboxes and zone, and a stack that works against it. */
export function addRehearse(program: Command): void {
  program
    .command("rehearse")
    .description("load your plan, mailbox lists and zone into the lab, and try pulumi up against it")
    .requiredOption("--stack <name>", "the stack whose plan is rehearsed")
    .addOption(planOption())
    .option("--name <name>", "name of the rehearsal's own stack", "rehearsal")
    .option(
      "--zone <file>",
      "the zone as your DNS host exports it or `dig AXFR` prints it; default: the live records the migration touches",
    )
    .option("--fresh", "forget an earlier rehearsal of that name and begin again at prepare")
    .addHelpText(
      "after",
      `
Example:
  $ mailstage rehearse --stack production        (in one terminal)
  $ . .mailstage/rehearsal.env                   (in another)
  $ pulumi up --stack rehearsal
  $ mailstage lab advance 15m

Exit codes: 0 stopped with Ctrl-C, 1 it cannot start.`,
    )
    .action(rehearse);
}

/** The files of one rehearsal. */
function placesOf(project: PulumiProject, name: string) {
  const folder = labFolder(project.folder);
  return {
    folder,
    lab: join(folder, `${name}.lab.json`),
    backend: join(folder, `${name}.state`),
    environment: rehearsalEnvironment(project, name),
    stack: stackFile(project, name),
  };
}

async function rehearse(options: RehearseOptions): Promise<void> {
  const { name } = options;
  const { project, stack } = await stackChosen(options);
  if (shortName(stack) === name)
    throw new MailstageError({
      code: "rehearsal-itself",
      subject: `stack ${stack}`,
      reason: "is the rehearsal itself",
      hint: "Name the stack to rehearse with --stack",
    });
  const places = placesOf(project, name);
  if (options.fresh)
    for (const path of [
      places.lab,
      `${places.lab}.files`,
      places.backend,
      places.environment,
      places.stack,
      join(project.folder, rehearsedSnapshots(name)),
    ])
      await rm(path, { recursive: true, force: true });
  const goesOn = existsSync(places.lab) && existsSync(places.stack);

  const { written, plan } = goesOn ? await planOf(project, name) : await planOf(project, stack, options.plan);
  const files = readMailboxFiles(project.folder, plan);
  await makeFolder(places.folder);
  const zone = goesOn ? undefined : await zoneOf(plan, options.zone);
  const { startLab, worldFromPlan } = await loadLab();
  const world = goesOn ? undefined : worldFromPlan(plan, files, zone?.records, zone?.services);
  const lab = await startLab({ world, stateFile: places.lab });

  await serve(project.folder, lab, async () => {
    await writePlan(project, name, labPlan(lab, plan, written, goesOn, name));
    const environment = {
      ...lab.environment,
      PULUMI_BACKEND_URL: await writeBackend(places.backend, project, name),
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PATH: await searchPath(lab.environment["PATH"]),
      [rehearsalVariable]: name,
      MAILSTAGE_PROJECT_ROOT: project.folder,
    };
    await writeFile(places.environment, environmentLines(environment), { mode: 0o600 });
    const mailboxes = files.reduce((sum, { rows }) => sum + rows.length, 0);
    heading(`${goesOn ? "Going on with" : "Ready for"} a rehearsal of ${plan.domain}`);
    print(
      `  ${counted(mailboxes, "mailbox", "mailboxes")} in ${counted(files.length, "wave")}; production is not touched`,
    );
    printWhole(`  plan: ${places.stack}${goesOn ? "" : ", at stage prepare"}`);
    await tellOtherKeys(project, stack, name);
    heading("In another terminal");
    printWhole(`  . ${shellWord(places.environment)}`);
    printWhole(`  pulumi up --stack ${name}`);
    print("  mailstage lab advance 15m        when it says to come back later");
    print(`  CONTROL=${lab.addresses.control}   for faults, as docs/lab.md has them`);
    print();
  });
}

/**
 * Says what a program of one's own may ask for that the rehearsal's stack has not. It is not taken over: what names an account or a
 * cluster would have the rest of that program work on production.
 */
async function tellOtherKeys(project: PulumiProject, stack: string, name: string): Promise<void> {
  if (isWithin(packageRoot, project.program)) return;
  const there = new Set(await otherKeys(project, name));
  const missing = (await otherKeys(project, stack)).filter((key) => !there.has(key));
  if (missing.length === 0) return;
  note(
    `  Your program's own configuration is not taken over, since it may name what is production's: ${missing.join(", ")}. Give the rehearsal what it needs, in ${stackFile(project, name)} or with pulumi config set --stack ${name}`,
  );
}

/** Whether a path is a folder or lies in it, links followed. */
function isWithin(folder: string, path: string): boolean {
  if (!existsSync(path)) return false;
  return isIn(realpathSync(path), realpathSync(folder));
}

/** The lab's search path, on which `pulumi` is the CLI that mailstage uses; where there is none, that is said and the lab serves all the same. */
async function searchPath(path = ""): Promise<string> {
  try {
    return pathWithEngine(await locateEngine(), path);
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    note(`warning: ${error.message}`);
    return path;
  }
}

/** Where a rehearsal keeps what its users were like, relative to the folder of Pulumi.yaml. */
const rehearsedSnapshots = (name: string) => `.mailstage/${name}.snapshots`;

/**
 * The plan of the rehearsal: as it was written, with the lab's addresses; a new one begins at the first stage. A plan that is split
 * is rehearsed by one stack.
 */
function labPlan(lab: Lab, plan: Plan, written: unknown, goesOn: boolean, name: string): unknown {
  const { tenant, dns, source, directory } = lab.planOverrides(plan);
  const stage = goesOn ? {} : { stage: stages[0] };
  const whole =
    plan.domainStack === undefined ? z.record(z.string(), z.unknown()).parse(written) : joined(plan);
  // Production's place may be a container, and is not for what a rehearsal did.
  const conversion = { ...plan.conversion, snapshots: rehearsedSnapshots(name) };
  return { ...whole, ...stage, tenant, dns, source, directory, conversion };
}

async function zoneOf(plan: Plan, file: string | undefined): Promise<RehearsedZone | undefined> {
  if (file !== undefined) {
    const { skipped, ...zone } = readZoneFile(await readFile(resolve(file), "utf8"), plan, file);
    note(`${counted(zone.records.length, "record set")} from ${file}`);
    for (const line of skipped) note(`  left out, the lab does not serve it: ${line}`);
    return zone;
  }
  try {
    const records = await readLiveZone(plan);
    const { nameServers, resolvers, zone = plan.domain } = plan.dns;
    const service = await autodiscoverService(plan.domain, { zone, nameServers, resolvers });
    if (service !== undefined) note(`Not in the lab: ${service}`);
    return { records, services: [] };
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    note(
      `The live zone cannot be read, so the lab gets a customary one (an MX, SPF, Autodiscover): ${error.message}`,
    );
    return undefined;
  }
}
