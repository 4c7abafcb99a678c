import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import { defined } from "../../base/defined.js";
import { makeFolder } from "../../base/make-folder.js";
import { MailstageError } from "../../base/problem.js";
import {
  exitCodeOf,
  failedPreview,
  type Review,
  readPreview,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
  type Violation,
} from "../../reports/review/index.js";
import { captureEngine } from "../capture.js";
import { type PlanChoice, planOption, stackChosen } from "../plan-choice.js";
import { type Judged, type PolicyChoice, previewWithPolicy } from "../policy.js";
import { shortName } from "../pulumi-project.js";
import { boundNow } from "../review-binding-now.js";
import { seatsLeft } from "../seats.js";
import { note } from "../terminal.js";

interface ReviewOptions extends PolicyChoice, PlanChoice {
  from?: string;
  format: "markdown" | "html" | "json";
  out?: string;
  limit: string;
  pointer?: string;
  drift?: boolean;
  refresh?: boolean;
  bind?: string;
}

/** `mailstage review`: what a `pulumi up` would do, for people who know DNS and mail. */
export function addReview(program: Command): void {
  program
    .command("review")
    .description("say what pulumi up would do, for a pull request: Markdown, HTML and JSON")
    .option("--stack <name>", "the stack to preview")
    .addOption(planOption())
    .option("--from <file>", "what pulumi preview --json printed; - for standard input; default: runs it")
    .option("--format <form>", "what is printed: markdown, html or json", "markdown")
    .option("--out <folder>", "also write review.md, review.html and review.json there")
    .option("--limit <bytes>", "most bytes of the Markdown: GitHub takes 65536, Azure DevOps 150000", "65536")
    .option("--pointer <text>", "where the whole review is, for a Markdown that had to be cut")
    .option("--refresh", "preview against the services as they are, not as the state remembers them")
    .option("--drift", "show only what was changed in the services behind the plan's back")
    .option(
      "--policy-pack <path>",
      "the policy pack to hold it to; default: mailstage's own (docs/policy.md)",
    )
    .option("--policy-pack-config <file>", "settings of the policy pack, as JSON")
    .option("--no-policy", "hold it to no policy pack")
    .option("--bind <file>", "record what the review was made of, for mailstage apply-guard")
    .addHelpText(
      "after",
      `
Examples:
  $ mailstage review --stack production --out review
  $ pulumi preview --json | mailstage review --from - --format html > review.html
  $ mailstage review --drift                  nightly: exit code 0 means nobody changed anything by hand
  $ mailstage review --policy-pack-config policy.json --out review

Exit codes: 0 nothing changes, 2 changes, 3 a gate is not passed yet (try again later), 1 refused or failed: by the
program, or by a mandatory rule of the policy pack. A preview that is read with --from was held to no rules.`,
    )
    .action(async (options: ReviewOptions, command: Command) => {
      if (!["markdown", "html", "json"].includes(options.format))
        command.error(`error: --format is markdown, html or json, not ${options.format}`);
      if (!/^[1-9]\d{2,}$/.test(options.limit))
        command.error("error: --limit is a number of at least 100 bytes");
      if (options.from !== undefined && options.bind !== undefined)
        command.error("error: --bind needs the preview and the state of one moment: leave --from out");
      if ((options.from !== undefined || options.drift === true) && options.policyPack !== undefined)
        command.error("error: --policy-pack needs a preview that is run here: leave --from and --drift out");
      process.exitCode = exitCodeOf((await review(options)).verdict);
    });
}

async function review(options: ReviewOptions): Promise<Review> {
  const { preview, failed = false, binding, violations } = await previewOf(options);
  const refused = (violations ?? []).some(({ level }) => level === "mandatory");
  const read = failed && !refused ? failedPreview(readPreview(preview)) : readPreview(preview);
  // A preview without a step does not say whose it is.
  const parsed =
    read.stack === undefined && options.stack !== undefined
      ? { ...read, stack: shortName(options.stack) }
      : read;
  const seats = parsed.steps.some(({ kind, op }) => kind === "LicenseAssignment" && op !== "same")
    ? await seatsLeft(options)
    : undefined;
  const made = reviewOf(parsed, {
    mode: options.drift === true ? "drift" : "plan",
    ...defined({ seatsLeft: seats, binding, violations }),
  });
  const markdown = reviewMarkdown(made, {
    limit: Number(options.limit),
    ...defined({ pointer: options.pointer }),
  });
  const forms = { markdown, html: reviewHtml(made), json: reviewJson(made) };
  if (options.out !== undefined) {
    const folder = resolve(options.out);
    await makeFolder(folder);
    await writeFile(join(folder, "review.md"), forms.markdown);
    await writeFile(join(folder, "review.html"), forms.html);
    await writeFile(join(folder, "review.json"), forms.json);
    note(`review.md, review.html and review.json are in ${options.out}`);
  }
  process.stdout.write(forms[options.format]);
  return made;
}

/** What a review is made from. */
interface Previewed {
  readonly preview: string;
  /** Whether the command that made it ended with an error. */
  readonly failed?: boolean;
  readonly binding?: string;
  readonly violations?: readonly Violation[];
}

async function previewOf(options: ReviewOptions): Promise<Previewed> {
  if (options.from === "-") return { preview: await readAll(process.stdin) };
  if (options.from !== undefined) return { preview: await readFile(options.from, "utf8") };
  const { project, stack } = await stackChosen(options);
  const before = options.bind === undefined ? undefined : await boundNow(project, stack, options.plan);
  const args =
    options.drift === true
      ? ["refresh", "--preview-only"]
      : ["preview", ...(options.refresh === true ? ["--refresh"] : [])];
  const command = {
    args: [...args, "--show-sames", "--json", "--stack", stack, "--non-interactive"],
    folder: project.folder,
    environment: process.env,
  };
  const judged: Judged = await (options.drift === true
    ? // Only the events of a refresh say what it found; it runs no program, so that no secret is in them.
      captureEngine(command, { events: true })
    : previewWithPolicy(command, options));
  const { code, stdout, stderr } = judged;
  const made = {
    preview: stdout,
    failed: code !== 0,
    ...defined({ violations: judged.violations }),
  };
  if (!stdout.includes("{"))
    throw new MailstageError({
      code: "preview-failed",
      subject: `stack ${stack}`,
      reason:
        stderr
          .trim()
          .replace(/^error: /, "")
          .replace(/\.$/, "") || "the preview printed nothing",
      operation: `pulumi ${args.join(" ")}`,
    });
  if (options.bind === undefined || before === undefined) return made;
  // Whatever moved while the preview ran was perhaps not seen by it.
  const after = await boundNow(project, stack, options.plan);
  if (after.hash !== before.hash)
    throw new MailstageError({
      code: "moved-during-review",
      subject: `stack ${stack}`,
      reason: "its state, plan or mailbox files changed while the preview ran",
      hint: "Run mailstage review again",
    });
  await makeFolder(dirname(resolve(options.bind)));
  await writeFile(options.bind, `${JSON.stringify(before, null, 2)}\n`);
  return { ...made, binding: before.hash };
}
