import { type Command, Option } from "commander";
import { readRecordSet } from "../../dns/index.js";
import { MailstageError, throwIfAny } from "../../errors/index.js";
import type { LabDnsHost } from "../../lab/index.js";
import { finalStateProblems } from "../demo/final-state.js";
import { type DemoProject, openDemo } from "../demo/project.js";
import { digLines, printSummary } from "../demo/summary.js";
import { type DemoStep, demoSteps } from "../demo/walk.js";
import { describeDuration } from "../duration.js";
import { forgetLab, interruptible, noteLab } from "../running-lab.js";
import { counted, heading, print, styled } from "../terminal.js";

/** `mailstage demo`: the sample migration through all seven stages, each a `pulumi up` of the real engine. */
export function addDemo(program: Command): void {
  program
    .command("demo")
    .description(
      "run a whole sample migration, all seven stages, with the real Pulumi engine against the lab",
    )
    .addOption(
      new Option("--dns <host>", "where the domain's zone is hosted")
        .choices(["rfc2136", "cloudflare", "azure"])
        .default("rfc2136"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage demo
  $ mailstage demo --dns cloudflare

Exit codes: 0 the lab's final state is right, 1 it is not, or a step failed.`,
    )
    .action(async ({ dns }: { dns: LabDnsHost }) => {
      const demo = await openDemo(process.cwd(), dns);
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
  const { plan, files, lab, project } = demo;
  const mailboxes = files.reduce((sum, { rows }) => sum + rows.length, 0);
  const before = await lab.state();
  const formerMx = await mxNow(demo);
  heading(
    `${counted(mailboxes, "mailbox", "mailboxes")} of ${plan.domain} move to Microsoft 365 in ${files.length} waves`,
  );
  print(`The plan, the lists and the state: ${project.folder}`);
  for (const line of digLines(formerMx)) print(`  ${line}`);

  for (const step of demoSteps(plan.domain)) await take(demo, step);

  heading("A last look: nothing is left to change");
  if ((await demo.pulumi("preview", "--expect-no-changes")) !== 0)
    throw unfinished("the last preview", "would change something");
  // Time for Exchange to remove the batches it said it would.
  await lab.advance(3600);
  await printSummary(demo, before, { before: formerMx, after: await mxNow(demo) });
  throwIfAny(await finalStateProblems(demo, before));
  heading(styled("green", "The lab's own final state is right."));
}

/** One pull request: the plan is edited, then `pulumi up` until the lab shows that it has come true. */
async function take(demo: DemoProject, step: DemoStep): Promise<void> {
  const edits = Object.entries(step.phases ?? {}).map(([wave, phase]) => `${wave}: ${phase}`);
  heading(styled("cyan", `━━ ${step.title}`));
  print(styled("dim", `   plan: ${[`stage: ${step.stage}`, ...edits].join(" · ")}`));
  await demo.advance(step.stage, step.phases);
  for (let repeat = 0; ; repeat++) {
    const code = await demo.pulumi("up", "--yes");
    const missing = step.missing(await interruptible(demo.lab.state()));
    if (code === 0 && missing === undefined) break;
    if (repeat === step.repeats)
      throw unfinished(`stage ${step.stage}`, missing ?? `pulumi up ended with exit code ${code}`);
    const seconds = step.wait.seconds[Math.min(repeat, step.wait.seconds.length - 1)] ?? 0;
    print(
      styled(
        "yellow",
        `   ${step.wait.why}: ${missing ?? "refused for now"}. The lab's clock goes forward by ${describeDuration(seconds)}.`,
      ),
    );
    await interruptible(demo.lab.advance(seconds));
  }
  if (step.stage === "prepare" || step.stage === "route" || step.stage === "retire")
    for (const line of digLines(await mxNow(demo))) print(`   ${line}`);
}

const mxNow = ({ plan: { domain }, lab: { addresses } }: DemoProject) =>
  readRecordSet({
    zone: domain,
    name: domain,
    type: "MX",
    nameServers: [addresses.dns],
    resolvers: [addresses.resolver],
  });

const unfinished = (subject: string, reason: string) =>
  new MailstageError({
    code: "demo-unfinished",
    subject,
    reason,
    hint: "Its reasons are in the output above",
  });
