import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Problem, throwIfAny } from "../../base/problem.js";
import type { Plan, WavePlan } from "../plan.js";
import { type MailboxReading, readMailboxBytes } from "./mailbox-file.js";
import type { MailboxFile, MailboxRules } from "./types.js";

/**
 * Reads the mailbox files of all waves, parses and checks them, each alone and against one another.
 *
 * @param root folder the plan's paths are relative to: that of Pulumi.yaml
 * @returns one file a wave, in the plan's order; `rows.length` is the number of mailboxes to migrate
 * @throws MailstageError with every problem of every file
 */
export function readMailboxFiles(
  root: string,
  plan: Pick<Plan, "domain" | "signOn"> & { readonly waves: readonly Pick<WavePlan, "name" | "csv">[] },
): MailboxFile[] {
  const problems: Problem[] = [];
  const files: MailboxFile[] = [];
  const places = new Map<string, string>();
  for (const { name: wave, csv: path } of plan.waves) {
    const reading = readOne(root, path, { wave, domain: plan.domain, signOn: plan.signOn }, places);
    for (const problem of reading.problems) problems.push(problem);
    if ("file" in reading) files.push(reading.file);
  }
  throwIfAny(problems);
  return files;
}

function readOne(
  root: string,
  path: string,
  rules: MailboxRules,
  places: Map<string, string>,
): MailboxReading | { problems: Problem[] } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(root, path));
  } catch (error) {
    return { problems: [unreadable(root, path, rules.wave, error)] };
  }
  return readMailboxBytes(bytes, path, rules, places);
}

function unreadable(root: string, path: string, wave: string, error: unknown): Problem {
  const status =
    typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
  const subject = path;
  if (status === "ENOENT" || status === "ENOTDIR")
    return {
      code: "csv-missing-file",
      subject,
      reason: `does not exist, but wave ${wave} is to be read from it`,
      hint: `It was looked for in ${root}, which is taken for the folder of Pulumi.yaml; MAILSTAGE_PROJECT_ROOT names another`,
    };
  if (status === "EISDIR")
    return {
      code: "csv-directory",
      subject,
      reason: `is a folder, but wave ${wave} needs one file`,
      hint: "Name the .csv or .txt file in it",
    };
  return {
    code: "csv-unreadable",
    subject,
    reason: `cannot be read for wave ${wave}`,
    status,
    hint: "Give the account that runs mailstage the right to read it",
  };
}
