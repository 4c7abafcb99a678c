import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { MailstageError } from "../base/problem.js";
import { type Bound, bindingOf } from "../reports/review/index.js";
import { exportState } from "./capture.js";
import { planOf } from "./plan-choice.js";
import type { PulumiProject } from "./pulumi-project.js";

/**
 * What a review made now would be bound to.
 * @param planFile where a program of one's own gives the plan
 * @throws MailstageError where the state or a file cannot be read
 */
export async function boundNow(project: PulumiProject, stack: string, planFile?: string): Promise<Bound> {
  const { written, plan } = await planOf(project, stack, planFile);
  const files = new Map<string, Uint8Array>();
  for (const { csv } of plan.waves) files.set(csv, await fileOf(project, csv));
  return bindingOf(stack, { state: await exportState(project.folder, stack), plan: written, files });
}

async function fileOf(project: PulumiProject, csv: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(project.folder, csv));
  } catch (cause) {
    throw new MailstageError({ code: "csv-unreadable", subject: csv, reason: "cannot be read" }, { cause });
  }
}
