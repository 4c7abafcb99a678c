import { type Command, Option } from "commander";
import type { LabDnsHost } from "../../../lab/index.js";
import { MailstageError, throwIfAny } from "../../base/problem.js";
import { counted } from "../../base/words.js";
import { nativeHosts, sdkProblems } from "../../dns/hosts/index.js";
import { readRecordSet } from "../../dns/index.js";
import type { StageName } from "../../plan/index.js";
import { labChanges } from "../demo/changes.js";
import { finalStateProblems } from "../demo/final-state.js";
import { type DemoProject, openDemo } from "../demo/project.js";
import { type DemoStep, demoSteps } from "../demo/stages.js";
import { tellReview, tellStep, tellUpdate, tellWait } from "../demo/story.js";
import { digLines, printSummary } from "../demo/summary.js";
import { forgetLab, interruptible, noteLab } from "../running-lab.js";
import { heading, print, printWhole, styled, whileSaying } from "../terminal.js";

/** `mailstage demo`: the sample migration through all seven stages, each a `pulumi up` of the real engine. */
export function addDemo(program: Command): void {
  program
    .command("demo")
    .description(
      "run a whole sample migration, all seven stages, with the real Pulumi engine against the lab",
    )
    .addOption(
      new Option("--dns <host>", "where the domain's zone is hosted")
        .choices(["rfc2136", ...Object.keys(nativeHosts)])
        .default("rfc2136"),
    )
    .option("--verbose", "print all that Pulumi prints, as it comes; it is kept in a file in any case")
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage demo
  $ mailstage demo --verbose
  $ mailstage demo --dns cloudflare

Exit codes: 0 the lab's final state is right, 1 it is not, or a step failed.`,
    )
    .action(async ({ dns, verbose }: { dns: LabDnsHost; verbose?: boolean }) => {
      throwIfAny(sdkProblems(dns));
      const demo = await openDemo(process.cwd(), dns, verbose);
      try {
        await noteLab(demo.project.folder, demo.lab);
        await run(demo);
      } finally {
        await forgetLab(demo.project.folder);
        await demo.lab.close();
      }
    });
}

async function run(demo: DemoProject): Promise<void> {
  const { plan, files, lab, log, project } = demo;
  const mailboxes = files.reduce((sum, { rows }) => sum + rows.length, 0);
  const before = await lab.state();
  const formerMx = await mxNow(demo);
  heading(
    `${counted(mailboxes, "mailbox", "mailboxes")} of ${plan.domain}, to Microsoft 365 in ${counted(files.length, "wave")}`,
  );
  printWhole(`The plan, the lists and the state: ${project.folder}`);
  printWhole(`All that Pulumi and the reviews print: ${log}`);
  for (const line of digLines(formerMx)) print(`  ${line}`);

  let former: StageName | undefined;
  for (const step of demoSteps(plan.domain)) {
    await take(demo, step, former);
    former = step.stage;
  }

  heading("A last look: nothing is left to change");
  if ((await demo.pulumi("preview", "--expect-no-changes")) !== 0)
    throw unfinished("the last preview", "would change something", demo.log);
  // Time for Exchange to remove the batches it said it would.
  await lab.advance(3600);
  await printSummary(demo, before, { before: formerMx, after: await mxNow(demo) });
  throwIfAny(await finalStateProblems(demo, before));
  heading(styled("green", "The lab's own final state is right."));
}

/** One pull request: the plan is edited and reviewed, then `pulumi up` until the lab shows that it has come true. */
async function take(demo: DemoProject, step: DemoStep, former: StageName | undefined): Promise<void> {
  tellStep(step, former);
  await demo.advance(step.stage, step.phases);
  let approved = false;
  for (let repeat = 0; ; repeat++) {
    const before = await interruptible(demo.lab.state());
    // What was approved is applied; what is only gone on with is previewed by the update itself.
    const options = approved ? [] : ["--skip-preview"];
    if (!approved) {
      const review = await whileSaying("   mailstage review …", demo.review());
      tellReview(review);
      approved = review.verdict === "changes" || review.verdict === "no-change";
    }
    let code = 1;
    if (approved) code = await whileSaying("   pulumi up …", demo.pulumi("up", "--yes", ...options));
    const after = await interruptible(demo.lab.state());
    if (approved) tellUpdate(code === 0, labChanges(before, after));
    const missing = step.missing(after);
    if (code === 0 && missing === undefined) return;
    if (repeat === step.repeats)
      throw unfinished(`stage ${step.stage}`, missing ?? `pulumi up ended with exit code ${code}`, demo.log);
    const seconds = step.wait.seconds[Math.min(repeat, step.wait.seconds.length - 1)] ?? 0;
    tellWait(step, missing ?? "refused for now", seconds);
    await interruptible(demo.lab.advance(seconds));
  }
}

const mxNow = ({ plan: { domain }, lab: { addresses } }: DemoProject) =>
  readRecordSet({
    zone: domain,
    name: domain,
    type: "MX",
    nameServers: [addresses.dns],
    resolvers: [addresses.resolver],
  });

const unfinished = (subject: string, reason: string, log: string) =>
  new MailstageError({
    code: "demo-unfinished",
    subject,
    reason,
    hint: `Its reasons are at the end of ${log}`,
  });
