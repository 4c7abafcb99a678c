import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import {
  adoptionBackend,
  adoptionVariable,
  type Finding,
  findingsIn,
  formerMxVariable,
} from "../../base/adoption.js";
import { parseJson } from "../../base/json.js";
import { MailstageError } from "../../base/problem.js";
import { unwrapped } from "../../base/wrapped.js";
import { exportSchema } from "../../migration/adopt/import-file.js";
import { captureEngine } from "../capture.js";
import { configSecret } from "../config-secret.js";
import { type PulumiProject, shortName, writeBackend } from "../pulumi-project.js";
import { writeOtherStacks } from "./other-stacks.js";
import { firstLine, plainConfig } from "./secrets.js";

/** What is looked at, and how. */
export interface Look {
  readonly project: PulumiProject;
  /** As the user names it. */
  readonly stack: string;
  /** The MX before the switch, where a person says it. */
  readonly formerMx: { readonly ttl?: number; readonly values: readonly string[] } | undefined;
  /** Other stacks of a split plan, which say what they were applied with. */
  readonly others: readonly string[];
}

/** What the look found. */
export interface Looked {
  readonly findings: readonly Finding[];
  /** The state it left, secrets in clear; undefined where it did not come to its end. */
  readonly state: z.output<typeof exportSchema> | undefined;
  /** What the engine said is wrong, where it did not. */
  readonly said: string;
}

/**
 * Runs the program, as `pulumi up` would, against a state of its own that is thrown away, in processes that write nowhere else: each
 * resource comes to the inputs it would have, and looks what it is in the world.
 * @param work what to do with it before the folder with its files is gone
 */
export async function runLooking<T>(
  { project, stack, formerMx, others }: Look,
  work: (looked: Looked, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-adopt-"));
  try {
    const own = shortName(stack);
    const findings = join(folder, "findings.jsonl");
    const config = join(folder, `Pulumi.${own}.yaml`);
    const environment = {
      ...process.env,
      PULUMI_BACKEND_URL: await writeBackend(join(folder, "state"), project, own),
      PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("base64url"),
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      [adoptionVariable]: findings,
      [adoptionBackend]: process.env["PULUMI_BACKEND_URL"] ?? "",
      [formerMxVariable]: formerMx === undefined ? undefined : JSON.stringify(formerMx),
    };
    await writeFile(findings, "", { mode: 0o600 });
    await writeOtherStacks(join(folder, "state"), project, stack, others);
    const run = (args: readonly string[], input?: string) =>
      captureEngine(
        { args: [...args, "--stack", own, "--non-interactive"], folder: project.folder, environment },
        input === undefined ? {} : { input },
      );
    const { text, secure } = await plainConfig(project, stack);
    await writeFile(config, text, { mode: 0o600 });
    for (const key of secure) {
      const value = await configSecret(project.folder, stack, key);
      if (value !== undefined) await run(["config", "set", "--secret", key, "--config-file", config], value);
    }
    const up = await run(["up", "--yes", "--skip-preview", "--config-file", config]);
    const exported =
      up.code === 0 ? await run(["stack", "export", "--show-secrets"]) : { code: 1, stdout: "", stderr: "" };
    const state = exportSchema.safeParse(parseJson(exported.stdout)).data;
    const said = up.code === 0 ? firstLine(exported.stderr) : errorsIn(`${up.stdout}\n${up.stderr}`);
    return await work({ findings: findingsIn(await readFile(findings, "utf8")), state, said }, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an update says is wrong: the lines of its diagnostics that are errors. */
function errorsIn(text: string): string {
  const lines = unwrapped(text)
    .split("\n")
    .filter((line) => /^\s*error: /.test(line));
  return [...new Set(lines.map((line) => line.trim().replace(/^error: /, "")))]
    .filter((line) => !/^(update failed|preview failed|Running program|see the error)/.test(line))
    .join("; ");
}

/** @throws MailstageError with everything that differs, or `adopt-failed` with what the engine said */
export function refuseDifferences({ findings, state, said }: Looked): NonNullable<Looked["state"]> {
  const problems = findings.flatMap(({ differs = [] }) => differs);
  const once = [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
  const [first, ...rest] = once;
  if (first !== undefined) throw new MailstageError([first, ...rest]);
  if (state !== undefined) return state;
  throw new MailstageError({
    code: "adopt-failed",
    subject: "the program",
    reason: `did not come to its end: ${said.replace(/\.$/, "") || "the engine said nothing"}`,
    hint: "Mend that and adopt again; nothing was written",
    operation: "pulumi up, which looked only",
  });
}
