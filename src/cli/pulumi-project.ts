import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { makeFolder } from "../base/make-folder.js";
import { backendUrl, environmentEnding } from "../base/platform.js";
import { MailstageError, type Problem } from "../base/problem.js";
import { rehearsalVariable } from "../plan/rehearsal.js";

/** Key of the plan in stack config. */
const planKey = "mailstage:plan";

/** A Pulumi project on disk. */
export interface PulumiProject {
  /** Folder of Pulumi.yaml. */
  readonly folder: string;
  readonly name: string;
  /** File or folder of the program. */
  readonly program: string;
  /** Folder of the stacks' configuration: `stackConfigDir`, else that of Pulumi.yaml. */
  readonly stackFolder: string;
  /** The plan that all its stacks share, where Pulumi.yaml has one: a stack then needs no configuration of its own. */
  readonly sharedPlan?: unknown;
}

const projectSchema = z.looseObject({
  name: z.string().min(1),
  main: z.string().optional(),
  stackConfigDir: z.string().optional(),
});
/** Configuration that all stacks of a project share, in Pulumi's own form. */
const sharedSchema = z.looseObject({
  config: z.looseObject({ [planKey]: z.looseObject({ value: z.unknown() }) }),
});
const stackSchema = z.looseObject({ config: z.looseObject({ [planKey]: z.unknown().optional() }).nullish() });

/** The project in a folder or above it. @throws MailstageError `project-missing`, `project-invalid` */
export async function findProject(start: string): Promise<PulumiProject> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const file = join(folder, "Pulumi.yaml");
    if (existsSync(file)) {
      const content = await readYaml(file);
      const project = projectSchema.safeParse(content);
      if (project.success) {
        const { name, main = ".", stackConfigDir = "." } = project.data;
        const sharedPlan = sharedSchema.safeParse(content).data?.config[planKey]?.value;
        return {
          folder,
          name,
          program: resolve(folder, main),
          stackFolder: resolve(folder, stackConfigDir),
          sharedPlan,
        };
      }
      throw new MailstageError({
        code: "project-invalid",
        subject: file,
        reason: "names no project",
        hint: "Give it name: and runtime:, as mailstage init writes them",
      });
    }
    if (folder === dirname(folder))
      throw new MailstageError({
        code: "project-missing",
        subject: resolve(start),
        reason: "is in no Pulumi project",
        hint: "Go to the folder of your Pulumi.yaml",
      });
  }
}

/**
 * The stack to work with: the one named, as Pulumi takes its name (`stack`, `organization/stack`,
 * `organization/project/stack`), or the only one there is beside rehearsals; with a rehearsal's environment, that rehearsal.
 * @param planned whether the plan is known otherwise, so that a stack needs no configuration
 * @throws MailstageError `stack-missing`, `stack-ambiguous`
 */
export function chooseStack(project: PulumiProject, named: string | undefined, planned = false): string {
  const stacks = (existsSync(project.stackFolder) ? readdirSync(project.stackFolder) : [])
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((stack) => stack !== undefined);
  const determined = planned || project.sharedPlan !== undefined;
  if (named !== undefined && (determined || stacks.includes(shortName(named)))) return named;
  const rehearsed = process.env[rehearsalVariable];
  if (named === undefined && rehearsed !== undefined && stacks.includes(rehearsed)) return rehearsed;
  const real = stacks.filter((stack) => !existsSync(rehearsalEnvironment(project, stack)));
  const [only, ...others] = real.length > 0 ? real : stacks;
  if (named === undefined && only !== undefined && others.length === 0) return only;
  const there = stacks.length === 0 ? "there is none" : `there are ${stacks.sort().join(", ")}`;
  throw new MailstageError(
    named === undefined
      ? {
          code: "stack-ambiguous",
          subject: "the stack",
          reason: `is not named, and ${there}`,
          hint: "Name it with --stack",
        }
      : {
          code: "stack-missing",
          subject: stackFile(project, named),
          reason: `does not exist; ${there}`,
          hint: "Name another stack, or write the plan of this one with mailstage init. Where your program gives the plan, name its file with --plan",
        },
  );
}

/** Where a project's lab keeps its own things, beside the project; never committed. */
export const labFolder = (folder: string): string => join(folder, ".mailstage");

/** Where a rehearsal leaves its environment: a stack that has one is a rehearsal. */
export const rehearsalEnvironment = ({ folder }: PulumiProject, stack: string): string =>
  join(labFolder(folder), `${stack}.${environmentEnding()}`);

/** A stack's name without its organization and project: what its configuration file and the plan call it. */
export const shortName = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

/** The configuration file of a stack. */
export function stackFile(project: PulumiProject, stack: string): string {
  return join(project.stackFolder, `Pulumi.${shortName(stack)}.yaml`);
}

/**
 * The plan as a stack's configuration has it, or else the project's, which all its stacks share; unchecked, undefined where
 * there is none.
 */
export async function readPlan(project: PulumiProject, stack: string): Promise<unknown> {
  const file = stackFile(project, stack);
  if (!existsSync(file)) return project.sharedPlan;
  const parsed = stackSchema.safeParse((await readYaml(file)) ?? {});
  if (!parsed.success)
    throw new MailstageError({
      code: "stack-invalid",
      subject: file,
      reason: "is no stack configuration",
      hint: "It is a mapping with config: in it, and the plan under mailstage:plan there",
    });
  return parsed.data.config?.[planKey] ?? project.sharedPlan;
}

/** Keys of a stack's configuration that are not mailstage's, sorted: what a program of one's own asks for besides the plan. */
export async function otherKeys(project: PulumiProject, stack: string): Promise<string[]> {
  const file = stackFile(project, stack);
  if (!existsSync(file)) return [];
  const { data } = stackSchema.safeParse((await readYaml(file)) ?? {});
  const keys = Object.keys(data?.config ?? {});
  return keys.filter((key) => !key.startsWith("mailstage:")).sort();
}

/** Writes a stack's plan. What else stands in its configuration stays; one that is new holds nothing else. */
export async function writePlan(project: PulumiProject, stack: string, plan: unknown): Promise<void> {
  const file = stackFile(project, stack);
  if (!existsSync(file)) return await writeFile(file, stringify({ config: { [planKey]: plan } }));
  const document = parseDocument(await readFile(file, "utf8"));
  document.setIn(["config", planKey], plan);
  await writeFile(file, document.toString());
}

/** Changes single values of a stack's plan, as a pull request would: everything else, comments too, stays as it is. */
export async function editPlan(
  project: PulumiProject,
  stack: string,
  values: readonly { readonly path: readonly (string | number)[]; readonly value: unknown }[],
): Promise<void> {
  const file = stackFile(project, stack);
  const document = parseDocument(await readFile(file, "utf8"));
  for (const { path, value } of values) document.setIn(["config", planKey, ...path], value);
  await writeFile(file, document.toString());
}

/**
 * A file backend with an empty stack: what `pulumi stack init` writes, without a command. Keeps a stack that is there.
 * @returns the backend's URL
 */
export async function writeBackend(folder: string, project: PulumiProject, stack: string): Promise<string> {
  const stacks = join(folder, ".pulumi/stacks", project.name);
  const state = join(stacks, `${stack}.json`);
  if (!existsSync(state)) {
    await makeFolder(stacks);
    await writeFile(join(folder, ".pulumi/meta.yaml"), "version: 1\n");
    const name = `organization/${project.name}/${stack}`;
    await writeFile(state, JSON.stringify({ version: 3, checkpoint: { stack: name, latest: null } }), {
      mode: 0o600,
    });
  }
  return backendUrl(folder);
}

/** Where a file backend keeps a stack's state. */
export function stateFile(folder: string, project: PulumiProject, stack: string): string {
  return join(folder, ".pulumi/stacks", project.name, `${stack}.json`);
}

async function readYaml(file: string): Promise<unknown> {
  const document = parseDocument(await readFile(file, "utf8"), { prettyErrors: false });
  const [first, ...rest] = document.errors.map(
    (error): Problem => ({ code: "yaml", subject: file, reason: error.message.replace(/\.$/, "") }),
  );
  if (first !== undefined) throw new MailstageError([first, ...rest]);
  return document.toJS();
}
