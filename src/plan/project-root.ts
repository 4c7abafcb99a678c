import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { MailstageError } from "../base/problem.js";

/**
 * The folder of Pulumi.yaml, to which every path of a plan is relative. MAILSTAGE_PROJECT_ROOT names it; else it is looked for
 * at and above the folder this process runs in, which for program and provider plugin is that of the program.
 * @throws MailstageError project-root-missing where the package is outside the project: a workspace hoists it, or it is a link
 */
export function projectRoot(environment: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): string {
  const named = environment["MAILSTAGE_PROJECT_ROOT"];
  if (named !== undefined && named !== "") return named;
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder))
      throw new MailstageError({
        code: "project-root-missing",
        subject: "the folder of Pulumi.yaml",
        reason: `was looked for in and above ${cwd}, where the program is, and not found`,
        hint: "Set MAILSTAGE_PROJECT_ROOT to the folder of your Pulumi.yaml; where a program drives Pulumi itself, give its workspace workDir",
      });
  }
}

/**
 * The same for the program, held to the folder that Pulumi itself works in: above a hoisted package another project may stand,
 * and its lists would be read.
 * @param pulumis what Pulumi says; an older language host says nothing, or no path
 * @throws MailstageError project-root-missing, project-root-differs
 */
export function programRoot(
  pulumis: string,
  environment: NodeJS.ProcessEnv = process.env,
  cwd = process.cwd(),
): string {
  const found = projectRoot(environment, cwd);
  if (environment["MAILSTAGE_PROJECT_ROOT"] || !isAbsolute(pulumis)) return found;
  // Windows' own answer, with the drive and every letter as they are on the disk.
  if (realpathSync.native(found) === realpathSync.native(pulumis)) return found;
  throw new MailstageError({
    code: "project-root-differs",
    subject: `the folder ${found}`,
    reason: `was taken for that of your Pulumi.yaml, which is ${pulumis}`,
    hint: `Set MAILSTAGE_PROJECT_ROOT to ${pulumis}`,
  });
}
