/**
 * The Pulumi CLI for whoever has none, in a clone and in the installed package: one on PATH, else one that is here already,
 * else Pulumi's release, else one built with Go. Each attempt is one line on stderr. Without dependencies.
 *
 *   node scripts/setup/engine.mjs    prints the folder of its programs
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { buildEngine } from "./build-engine.mjs";
import { cache, compileCache, isMain, main, output, root, run, SetupError, say, withLock } from "./run.mjs";

/** The oldest Pulumi CLI that does: it starts a policy pack that is a program (from 3.255 on), and imports dynamic resources (3.254). */
const oldest = [3, 255];

const windows = process.platform === "win32";
const needed = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** The version of a module in one of the go.mod files in tools/, without its v. */
export function pinnedVersion(goMod, module) {
  const found = new RegExp(`^(?:require)?\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m").exec(goMod);
  if (found === null) throw new SetupError(`tools/ pins no version of ${module}`);
  return found[1];
}

/** The oldest Go that builds the modules of a go.mod, as `1.26`. */
export function neededGo(goMod) {
  const found = /^go (\d+\.\d+)/m.exec(goMod);
  if (found === null) throw new SetupError("tools/ names no version of Go");
  return found[1];
}

/** The version of the npm package `pulumi`, which is that of the release it starts, in a package.json. */
export function launcherVersion(manifest) {
  const version = JSON.parse(manifest).dependencies?.pulumi;
  if (!/^\d+\.\d+\.\d+$/.test(version ?? "")) throw new SetupError("package.json pins no version of pulumi");
  return version;
}

/** Whether a version as `pulumi version` prints it is recent enough. */
export function isRecent(version) {
  const [major, minor] = /^v?(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** A program's file in a folder, as this platform names it. */
const programIn = (folder, name) =>
  (windows ? [`${name}.exe`, `${name}.cmd`] : [name])
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));

/**
 * Whether a file is the npm package `pulumi`, by a link or by the script that a package manager writes. It is no CLI: it
 * fetches one when it is first run, by Pulumi's install script, which checks nothing.
 */
export function isLauncher(file) {
  if (/[\\/]pulumi[\\/]run\.js$/.test(realpathSync(file))) return true;
  return statSync(file).size < 16_384 && /[\\/]pulumi[\\/]run\.js/.test(readFileSync(file, "utf8"));
}

const foldersOnPath = () => (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
const onPath = (name) => foldersOnPath().find((folder) => programIn(folder, name) !== undefined);

const askVersion = (program) =>
  output(program, ["version"], { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } }) ?? "";

/**
 * The version of a CLI. One that is recent enough is noted with its file's size and time, and not started again, which would take as
 * long as the rest of a command's beginning (0.3 s, 2026-11); a script, which may start another one tomorrow, is asked each time.
 */
function versionIn(program) {
  const file = realpathSync(program);
  const { size, mtimeMs } = statSync(file);
  if (size < 1_000_000) return askVersion(program);
  const notes = join(cache, "engine-versions.json");
  const key = `${file} ${size} ${mtimeMs}`;
  try {
    const known = JSON.parse(readFileSync(notes, "utf8"))[key];
    if (typeof known === "string") return known;
  } catch {
    // None was noted yet.
  }
  const version = askVersion(program);
  if (isRecent(version)) {
    try {
      mkdirSync(cache, { recursive: true });
      writeFileSync(notes, JSON.stringify({ [key]: version }));
    } catch {
      // It is asked again next time.
    }
  }
  return version;
}

/** The folder of the Pulumi CLI on PATH if it can run this program; else why not. */
function installed() {
  const folder = foldersOnPath().find((each) => {
    const file = programIn(each, "pulumi");
    return file !== undefined && !isLauncher(file);
  });
  if (folder === undefined) return { reason: "there is none" };
  const missing = needed.find((name) => programIn(folder, name) === undefined && onPath(name) === undefined);
  if (missing !== undefined) return { reason: `the one in ${folder} comes without ${missing}` };
  const version = versionIn(programIn(folder, "pulumi"));
  if (isRecent(version)) return { folder };
  return {
    reason: `the one in ${folder} is ${version || "not to be run"}, and ${oldest.join(".")} is needed`,
  };
}

const pulumiHome = () => process.env["PULUMI_HOME"] || join(homedir(), ".pulumi");

/** The folder that the Automation API and the npm package `pulumi` share: versions, each in <version>/bin. */
const sharedFolder = (home = pulumiHome()) => join(home, "versions");

/** The newest Pulumi CLI there that is recent enough. */
export function sharedVersion(home = pulumiHome()) {
  const versions = sharedFolder(home);
  if (!existsSync(versions)) return undefined;
  const byNumber = (one, other) => other.localeCompare(one, "en", { numeric: true });
  return readdirSync(versions)
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && isRecent(version))
    .toSorted(byNumber)
    .map((version) => join(versions, version, "bin"))
    .find((bin) => needed.every((name) => programIn(bin, name) !== undefined));
}

/**
 * What is pinned for either way, and where it is left. They may differ: the release is the one that the npm package `pulumi` starts, so
 * that it finds it there; what is built is the newest whose modules are served (CONTRIBUTING.md).
 */
function own() {
  const goMod = readFileSync(join(root, "tools/pulumi/go.mod"), "utf8");
  const built = pinnedVersion(goMod, "github.com/pulumi/pulumi/pkg/v3");
  const released = launcherVersion(readFileSync(join(root, "package.json"), "utf8"));
  return {
    built: { version: built, folder: join(cache, `engine-${built}-${process.platform}-${process.arch}`) },
    released: { version: released, folder: join(sharedFolder(), released) },
    go: neededGo(goMod),
  };
}

/** One that is here already: built by us, or in the shared folder. */
function present() {
  const bin = join(own().built.folder, "bin");
  return existsSync(bin) ? bin : sharedVersion();
}

/** Pulumi's release into a folder, in a process of its own whose Node speaks through a proxy. */
async function fetchInto({ folder, version }) {
  let said = "";
  const node = join(root, "node_modules/.bin/node");
  const code = await run(
    existsSync(node) ? node : process.execPath,
    [join(root, "scripts/setup/release.mjs"), version, folder],
    {
      env: { ...process.env, NODE_USE_ENV_PROXY: "1" },
      stdio: ["ignore", 2, "pipe"],
      started: (child) =>
        child.stderr.on("data", (chunk) => {
          said = chunk.toString().trimEnd().split("\n").at(-1);
          process.stderr.write(chunk);
        }),
    },
  );
  return code === 0 ? undefined : said.replace(/^\[mailstage\] /, "");
}

/** Builds the engine with Go. Resolves to why that is not to be, in a line; the whole of it is said before. */
async function buildInto({ folder, version }, go) {
  if (output("go", ["version"], { cwd: root }) === undefined) return `Go ${go} or newer is not installed`;
  try {
    await buildEngine(folder, version);
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return error.message.trimEnd().split("\n").at(-1);
  }
}

/** Fetches the engine, or builds it where the release cannot be had. Says what was tried, one line each. */
async function obtain() {
  const { built, released, go } = own();
  const reason = installed().reason;
  say(`Pulumi CLI on PATH: ${reason}`);
  say(`Pulumi CLI in ${sharedFolder()}: none that is recent enough`);
  const failed = await fetchInto(released);
  if (failed === undefined) {
    // The npm package `pulumi` takes it from there, and fetches nothing.
    say(`Pulumi CLI ${released.version} is in ${released.folder}, its checksum is the published one`);
    return join(released.folder, "bin");
  }
  const unbuilt = await buildInto(built, go);
  if (unbuilt === undefined) return join(built.folder, "bin");
  throw new SetupError(
    [
      `mailstage needs the Pulumi CLI, ${oldest.join(".")} or newer, and found no way to it:`,
      `  on PATH: ${reason}`,
      `  in ${sharedFolder()}: none that is recent enough`,
      `  Pulumi's release: ${failed}`,
      `  building it from source: ${unbuilt}`,
      "Install it (https://www.pulumi.com/docs/install/), or set HTTPS_PROXY if this machine reaches the internet through one, and run this again.",
    ].join("\n"),
  );
}

/**
 * Finds the engine: an installed one that is recent enough, else one that is here already, else Pulumi's release, else one
 * built now. Returns its folder.
 */
export async function installEngine() {
  const found = installed().folder ?? present();
  if (found !== undefined) return found;
  return withLock(
    `${own().built.folder}.lock`,
    "installing the Pulumi engine",
    async () => present() ?? obtain(),
  );
}

/** The environment in which the engine runs: it and Node 24 first on PATH, nothing fetched, nothing asked. */
export function engineEnvironment(bin) {
  return {
    ...process.env,
    PATH: [bin, join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...quickStart(),
  };
}

/** Compiled code of Node's modules is kept: 0.3 s less for each command (checked 2026-11). */
export const quickStart = () => ({
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? compileCache,
});

if (isMain(import.meta.url))
  await main(async () => {
    process.stdout.write(`${await installEngine()}\n`);
    return 0;
  });
