/** Runs programs for the pipeline's steps, and tells the pipeline what came of it. Knows GitHub Actions and Azure Pipelines. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, resolve } from "node:path";
import { createInterface } from "node:readline";

/** The stack: Pulumi.<stack>.yaml. */
export const stack = process.env.MAILSTAGE_STACK ?? "production";

/** Against the services as they are: an update then repairs what was changed by hand. */
export const refresh = process.env.MAILSTAGE_REFRESH?.toLowerCase() === "true" ? ["--refresh"] : [];

const azure = Boolean(process.env.TF_BUILD);

/** Where this run is shown. */
export const runPage = azure
  ? `${process.env.SYSTEM_COLLECTIONURI}${process.env.SYSTEM_TEAMPROJECT}/_build/results?buildId=${process.env.BUILD_BUILDID}`
  : `${process.env.GITHUB_SERVER_URL ?? "https://github.com"}/${process.env.GITHUB_REPOSITORY}/actions/runs/${process.env.GITHUB_RUN_ID}`;

/** Most bytes of a comment. */
export const commentLimit = azure ? 150_000 : 65_536;

// What lets a program speak for the pipeline is for these scripts alone.
const kept = ["GITHUB_TOKEN", "SYSTEM_ACCESSTOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];

/**
 * Runs a program, its output visible unless `quiet`; resolves to its exit code. The repository's own packages come first
 * on PATH, but for pulumi: what npm has under that name fetches the CLI that the pipeline has installed already. A cancelled job lets pulumi finish what it has begun.
 */
export function run(command, args, { environment = {}, quiet = false } = {}) {
  const env = { ...process.env, ...environment };
  for (const name of kept) delete env[name];
  const own = resolve("node_modules/.bin");
  env.PATH = (command === "pulumi" ? [env.PATH, own] : [own, env.PATH]).join(delimiter);
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", quiet ? "ignore" : "pipe", "pipe"] });
    if (child.stdout) createInterface(child.stdout).on("line", (line) => console.log(harmless(line)));
    createInterface(child.stderr).on("line", (line) => console.error(harmless(line)));
    const stop = () => child.kill("SIGINT");
    process.on("SIGINT", stop).on("SIGTERM", stop);
    const ended = () => process.off("SIGINT", stop).off("SIGTERM", stop);
    child.on("error", (error) => {
      ended();
      reject(error);
    });
    child.on("close", (code, signal) => {
      ended();
      fulfil(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** A line that the pipeline does not take for a command, whatever a server answered. */
export const harmless = (line) => line.replace(/##(?=\[|vso\[)/gi, "# #").replace(/^(\s*)::/, "$1: :");

/** A value for later steps and jobs. */
export function output(name, value) {
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${value}\n`);
  if (azure) console.log(`##vso[task.setvariable variable=${name};isOutput=true]${value}`);
}

/** Shows a Markdown file on the run's page. */
export function summarize(file) {
  if (!existsSync(file)) return;
  if (process.env.GITHUB_STEP_SUMMARY)
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${readFileSync(file, "utf8")}\n`);
  if (azure) console.log(`##vso[task.uploadsummary]${resolve(file)}`);
}

/** A line that stands out on the run's page. */
export function warn(line) {
  console.log(azure ? `##vso[task.logissue type=warning]${line}` : `::warning::${line}`);
}
