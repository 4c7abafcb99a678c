import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { isIn } from "../base/platform.js";
import { type Problem, throwIfAny } from "../base/problem.js";
import { counted } from "../base/words.js";
import type { Run } from "../plan/run.js";
import { isKept } from "./durable-lines.js";
import { isUrl, located } from "./place.js";

/**
 * Refuses before a first change where what is kept of it would be lost, or where what was kept before is there no more.
 * @param file a durable file, relative to the folder of Pulumi.yaml or a URL
 * @param before of how many users it was seen to keep something
 * @throws MailstageError snapshots-not-kept, snapshot-lost, and what reading it throws
 */
export async function refuseUnlessKept(
  { root, run }: { readonly root: string; readonly run: Run },
  domain: string,
  file: string,
  before: number,
): Promise<void> {
  if (run.of(domain).waiverOf("snapshots-kept") !== undefined) return;
  throwIfAny(placeProblems(root, file));
  if (before > 0 && !(await isKept(located(root, file))))
    throwIfAny([
      {
        code: "snapshot-lost",
        subject: file,
        reason: `is there no more, and kept ${counted(before, "user as it was", "users as they were")}: this machine does not have what another run wrote`,
        hint: "Bring it back, or run where it is; where it is gone for good, waive snapshots-kept with the reason",
      },
    ]);
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why a place would lose what it is given: on a machine that makes a fresh checkout for every run, a folder of that checkout, or of a
 * machine that itself goes away. A desk keeps what is beside Pulumi.yaml.
 */
export function placeProblems(
  root: string,
  place: string,
  environment: Environment = process.env,
): Problem[] {
  const pipeline = pipelineOf(environment);
  if (isUrl(place) || pipeline === undefined) return [];
  const reason = goneBecause(root, resolve(root, place), environment);
  if (reason === undefined) return [];
  return [
    {
      code: "snapshots-not-kept",
      subject: place,
      reason: `${reason} (${pipeline}), and with it the only record of how users were before their conversion`,
      hint: "Set conversion.snapshots in the plan to a folder that outlives the run, or to a container or bucket such as azblob://state/snapshots?storage_account=contosomail; or waive snapshots-kept with the reason why it is kept",
    },
  ];
}

/** Variables that say that this is a pipeline's machine. */
export const pipelineSigns: readonly string[] = [
  "GITHUB_ACTIONS",
  "TF_BUILD",
  "GITLAB_CI",
  "CI",
  "KUBERNETES_SERVICE_HOST",
];

function pipelineOf(environment: Environment): string | undefined {
  return pipelineSigns.find(
    (name) => !["", "0", "false", undefined].includes(environment[name]?.toLowerCase()),
  );
}

function goneBecause(root: string, folder: string, environment: Environment): string | undefined {
  if (environment["RUNNER_ENVIRONMENT"] === "github-hosted" || environment["AGENT_ISSELFHOSTED"] === "0")
    return "is on a machine that is thrown away after this run";
  const here = truePath(folder);
  if (isIn(here, checkoutOf(root))) return "lies in a checkout that the next run makes anew";
  const emptied = ["GITHUB_WORKSPACE", "RUNNER_TEMP", "AGENT_BUILDDIRECTORY", "AGENT_TEMPDIRECTORY"];
  if (emptied.some((name) => environment[name] && isIn(here, truePath(environment[name]))))
    return "lies in a folder that is emptied";
  if (environment["KUBERNETES_SERVICE_HOST"] && statSync(existing(here)).dev === statSync("/").dev)
    return "lies in no volume, but in the pod itself";
  return undefined;
}

/** The folder with .git that a project lies in, else the project. */
function checkoutOf(root: string): string {
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, ".git"))) return truePath(folder);
  return truePath(root);
}

function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path));
}

/** With its symbolic links followed, as far as it is there. */
function truePath(path: string): string {
  const there = existing(path);
  return join(realpathSync(there), relative(there, path));
}
