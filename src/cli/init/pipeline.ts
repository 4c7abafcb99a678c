import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import type { AboutHost } from "../../dns/hosts/host-interface.js";
import { isNativeHost, nativeHosts } from "../../dns/hosts/index.js";
import type { DnsPlan } from "../../plan/index.js";
import { secrets } from "../../plan/secrets.js";

/** What runs `pulumi preview` and `pulumi up` for a team: a pipeline's host, or none. */
export const pipelines = ["github", "azure", "operator", "none"] as const;
export type Pipeline = (typeof pipelines)[number];

/** What a pipeline's files are filled in with. */
export interface PipelineValues {
  readonly stack: string;
  readonly tenant: string;
  readonly host: DnsPlan["host"];
  /** https address of the repository, where it is known. */
  readonly repository: string | undefined;
}

/** Where the examples of a pipeline are in the package, and where they are put. */
const places: { readonly [Name in Pipeline]: readonly (readonly [example: string, place: string])[] } = {
  github: [
    ["github-actions", ".github/workflows"],
    ["pipeline", "pipeline"],
  ],
  azure: [
    ["azure-pipelines", "azure-pipelines"],
    ["pipeline", "pipeline"],
  ],
  operator: [["pulumi-operator", "pulumi-operator"]],
  none: [],
};

/** The pipeline that fits what is in the folder: its files, or else where the repository is pushed to. */
export async function proposePipeline(folder: string): Promise<Pipeline> {
  if (existsSync(join(folder, ".github"))) return "github";
  if (
    ["azure-pipelines", "azure-pipelines.yml", ".azuredevops"].some((name) => existsSync(join(folder, name)))
  )
    return "azure";
  const remote = await remoteOf(folder);
  if (remote === undefined) return "none";
  if (/\bgithub\./.test(remote)) return "github";
  return /\b(dev\.azure|visualstudio)\.com\b/.test(remote) ? "azure" : "none";
}

/** The https address a repository is pushed to, without what signs in; undefined where it has none. */
export async function repositoryOf(folder: string): Promise<string | undefined> {
  const remote = await remoteOf(folder);
  const [, host, path] =
    /^(?:https:\/\/(?:[^@/]*@)?|ssh:\/\/git@|git@)([\w.-]+)[:/](.+?)(?:\.git)?$/.exec(remote ?? "") ?? [];
  return host === undefined || path === undefined ? undefined : `https://${host}/${path}`;
}

async function remoteOf(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["config", "--get", "remote.origin.url"], {
      cwd: folder,
    });
    return stdout.trim() || undefined;
  } catch {
    // No git, no repository, or one that is pushed nowhere.
    return undefined;
  }
}

/** The files of a pipeline, by their path in the repository: the package's examples with the plan's values. */
export async function pipelineFiles(
  examples: string,
  pipeline: Pipeline,
  values: PipelineValues,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [example, place] of places[pipeline])
    for (const name of (await readdir(join(examples, example))).sort()) {
      const text = await readFile(join(examples, example, name), "utf8");
      files.set(`${place}/${name}`, /\.ya?ml$/.test(name) ? filledIn(text, values) : text);
    }
  return files;
}

/** What the examples say, word for word (a test finds it there). */
const inExamples = {
  stack: "production",
  tenant: "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34",
  repository: "https://github.com/contoso/contoso-mail",
};
/** What a DNS host needs in the environment, in place of the TSIG secret of the examples; and its key in a Kubernetes Secret. */
function writesWith(host: DnsPlan["host"]): AboutHost["writesWith"] | undefined {
  if (isNativeHost(host)) return nativeHosts[host].writesWith;
  return host === "rfc2136" ? secrets.tsig : undefined;
}

function filledIn(text: string, { stack, tenant, host, repository }: PipelineValues): string {
  const secret = writesWith(host);
  // Where there is no API, the records are asked of the name servers themselves.
  const reads = isNativeHost(host) ? nativeHosts[host].reviewsWith : undefined;
  const label = stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  // The line of the secret, and the lines below it where it is a block.
  return text
    .replace(/^( *)MAILSTAGE_TSIG_SECRET:.*\n(?:\1 +.*\n)*/gm, (block) =>
      secret === undefined
        ? ""
        : block
            .replaceAll("MAILSTAGE_TSIG_SECRET", secret.environment)
            .replaceAll("tsigSecret", secret.config),
    )
    .replace(
      /^( *)MAILSTAGE_DIRECTORY_PASSWORD: (.*)MAILSTAGE_REVIEW_DIRECTORY_PASSWORD(.*)\n/gm,
      (line, indent, before, after) =>
        reads === undefined
          ? line
          : `${line}${indent}${reads.environment}: ${before}${reads.secret}${after}\n`,
    )
    .replaceAll(`mailstage-${inExamples.stack}`, `mailstage-${label}`)
    .replaceAll(`: ${inExamples.stack}\n`, `: ${stringify(stack)}`)
    .replaceAll(inExamples.tenant, tenant)
    .replaceAll(inExamples.repository, repository ?? inExamples.repository);
}
