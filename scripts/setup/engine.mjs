import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { nodeBinary } from "./packages.mjs";
import { cache, output, root, run, SetupError, say, withLock } from "./run.mjs";

/** The oldest Pulumi CLI that is known to do: engine events and plans as they are used here. */
const oldest = [3, 220];

const programs = ["pulumi", "pulumi-language-nodejs"];
/** Start Node for a dynamic provider and a policy pack. */
const launchers = ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

/** The version of a module in one of the go.mod files in tools/, without its v. */
export function pinnedVersion(goMod, module) {
  const found = new RegExp(`^(?:require)?\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m").exec(goMod);
  if (found === null) throw new SetupError(`tools/ pins no version of ${module}`);
  return found[1];
}

const goMod = (tool) => readFileSync(join(root, "tools", tool, "go.mod"), "utf8");

/** Whether a version as `pulumi version` prints it is recent enough. */
export function isRecent(version) {
  const [major, minor] = /^v?(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

const onPath = (name) =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .find((folder) => existsSync(join(folder, name)));

const versionIn = (program) =>
  output(program, ["version"], { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } }) ?? "";

/** The folder of the Pulumi CLI on PATH if it can run this program; else why not. */
function installed() {
  const folder = onPath("pulumi");
  if (folder === undefined) return { reason: "there is none on PATH" };
  const missing = [...programs, launchers[0]].find(
    (name) => !existsSync(join(folder, name)) && onPath(name) === undefined,
  );
  if (missing !== undefined) return { reason: `the one on PATH comes without ${missing}` };
  const version = versionIn("pulumi");
  if (isRecent(version)) return { folder };
  return { reason: `the one on PATH is ${version || "not to be run"}, and ${oldest.join(".")} is needed` };
}

/**
 * The newest Pulumi CLI that is recent enough in the folder that the Automation API and the npm package `pulumi` share:
 * $PULUMI_HOME/versions/<version>/bin.
 */
export function sharedVersion(home = process.env["PULUMI_HOME"] || join(homedir(), ".pulumi")) {
  const versions = join(home, "versions");
  if (!existsSync(versions)) return undefined;
  const byNumber = (one, other) => other.localeCompare(one, "en", { numeric: true });
  return readdirSync(versions)
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && isRecent(version))
    .toSorted(byNumber)
    .map((version) => join(versions, version, "bin"))
    .find((bin) => [...programs, launchers[0]].every((name) => existsSync(join(bin, name))));
}

/** Builds the CLI and its Node language host from the modules pinned in tools/; several minutes the first time. */
async function build(target, version) {
  say(`building the Pulumi engine ${version} with Go, once on this machine; about four minutes`);
  const draft = `${target}.${process.pid}`;
  const bin = join(draft, "bin");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  try {
    const stamp = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
    await goBuild(
      "pulumi",
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      join(bin, "pulumi"),
      `-s -w -X ${stamp}`,
    );
    const sdk = "github.com/pulumi/pulumi/sdk/v3";
    const host = `${sdk}/nodejs/cmd/pulumi-language-nodejs`;
    await goBuild("language-nodejs", host, join(bin, "pulumi-language-nodejs"), "-s -w");
    const module = output("go", ["list", "-m", "-f", "{{.Dir}}", sdk], {
      cwd: join(root, "tools/language-nodejs"),
    });
    if (module === undefined) throw new SetupError("the Go module of the Pulumi SDK cannot be found again");
    for (const name of launchers) {
      copyFileSync(join(module, "nodejs/dist", name), join(bin, name));
      chmodSync(join(bin, name), 0o755);
    }
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  say("the Pulumi engine is built");
}

async function goBuild(tool, target, file, flags) {
  const begun = Date.now();
  let compiled = 0;
  let printed = "";
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    say(`  ${tool}: ${compiled === 0 ? "downloading" : `${compiled} packages compiled`}, ${seconds} s`);
  }, 10_000);
  try {
    const code = await run("go", ["build", "-v", "-mod=readonly", "-o", file, "-ldflags", flags, target], {
      cwd: join(root, "tools", tool),
      stdio: ["ignore", 2, "pipe"],
      started: (child) =>
        child.stderr.on("data", (chunk) => {
          const text = chunk.toString();
          compiled += text.split("\n").filter((line) => line !== "" && !line.startsWith("go: ")).length;
          printed = (printed + text).slice(-4000);
        }),
    });
    if (code !== 0) throw new SetupError(`go build of ${tool} failed:\n${printed.trimEnd()}`);
  } finally {
    clearInterval(report);
  }
}

/** The folder of the cached engine, named after the version that tools/pulumi pins. */
function cached() {
  const version = pinnedVersion(goMod("pulumi"), "github.com/pulumi/pulumi/pkg/v3");
  const folder = join(cache, `engine-${version}-${process.platform}-${process.arch}`);
  return { version, folder, ready: existsSync(join(folder, "bin")) };
}

/** Pulumi's release into the cache folder, in a process of this project's Node, which knows proxies. */
async function fetchInto(folder, version) {
  let said = "";
  const env = { ...process.env, NODE_USE_ENV_PROXY: "1" };
  const script = join(root, "scripts/setup/release.mjs");
  const code = await run(nodeBinary, [script, version, folder], {
    env,
    stdio: ["ignore", 2, "pipe"],
    started: (child) =>
      child.stderr.on("data", (chunk) => {
        said = chunk.toString().trimEnd().split("\n").at(-1);
        process.stderr.write(chunk);
      }),
  });
  return code === 0 ? undefined : said.replace(/^\[mailstage\] /, "");
}

/** Fetches the engine, or builds it where the release cannot be had. Says what was tried, one line each. */
async function obtain(folder, version) {
  const failed = await fetchInto(folder, version);
  if (failed === undefined) return;
  if (output("go", ["version"], { cwd: root }) !== undefined) return build(folder, version);
  throw new SetupError(
    [
      `mailstage needs the Pulumi CLI, ${oldest.join(".")} or newer, and found no way to it:`,
      `  on PATH: ${installed().reason}`,
      "  in ~/.pulumi/versions: none that is recent enough",
      `  Pulumi's release: ${failed}`,
      "  building it from source: Go 1.25 or newer is not installed",
      "Install it (https://www.pulumi.com/docs/install/), or set HTTPS_PROXY if this machine reaches the internet through one, and run this again.",
    ].join("\n"),
  );
}

/**
 * Finds the engine: an installed one that is recent enough, else one that is here already, else Pulumi's release, else one
 * built now. Returns its folder.
 */
export async function installEngine() {
  const own = installed().folder ?? (cached().ready ? undefined : sharedVersion());
  if (own !== undefined) return own;
  if (!cached().ready)
    await withLock(`${cached().folder}.lock`, "installing the Pulumi engine", async () => {
      const { version, folder, ready } = cached();
      if (!ready) await obtain(folder, version);
    });
  return join(cached().folder, "bin");
}

/** The environment in which the engine runs: it and Node 24 first on PATH, nothing fetched, nothing asked. */
export function engineEnvironment(bin) {
  return {
    ...process.env,
    PATH: [bin, join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Compiled code of Node's modules is kept: 0.3 s less for each command (checked 2026-11).
    NODE_COMPILE_CACHE:
      process.env["NODE_COMPILE_CACHE"] ?? join(dirname(cached().folder), "node-compile-cache"),
  };
}
