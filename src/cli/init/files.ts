import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../../base/make-folder.js";
import { MailstageError } from "../../base/problem.js";
import type { PlanInput } from "../../plan/index.js";
import { firstList } from "./propose.js";
import { hasPlan, ignoreText, installedProgram, listText, projectText, stackText } from "./text.js";

/** What `mailstage init` does with one file. */
export interface FileChange {
  /** Relative to the folder. */
  readonly path: string;
  /** What is written; undefined where the file stays as it is. */
  readonly text: string | undefined;
  readonly verb: "write" | "replace the plan in" | "add to" | "keep";
}

/** The configuration file of a stack. */
const stackPath = (stack: string) => `Pulumi.${stack}.yaml`;

/**
 * Refuses where a plan is there already; a list that is there is kept.
 * @throws MailstageError `init-exists`, `init-stack-invalid`
 */
export async function refuseExisting(folder: string, stack: string): Promise<void> {
  const configuration = await textOf(folder, stackPath(stack));
  const planned = configuration !== undefined && hasPlan(configuration, stackPath(stack));
  if (planned)
    throw new MailstageError({
      code: "init-exists",
      subject: stackPath(stack),
      reason: "has a plan already",
      hint: "Give --force for a new plan in its place, or name another --stack",
    });
}

/**
 * All files of a new migration, as they would be written. A Pulumi.yaml, a list, other configuration of the stack and files
 * of a pipeline that are there stay as they are.
 * @param pipeline text of the pipeline's files by their path
 * @throws MailstageError where the plan is wrong, or the stack's configuration is none
 */
export async function planFiles(
  folder: string,
  stack: string,
  domain: string,
  plan: PlanInput,
  pipeline: ReadonlyMap<string, string> = new Map(),
): Promise<FileChange[]> {
  const configuration = await textOf(folder, stackPath(stack));
  const replaced = configuration !== undefined && hasPlan(configuration, stackPath(stack));
  const ignore = await textOf(folder, ".gitignore");
  const ignoring = ignoreText(ignore);
  const program = programFrom(folder);
  const unlessThere = (path: string, text: string): FileChange =>
    existsSync(join(folder, path)) ? { path, text: undefined, verb: "keep" } : { path, text, verb: "write" };
  return [
    unlessThere("Pulumi.yaml", projectText(domain, program)),
    {
      path: stackPath(stack),
      text: stackText(plan, configuration, program),
      verb: replaced ? "replace the plan in" : configuration === undefined ? "write" : "add to",
    },
    unlessThere(firstList, listText),
    {
      path: ".gitignore",
      text: ignoring,
      verb: ignoring === undefined ? "keep" : ignore === undefined ? "write" : "add to",
    },
    ...[...pipeline].map(([path, text]) => unlessThere(path, text)),
  ];
}

/** Where the program is, from a folder: in its own node_modules, or in those of a workspace above it, which hoists packages. */
export function programFrom(folder: string): string {
  for (let above = "", at = folder; ; above += "../", at = dirname(at)) {
    if (existsSync(join(at, installedProgram))) return `${above}${installedProgram}`;
    if (at === dirname(at)) return installedProgram;
  }
}

/** Writes them. @throws MailstageError `init-write` at the first that cannot be written */
export async function writeFiles(folder: string, changes: readonly FileChange[]): Promise<void> {
  for (const { path, text } of changes) {
    if (text === undefined) continue;
    try {
      await makeFolder(dirname(join(folder, path)));
      await writeFile(join(folder, path), text);
    } catch (cause) {
      if (cause instanceof MailstageError) throw cause;
      throw new MailstageError(
        {
          code: "init-write",
          subject: path,
          reason: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        },
        { cause },
      );
    }
  }
}

async function textOf(folder: string, path: string): Promise<string | undefined> {
  const file = join(folder, path);
  return existsSync(file) ? readFile(file, "utf8") : undefined;
}
