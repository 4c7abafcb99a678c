import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { packageRoot } from "../base/package-root.js";
import { shellWord } from "../base/platform.js";
import { MailstageError } from "../base/problem.js";
import { readViolations, type Violation, violationsVariable } from "../reports/review/index.js";
import { type Captured, captureEngine } from "./capture.js";
import type { EngineCommand } from "./engine.js";

/** Which rules a preview is held to. */
export interface PolicyChoice {
  /** False: no pack at all. */
  readonly policy: boolean;
  /** A pack in place of mailstage's own. */
  readonly policyPack?: string;
  /** The pack's configuration. */
  readonly policyPackConfig?: string;
}

/** mailstage's own pack, in the form every engine can start; undefined where it was not built. */
function ownPack(): string | undefined {
  const [start, rules] = ["policy/pack/run.cjs", "dist/policy/index.js"].map((path) =>
    join(packageRoot, path),
  );
  return start !== undefined && rules !== undefined && existsSync(start) && existsSync(rules)
    ? start
    : undefined;
}

/** A preview that was held to rules. */
export interface Judged extends Captured {
  /** What breaks them; absent where no pack was asked. */
  readonly violations?: readonly Violation[];
}

/**
 * Runs a preview with a policy pack and takes both what the engine printed and what the pack found: the pack writes that
 * to a file of its own, since `preview --json` does not carry it.
 * @throws MailstageError `engine-missing`, `policy-pack-missing`, `policy-config-invalid`
 */
export async function previewWithPolicy(command: EngineCommand, choice: PolicyChoice): Promise<Judged> {
  const pack = packOf(choice);
  if (pack === undefined) return captureEngine(command);
  const config = await configOf(choice);
  const folder = await mkdtemp(join(tmpdir(), "mailstage-policy-"));
  const report = join(folder, "violations");
  try {
    const captured = await captureEngine({
      ...command,
      args: [
        ...command.args,
        "--policy-pack",
        pack,
        ...(config === undefined ? [] : ["--policy-pack-config", config.path]),
      ],
      environment: { ...command.environment, [violationsVariable]: report },
    });
    const written = existsSync(report) ? await readFile(report, "utf8") : "";
    return { ...captured, violations: readViolations(written, config?.text) ?? unheard(pack, captured) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function packOf({ policy, policyPack }: PolicyChoice): string | undefined {
  if (!policy) return undefined;
  if (policyPack === undefined) return ownPack();
  // The engine would look for a relative path in the folder of the program.
  const path = resolve(policyPack);
  if (existsSync(path)) return path;
  throw new MailstageError({
    code: "policy-pack-missing",
    subject: path,
    reason: "does not exist",
    hint: "Name the pack's folder, or its executable where the engine cannot start a folder",
  });
}

async function configOf({
  policyPackConfig,
}: PolicyChoice): Promise<{ path: string; text: string } | undefined> {
  if (policyPackConfig === undefined) return undefined;
  const path = resolve(policyPackConfig);
  try {
    const text = await readFile(path, "utf8");
    readViolations('{"pack":""}', text);
    return { path, text };
  } catch {
    throw new MailstageError({
      code: "policy-config-invalid",
      subject: path,
      reason: "is no configuration of a policy pack",
      hint: 'It is JSON by rule: {"batch-rows": {"maxRows": 500}, "mx-known-in-preview": "disabled"}; see docs/policy.md',
    });
  }
}

/** A pack that does not know of the file tells the engine only, which keeps it from a preview as JSON. */
function unheard(pack: string, { code, stdout }: Captured): Violation[] {
  if (code === 0 || !/"message": "error: preview failed\\n"/.test(stdout)) return [];
  const others = stdout.match(/"severity": "error"/g) ?? [];
  if (others.length > 1) return [];
  return [
    {
      policy: basename(pack),
      level: "mandatory",
      message: `${pack}: refuses the change, and tells its reasons to the engine only. Run pulumi preview --policy-pack ${shellWord(pack)}.`,
    },
  ];
}
