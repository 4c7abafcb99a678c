import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder of Pulumi.yaml, to which every path of a plan is relative. Program and provider plugin run in the folder of
 * `main`, at or below it. MAILSTAGE_PROJECT_ROOT names it where `main` lies outside the project.
 */
export function projectRoot(): string {
  const named = process.env["MAILSTAGE_PROJECT_ROOT"];
  if (named !== undefined && named !== "") return named;
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return process.cwd();
  }
}
