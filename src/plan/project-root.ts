import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { MailstageError } from "../errors/index.js";

/**
 * The folder of Pulumi.yaml, to which every path of a plan is relative. MAILSTAGE_PROJECT_ROOT names it; else it is looked for
 * at and above the folder this process runs in, which for program and provider plugin is that of the program; else at and above
 * the folder of the shell that `pulumi` was started in, since a package can be installed outside the project (a workspace
 * that hoists, a symbolic link).
 * @throws MailstageError project-root-missing
 */
export function projectRoot(environment: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): string {
  const named = environment["MAILSTAGE_PROJECT_ROOT"];
  if (named !== undefined && named !== "") return named;
  const starts = [cwd, ...(environment["PWD"] ? [environment["PWD"]] : [])];
  for (const start of starts) {
    const found = projectAbove(start);
    if (found !== undefined) return found;
  }
  throw new MailstageError({
    code: "project-root-missing",
    subject: "the folder of Pulumi.yaml",
    reason: `was looked for in and above ${[...new Set(starts)].join(" and ")}, and not found`,
    hint: "Set MAILSTAGE_PROJECT_ROOT to the folder of your Pulumi.yaml",
  });
}

function projectAbove(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * Refuses to go on with another folder than the one Pulumi itself works in: lists would be read from the wrong project.
 * @param pulumis what Pulumi says; empty where it says nothing
 * @throws MailstageError project-root-differs
 */
export function requireSameRoot(found: string, pulumis: string): void {
  if (pulumis === "" || samePlace(found, pulumis)) return;
  throw new MailstageError({
    code: "project-root-differs",
    subject: `the folder ${found}`,
    reason: `was taken for that of your Pulumi.yaml, which is ${pulumis}`,
    hint: `Set MAILSTAGE_PROJECT_ROOT=${pulumis}`,
  });
}

const samePlace = (left: string, right: string): boolean => {
  const places = [left, right].map((folder) => {
    try {
      return realpathSync(folder);
    } catch {
      return folder;
    }
  });
  return places[0] === places[1];
};
