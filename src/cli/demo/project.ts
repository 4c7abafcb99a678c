import { appendFileSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Lab, LabDnsHost } from "../../../lab/index.js";
import { makeFolder } from "../../base/make-folder.js";
import { packageRoot } from "../../base/package-root.js";
import { type MailboxFile, readMailboxFiles } from "../../plan/csv/index.js";
import type { Plan, StageName, WavePlan } from "../../plan/index.js";
import { type Review, readPreview, reviewMarkdown, reviewOf } from "../../reports/review/index.js";
import { captureEngine } from "../capture.js";
import { runEngine } from "../engine.js";
import { loadLab } from "../load-lab.js";
import { planOf } from "../plan-choice.js";
import { editPlan, labFolder, type PulumiProject, stateFile, writeBackend } from "../pulumi-project.js";

const stack = "demo";

/** The part of a state file that holds the stack's outputs. */
const stackStateSchema = z.object({
  checkpoint: z.object({
    latest: z.object({
      resources: z.array(
        z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }),
      ),
    }),
  }),
});

/** The sample migration, ready to run: a project of its own, the lab made for it, and the engine to work on both. */
export interface DemoProject {
  readonly project: PulumiProject;
  readonly plan: Plan;
  readonly files: readonly MailboxFile[];
  readonly lab: Lab;
  /** The file that holds all that the commands printed. */
  readonly log: string;
  /** `pulumi …` in the project; resolves to the exit code. */
  pulumi(...args: string[]): Promise<number>;
  /** What a pull request would be told: `mailstage review`. */
  review(): Promise<Review>;
  /** Edits the plan as a pull request would: the stage, and waves' phases. */
  advance(stage: StageName, phases?: Readonly<Record<string, WavePlan["phase"]>>): Promise<void>;
  /** What stands in the state file. */
  stateText(): Promise<string>;
  /** What the program says is left for people to do, from the stack's outputs. */
  decommission(): Promise<string[]>;
}

/**
 * Copies examples/demo to `.mailstage/demo` under a folder, in place of an earlier run's, and starts a lab for it.
 * @param dnsHost where the lab's zone is said to be; at Cloudflare and Azure, stand-ins serve as their Pulumi plugins
 * @param verbose whether what the commands print is visible as it comes; it goes to the log in any case
 */
export async function openDemo(
  under: string,
  dnsHost: LabDnsHost = "rfc2136",
  verbose = false,
): Promise<DemoProject> {
  const folder = join(labFolder(under), "demo");
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  await cp(join(packageRoot, "examples/demo"), folder, { recursive: true });
  const project = await ownProject(folder);
  const { plan } = await planOf(project, stack);
  const files = readMailboxFiles(folder, plan);
  const { startLab, worldFromPlan } = await loadLab();
  const lab = await startLab({
    world: worldFromPlan(plan, files),
    stateFile: join(folder, "lab.json"),
    dnsHost,
  });
  const { tenant, dns, source, directory } = lab.planOverrides(plan);
  await editPlan(
    project,
    stack,
    Object.entries({ tenant, dns, source, directory }).map(([key, value]) => ({ path: [key], value })),
  );
  const backend = join(folder, "state");
  const stateText = () => readFile(stateFile(backend, project, stack), "utf8");
  const environment = {
    ...process.env,
    ...lab.environment,
    PULUMI_BACKEND_URL: await writeBackend(backend, project, stack),
    PULUMI_CONFIG_PASSPHRASE: "demo",
    MAILSTAGE_PROJECT_ROOT: folder,
  };
  const log = join(folder, "demo.log");
  const said = (text: string) => {
    appendFileSync(log, text);
    if (verbose) process.stdout.write(text);
  };
  const command = (args: readonly string[]) => ({ args: [...args, "--stack", stack], folder, environment });
  return {
    project,
    plan,
    files,
    lab,
    log,
    pulumi: (...args) => {
      said(`\n$ pulumi ${args.join(" ")}\n`);
      return runEngine(command(args), said);
    },
    async review() {
      said("\n$ mailstage review\n");
      const { stdout, stderr } = await captureEngine(
        command(["preview", "--show-sames", "--json", "--non-interactive"]),
      );
      const review = reviewOf(readPreview(stdout));
      said(`${reviewMarkdown(review, { limit: 65_536 })}${stderr}`);
      return review;
    },
    advance: (stage, phases = {}) =>
      editPlan(project, stack, [
        { path: ["stage"], value: stage },
        ...plan.waves.flatMap(({ name }, index) => {
          const phase = phases[name];
          return phase === undefined ? [] : [{ path: ["waves", index, "phase"], value: phase }];
        }),
      ]),
    stateText,
    async decommission() {
      const { resources } = stackStateSchema.parse(JSON.parse(await stateText())).checkpoint.latest;
      const own = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
      return z.array(z.string()).parse(own?.outputs?.["decommission"]);
    },
  };
}

/** The copy's Pulumi.yaml, whose program is the one of this package wherever the copy lies. */
async function ownProject(folder: string): Promise<PulumiProject> {
  const file = join(folder, "Pulumi.yaml");
  const written = z.looseObject({ name: z.string() }).parse(parse(await readFile(file, "utf8")));
  await writeFile(file, stringify({ ...written, main: join(packageRoot, "dist/stacks/index.js") }));
  return {
    folder,
    name: written.name,
    program: join(packageRoot, "dist/stacks/index.js"),
    stackFolder: folder,
  };
}
