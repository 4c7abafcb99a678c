import { execFile, execFileSync, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type Ended, ended } from "../cli/ended.js";
import { evaluate } from "./module.js";
import { type ReleaseServer, startReleases, writePrograms } from "./release-server.js";

const run = promisify(execFile);
const repository = resolve(__dirname, "../..");
const launcher = join(repository, "node_modules/pulumi/run.js");
const manifest = z.object({ dependencies: z.object({ pulumi: z.string() }) });

/** The version that the npm package `pulumi` fetches, which is its own. */
let version: string;
let releases: ReleaseServer;
/** A machine with Node alone: its programs, and a person's folders. */
let machine: string;
const inMachine = (...parts: string[]) => join(machine, ...parts);

beforeAll(async () => {
  const text = await readFile(join(repository, "package.json"), "utf8");
  version = manifest.parse(JSON.parse(text)).dependencies.pulumi;
  releases = await startReleases(version);
});
afterAll(() => releases.close());

beforeEach(async () => {
  releases.reset();
  machine = await mkdtemp(join(tmpdir(), "mailstage-machine-"));
  await mkdir(inMachine("bin"));
  await symlink(process.execPath, inMachine("bin/node"));
  for (const name of ["sh", "env", "tar", "gzip", "mkdir", "cp"]) {
    const where = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    await symlink(where, inMachine("bin", name));
  }
});
afterEach(() => rm(machine, { recursive: true, force: true }));

/** What `npm install` makes of the package's program. */
async function installLauncher(): Promise<string> {
  await mkdir(inMachine("npm"));
  await symlink(launcher, inMachine("npm/pulumi"));
  return inMachine("npm");
}

const environment = (...path: string[]) => ({
  PATH: [...path, inMachine("bin")].join(delimiter),
  HOME: machine,
  PULUMI_HOME: inMachine("pulumi-home"),
  XDG_CACHE_HOME: inMachine("cache"),
  MAILSTAGE_PULUMI_RELEASES: releases.url,
  MAILSTAGE_PULUMI_RELEASES_TIMEOUT_MS: "2000",
});

/** `mailstage engine`, with what a machine has on PATH first. */
const engine = (more: Readonly<Record<string, string>> = {}, ...path: string[]): Promise<Ended> =>
  ended(
    spawn(process.execPath, [join(repository, "dist/src/cli/main.js"), "engine"], {
      cwd: machine,
      env: { ...environment(...path), ...more },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );

/** A stand-in of Go, which builds scripts. */
async function installGo(): Promise<void> {
  const script = `#!/bin/sh
case $1 in
  version) echo go version go1.26.8 ;;
  list) echo ${inMachine("module")} ;;
  build)
    while [ $# -gt 0 ]; do [ "$1" = -o ] && file=$2; shift; done
    cp ${inMachine("built")} "$file" ;;
esac
`;
  await writeFile(inMachine("bin/go"), script, { mode: 0o755 });
  await writeFile(inMachine("built"), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
  await mkdir(inMachine("module/nodejs/dist"), { recursive: true });
  for (const name of ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"])
    await writeFile(inMachine("module/nodejs/dist", name), "");
}

describe("the Pulumi CLI on a machine with Node alone", () => {
  it("is fetched, checked and put where the npm package pulumi finds it, which then fetches nothing", async () => {
    const npm = await installLauncher();
    const bin = inMachine("pulumi-home/versions", version, "bin");
    const first = await engine({}, npm);
    expect(first).toMatchObject({ code: 0, stdout: `${bin}\n` });
    // Each attempt is a line.
    expect(first.stderr.trim().split("\n")).toEqual([
      "[mailstage] Pulumi CLI on PATH: there is none",
      `[mailstage] Pulumi CLI in ${inMachine("pulumi-home/versions")}: none that is recent enough`,
      `[mailstage] fetching Pulumi ${version} from ${releases.url}`,
      expect.stringContaining("its checksum is the published one"),
    ]);
    expect(releases.asked).toHaveLength(2);
    // Whatever it would fetch comes from Pulumi's own servers, which are not asked: there is no such proxy.
    const { stdout } = await run(join(npm, "pulumi"), ["version"], { env: environment(npm) });
    expect(stdout.trim()).toBe(`v${version}`);
    expect(await engine({}, npm)).toMatchObject({ code: 0, stdout: `${bin}\n`, stderr: "" });
    expect(releases.asked).toHaveLength(2);
  }, 60_000);

  it("is the one on PATH where that is recent enough, also behind the launcher", async () => {
    const npm = await installLauncher();
    await writePrograms(inMachine("own"), "3.255.0");
    expect(await engine({}, npm, inMachine("own"))).toMatchObject({
      code: 0,
      stdout: `${inMachine("own")}\n`,
      stderr: "",
    });
    expect(releases.asked).toEqual([]);
  });

  it("is asked for its version once, until its file is another; a script, which may start others, each time", async () => {
    const program = inMachine("own/pulumi");
    const asked = async () => (await readFile(inMachine("asked"), "utf8").catch(() => "")).length;
    const counted = (version: string, padding: number) =>
      writeFile(
        program,
        `#!/bin/sh\nprintf x >>${inMachine("asked")}\necho v${version}\nexit\n${"#".repeat(padding)}`,
        { mode: 0o755 },
      );
    await writePrograms(inMachine("own"), "3.255.0");
    await counted("3.255.0", 0);
    for (let times = 0; times < 2; times += 1) await engine({}, inMachine("own"));
    expect(await asked()).toBe(2);
    await counted("3.255.0", 1_000_000);
    for (let times = 0; times < 2; times += 1)
      expect(await engine({}, inMachine("own"))).toMatchObject({ code: 0, stdout: `${inMachine("own")}\n` });
    expect(await asked()).toBe(3);
    await counted("3.254.0", 1_000_001);
    expect((await engine({}, inMachine("own"))).stderr).toContain("is v3.254.0, and 3.255 is needed");
    expect(await asked()).toBe(5);
  }, 60_000);

  it("is not the one on PATH that is too old, nor the script that pnpm writes for the launcher", async () => {
    await writePrograms(inMachine("old"), "3.254.0");
    await mkdir(inMachine("pnpm"));
    await writeFile(inMachine("pnpm/pulumi"), `#!/bin/sh\nexec node "$basedir/../pulumi/run.js" "$@"\n`);
    await chmod(inMachine("pnpm/pulumi"), 0o755);
    await writePrograms(inMachine("pulumi-home/versions/3.300.1/bin"), "3.300.1");
    const { code, stdout } = await engine({}, inMachine("pnpm"), inMachine("old"));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${inMachine("pulumi-home/versions/3.300.1/bin")}\n`,
    });
    expect(releases.asked).toEqual([]);
  });

  it("is built with Go where the release cannot be had, from the modules of the package", async () => {
    await installGo();
    releases.serve = (response) => response.end("no archive");
    const { code, stdout, stderr } = await engine();
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/has the checksum/) });
    expect(stderr).toContain("building the Pulumi engine");
    expect(stdout.trim()).toMatch(
      new RegExp(
        `^${inMachine("cache/mailstage")}/engine-.*/bin$`.replaceAll(".", "\\.").replace("\\.*", ".*"),
      ),
    );
    expect((await readdir(stdout.trim())).sort()).toEqual([
      "pulumi",
      "pulumi-analyzer-policy",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]);
    // It is not Pulumi's release, so it is nobody else's.
    expect(await readdir(inMachine("pulumi-home/versions"))).toEqual([]);
  });

  it("that nothing leads to is told with every attempt and what to do", async () => {
    await writePrograms(inMachine("old"), "3.254.0");
    const { code, stdout, stderr } = await engine({ MAILSTAGE_PULUMI_RELEASES: "off" }, inMachine("old"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`on PATH: the one in ${inMachine("old")} is v3.254.0, and 3.255 is needed`);
    expect(stderr).toContain("Pulumi's release: not asked for (MAILSTAGE_PULUMI_RELEASES=off)");
    expect(stderr).toContain("building it from source: Go 1.26 or newer is not installed");
    expect(stderr).toContain("set HTTPS_PROXY");
  });

  it("that cannot be built either is told with the reason of Go, and what to do", async () => {
    const script = `#!/bin/sh
if [ "$1" = version ]; then echo go version go1.25.11; exit; fi
echo "go: go.mod requires go >= 1.26.6 (running go 1.25.11; GOTOOLCHAIN=local)" >&2
exit 1
`;
    await writeFile(inMachine("bin/go"), script, { mode: 0o755 });
    const { code, stderr } = await engine({ MAILSTAGE_PULUMI_RELEASES: "off" });
    expect(code).toBe(1);
    expect(stderr).toContain("  building it from source: go: go.mod requires go >= 1.26.6");
    expect(stderr).toContain("Install it (https://www.pulumi.com/docs/install/)");
    // Nothing is left that could be taken for an engine.
    expect(await readdir(inMachine("cache/mailstage"))).toEqual([]);
  });

  it("cannot be kept where nobody may write, and that is said", async () => {
    await writeFile(inMachine("pulumi-home"), "");
    const { code, stderr } = await engine();
    expect(code).toBe(1);
    expect(stderr).toMatch(/Pulumi's release: .*pulumi-home.* cannot be made/);
  });
});

test("each of the CLIs that a user may meet is pinned, and is as recent as the program needs", async () => {
  const goMod = await readFile(join(repository, "tools/pulumi/go.mod"), "utf8");
  const built = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(goMod)?.[1];
  for (const pinned of [built, version]) {
    expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await evaluate("setup/engine.mjs", "m.isRecent(input)", pinned)).toBe(true);
  }
});

test("workflows and the image have the CLI that npx pulumi starts", async () => {
  for (const file of [
    "github-actions/mailstage.yml",
    "github-actions/mailstage-nightly.yml",
    "pulumi-operator/Dockerfile",
  ]) {
    const text = await readFile(join(repository, "examples", file), "utf8");
    const named = text.match(/(?<=pulumi-version: |pulumi-nodejs-24:|--fixed-strings )\d+\.\d+\.\d+/g);
    expect([file, ...new Set(named)]).toEqual([file, version]);
  }
});
