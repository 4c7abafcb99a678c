import { existsSync, realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { defined } from "../../base/defined.js";
import { packageRoot } from "../../base/package-root.js";
import { MailstageError } from "../../base/problem.js";
import { are, counted } from "../../base/words.js";
import { parseMx } from "../../dns/index.js";
import { adoptionOf, type ImportEntry, secretsIn, withSecrets } from "../../migration/adopt/import-file.js";
import type { Plan } from "../../plan/index.js";
import { roleOf, waveStacksOf } from "../../plan/split/index.js";
import { readState } from "../../reports/status/index.js";
import { refuseDifferences, runLooking } from "../adopt/look.js";
import { encryptForStack } from "../adopt/secrets.js";
import { exportState } from "../capture.js";
import { type PlanChoice, planOf, planOption, stackChosen } from "../plan-choice.js";
import { type PulumiProject, shortName } from "../pulumi-project.js";
import { print, printWhole, whileSaying } from "../terminal.js";

interface AdoptOptions extends PlanChoice {
  output: string;
  formerMx?: string[];
  formerTtl?: number;
  ownProgram?: boolean;
}

/** `mailstage adopt`: an import file for what exists, so that a migration begun by hand, or whose state was lost, goes on. */
export function addAdopt(program: Command): void {
  program
    .command("adopt")
    .description("write an import file for what exists already: begun by hand, or its state lost")
    .option("--stack <name>", "the stack that is to have it")
    .addOption(planOption())
    .option("-o, --output <file>", "the import file", "adopt.json")
    .option(
      "--former-mx <values>",
      "the MX before mail went to Microsoft 365, as in `10 mail.contoso.com`; several by commas",
      mxValues,
    )
    .option("--former-ttl <seconds>", "its TTL; default: the present one", seconds)
    .option("--own-program", "run a program of your own, which declares nothing but the migration")
    .addHelpText(
      "after",
      `
Writes nothing but the file, and the file only if everything that exists is as the plan says; what differs is named, all at
once. What does not exist yet is left to pulumi up. Secrets are in the file as the stack's own secrets provider encrypts them.

Examples:
  $ mailstage adopt --stack production -o adopt.json
  $ pulumi import --file adopt.json --yes --generate-code=false --protect=false --stack production
  $ pulumi preview --stack production            shows no change
  $ mailstage adopt --former-mx "10 mail.contoso.com" --former-ttl 86400      at route and later

Exit codes: 0 the file is written, 1 something differs or cannot be read: nothing is written.`,
    )
    .action(adopt);
}

async function adopt({ output, formerMx, formerTtl, ownProgram, ...chosen }: AdoptOptions): Promise<void> {
  const { project, stack } = await stackChosen(chosen);
  if (ownProgram !== true) refuseOwnProgram(project);
  const others = otherStacks((await planOf(project, stack, chosen.plan)).plan, stack);
  await refuseState(project, stack);
  const said = formerMx === undefined ? undefined : { ...defined({ ttl: formerTtl }), values: formerMx };
  const file = resolve(output);
  const { entries, absent } = await whileSaying(
    `looking at the tenant, the zone and the directory, as ${stack} would have them …`,
    runLooking({ project, stack, formerMx: said, others }, async (looked, folder) => {
      const found = adoptionOf(refuseDifferences(looked), looked.findings);
      const encrypted = await encryptForStack(project, stack, secretsIn(found.entries), folder);
      const resources = withSecrets(found.entries, encrypted);
      await writeFile(file, `${JSON.stringify({ resources }, null, 2)}\n`, { mode: 0o600 });
      return found;
    }),
  );
  tell(entries, absent, output, stack);
}

function tell(
  entries: readonly ImportEntry[],
  absent: readonly string[],
  output: string,
  stack: string,
): void {
  print(`${counted(entries.length, "resource")} ${are(entries.length)} in ${output}. Next:`);
  printWhole(`  pulumi import --file ${output} --yes --generate-code=false --protect=false --stack ${stack}`);
  printWhole(`  pulumi preview --stack ${stack}`);
  if (absent.length === 0) return;
  print();
  print("Not there yet, and left to pulumi up:");
  for (const what of absent) print(`  ${what}`);
}

/** The stacks of a split plan whose word this one goes by. */
function otherStacks(plan: Plan, stack: string): readonly string[] {
  const part = roleOf(plan, shortName(stack));
  return part.kind === "whole" ? [] : part.kind === "waves" ? [part.domainStack] : waveStacksOf(plan);
}

/** The run that looks makes nothing of mailstage's resources; of others it would. */
function refuseOwnProgram({ folder, program }: PulumiProject): void {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : path);
  if (real(program).startsWith(real(join(packageRoot, "dist/stacks")))) return;
  throw new MailstageError({
    code: "adopt-own-program",
    subject: `program ${relative(folder, program) || "."}`,
    reason: "is not mailstage's own, and adopt runs it: whatever else it declares would be made",
    hint: "Where it declares nothing but the migration, give --own-program; else leave the rest out of it while you adopt",
  });
}

/** What is in state already is not adopted once more. */
async function refuseState(project: PulumiProject, stack: string): Promise<void> {
  const { resources } = readState(await exportState(project.folder, stack), stack);
  if (resources.length === 0) return;
  throw new MailstageError({
    code: "adopt-state-there",
    subject: `stack ${stack}`,
    reason: `has ${counted(resources.length, "resource")} of mailstage in its state already`,
    hint: "pulumi up goes on from there, and takes over what it finds. To adopt all the same, take them out of the state first (pulumi state delete)",
  });
}

function mxValues(text: string): string[] {
  const values = text.split(",").map((value) => value.trim());
  for (const value of values)
    try {
      parseMx(value);
    } catch {
      throw new InvalidArgumentError(
        `"${value}" is no MX: a preference and a host, as in 10 mail.contoso.com`,
      );
    }
  return values;
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it is a number of seconds");
}
