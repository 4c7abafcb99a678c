import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import { packageRoot } from "../../base/package-root.js";
import { plainLine } from "../../base/plain.js";
import { describeProblem, type Problem } from "../../base/problem.js";
import { wrapped } from "../../base/wrapped.js";
import { sdkProblems } from "../../dns/hosts/index.js";
import { hostProblems, type ServerChoice } from "../../dns/index.js";
import { dnsHosts } from "../../plan/dns-plan.js";
import type { DnsPlan } from "../../plan/index.js";
import { hasPulumi } from "../engine.js";
import { Interrupted } from "../failure.js";
import {
  type Ask,
  askInputs,
  describeHost,
  describeSurvey,
  domainInput,
  type Inputs,
  inputMistakes,
  inputOptions,
  isComplete,
  neededInputs,
  nextSteps,
  type Pipeline,
  pipelineFiles,
  pipelines,
  planFiles,
  proposePipeline,
  proposePlan,
  refuseExisting,
  repositoryOf,
  surveyZone,
  writeFiles,
  type ZoneSurvey,
} from "../init/index.js";
import { heading, note, print, printWhole, styled } from "../terminal.js";

interface InitOptions extends Inputs {
  readonly stack: string;
  readonly host?: DnsPlan["host"];
  readonly pipeline?: Pipeline;
  readonly keyName: string;
  readonly sku: string;
  readonly nameServer?: string[];
  readonly resolver?: string[];
  readonly yes?: boolean;
  readonly force?: boolean;
}

/** `mailstage init`: the plan of a new migration, from what the zone says and what only people know. */
export function addInit(program: Command): void {
  const several = (value: string, before: string[] = []) => [...before, value];
  const command = program
    .command("init")
    .description("look at the domain's zone and write the plan of a new migration into this folder");
  for (const { flag, meaning } of inputOptions())
    command.option(flag, `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`);
  command
    .option("--stack <name>", "the stack to write the plan for", "production")
    .addOption(new Option("--host <host>", "who hosts the zone; default: what is found").choices(dnsHosts))
    .option("--key-name <name>", "rfc2136: the TSIG key's name on the server", "mailstage")
    .option("--sku <name>", "skuPartNumber of the licence", "ENTERPRISEPACK")
    .option(
      "--name-server <host:port>",
      "ask this server of the zone, not those DNS names; repeatable",
      several,
    )
    .option("--resolver <host:port>", "ask this resolver, not the system's; repeatable", several)
    .addOption(
      new Option(
        "--pipeline <kind>",
        "whose pipeline files to write; default: what the repository has",
      ).choices(pipelines),
    )
    .option("--yes", "ask nothing; take what is proposed")
    .option("--force", "write a new plan in place of one that is there; lists are kept")
    .addHelpText(
      "after",
      `
Asks for what is missing on a terminal; without one, and with --yes, the missing flags are an error. Writes Pulumi.yaml,
Pulumi.<stack>.yaml, mailboxes/wave1.csv, .gitignore and the files of the pipeline, or nothing where anything is wrong.
A file that is there is never overwritten, except the plan with --force.

Examples:
  $ mailstage init --domain contoso.com
  $ mailstage init --yes --domain contoso.com --tenant 6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34 \\
      --test-mailbox pilarp@contoso.com --account 'CONTOSO\\migadmin' \\
      --host cloudflare --zone-id 023e105f4ecef8ad9ca31a8372d0c353 --pipeline github

Exit codes: 0 written, 1 failure, 2 wrong usage or flags missing, 130 ended by Ctrl-C.`,
    )
    .action(async (options: InitOptions, command: Command) => {
      if (process.stdin.isTTY && options.yes !== true) await onTerminal((ask) => init(options, command, ask));
      else await init(options, command, undefined);
    });
}

async function init(options: InitOptions, command: Command, ask: Ask | undefined): Promise<void> {
  const { stack, keyName, sku } = options;
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(stack))
    command.error(`error: --stack ${JSON.stringify(stack)} must be letters, digits, -, _ and . only`);
  const folder = process.cwd();
  if (options.force !== true) await refuseExisting(folder, stack);

  const complain = (mistake: string) => note(`It ${mistake}.`);
  const given: Inputs = options;
  // With a terminal only wrong values are an error here: what is missing is asked.
  const required = neededInputs(options.host).filter(({ name }) => !ask || given[name] !== undefined);
  const early = inputMistakes(given, required);
  const surveyable = inputMistakes(given, [domainInput]).length === 0;
  // Without --host the zone tells which host it is, and so which flags are missing besides: all are named at once.
  if (early.length > 0 && (ask !== undefined || !surveyable || options.host !== undefined))
    refuseUsage(command, early);
  const named = ask === undefined ? given : await askInputs(given, [domainInput], ask, complain);

  const choice: ServerChoice = { nameServers: options.nameServer, resolvers: options.resolver };
  const survey = await surveyOr(named.domain ?? "", choice, () => {
    if (early.length > 0) refuseUsage(command, early);
  });
  printSurvey(survey);
  const host = options.host ?? (ask === undefined ? survey.proposed : await askHost(survey, ask));
  print(`  ${plainLine(describeHost(host))}`);
  for (const warning of [...survey.warnings, ...hostProblems(survey.zone, host, survey.nameServers)])
    warn(warning);

  const needed = neededInputs(host);
  const inputs = ask === undefined ? named : await askInputs(named, needed, ask, complain);
  const mistakes = inputMistakes(inputs, needed);
  if (mistakes.length > 0 || !isComplete(inputs)) return refuseUsage(command, mistakes);
  const plan = proposePlan({ inputs, survey, host, keyName, sku, choice });
  const pipeline = options.pipeline ?? (await choosePipeline(await proposePipeline(folder), ask));
  const repository = await repositoryOf(folder);
  const values = { stack, tenant: inputs.tenant, host, repository };
  const files = await pipelineFiles(join(packageRoot, "examples"), pipeline, values);
  const changes = await planFiles(folder, stack, survey.domain, plan, files);
  await writeFiles(folder, changes);

  heading("Files");
  for (const { verb, path } of changes) print(`  ${verb} ${path}`);
  heading("Next");
  for (const [line, why] of nextSteps(stack, host, pipeline, hasPulumi(), sdkProblems(host).length === 0)) {
    printWhole(`  ${line}`);
    print(styled("dim", `      ${why}`));
  }
}

/** The survey; where it fails, flags that are missing are told first, as they were known before. */
async function surveyOr(domain: string, choice: ServerChoice, failed: () => void): Promise<ZoneSurvey> {
  note(`looking at the zone of ${plainLine(domain)}`);
  try {
    return await surveyZone(domain, choice);
  } catch (error) {
    failed();
    throw error;
  }
}

function printSurvey(survey: ZoneSurvey): void {
  heading(survey.domain);
  for (const [label, text] of describeSurvey(survey)) print(`  ${label.padEnd(13)} ${plainLine(text)}`);
}

function warn(problem: Problem): void {
  note(`warning: ${plainLine(describeProblem(problem))}`, "yellow");
}

function refuseUsage(command: Command, mistakes: readonly string[]): never {
  return command.error(
    wrapped(`error: these flags are missing or wrong:\n${mistakes.map((one) => `  ${one}`).join("\n")}`),
  );
}

const askHost = (survey: ZoneSurvey, ask: Ask): Promise<DnsPlan["host"]> =>
  askChoice("Who hosts the zone", dnsHosts, survey.proposed, ask);

const choosePipeline = async (proposed: Pipeline, ask: Ask | undefined): Promise<Pipeline> =>
  ask === undefined ? proposed : askChoice("Whose pipeline files to write", pipelines, proposed, ask);

async function askChoice<Choice extends string>(
  question: string,
  choices: readonly Choice[],
  proposed: Choice,
  ask: Ask,
): Promise<Choice> {
  for (;;) {
    const answer = (await ask(`${question}: ${choices.join(", ")} [${proposed}]: `)).trim();
    const chosen = answer === "" ? proposed : choices.find((one) => one === answer);
    if (chosen !== undefined) return chosen;
    note(`It must be one of ${choices.join(", ")}.`);
  }
}

/** Runs something that asks on the terminal; the questions go to stderr, as all that is no result. */
async function onTerminal(work: (ask: Ask) => Promise<void>): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  // Ctrl-C and Ctrl-D close it; a question that waits would wait for ever.
  terminal.once("close", () => ended.abort());
  try {
    await work(async (question) => {
      try {
        return await terminal.question(question, { signal: ended.signal });
      } catch (error) {
        if (ended.signal.aborted) throw new Interrupted();
        throw error;
      }
    });
  } finally {
    terminal.close();
  }
}
