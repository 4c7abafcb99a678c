import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { evaluate } from "./module.js";

let folder: string;
const write = async (file: string, text: string) => {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailstage-scripts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("packages are installed only when they have to be", () => {
  const outdated = () => evaluate("setup/packages.mjs", "m.outdated(input)", folder);
  const lock = (packages: object) =>
    write("package-lock.json", JSON.stringify({ packages: { "": {}, ...packages } }));
  const account = (packages: object) =>
    write("node_modules/.package-lock.json", JSON.stringify({ packages }));
  const zod = { "node_modules/zod": { version: "4.6.7" } };

  it("when nothing is installed", async () => {
    await lock(zod);
    expect(await outdated()).toBe("node_modules is missing");
  });

  it("when a version differs or a package is missing", async () => {
    await lock({ ...zod, "node_modules/a/node_modules/yaml": { version: "2.9.1" } });
    await account({ "node_modules/zod": { version: "4.6.6" } });
    expect(await outdated()).toBe("zod 4.6.7 is not installed");
    await account(zod);
    expect(await outdated()).toBe("yaml 2.9.1 is not installed");
  });

  it("not when only optional packages of other platforms are missing", async () => {
    await lock({ ...zod, "node_modules/@biomejs/cli-darwin-arm64": { version: "2.6.8", optional: true } });
    await account(zod);
    expect(await outdated()).toBeNull();
  });
});

describe("the lock file is completed for other platforms", () => {
  it.each([
    ["@biomejs/cli-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
    ["@swc/core-linux-x64-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
    ["@unrs/resolver-binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["@swc/core-win32-ia32-msvc", { os: ["win32"], cpu: ["ia32"] }],
    ["fsevents", null],
  ])("%s", async (name, platform) => {
    expect(await evaluate("complete-lock.mjs", "m.platformOf(input)", name)).toEqual(platform);
  });

  it("adds what a package names and the file lacks, and nothing else", async () => {
    const packages = {
      "node_modules/tool": {
        dev: true,
        optionalDependencies: { "tool-linux-x64": "1.2.3", "tool-win32-x64": "1.2.3" },
      },
      "node_modules/tool-linux-x64": { version: "1.2.3" },
    };
    expect(await evaluate("complete-lock.mjs", "m.missingEntries(input)", { packages })).toEqual({
      "node_modules/tool-win32-x64": {
        version: "1.2.3",
        os: ["win32"],
        cpu: ["x64"],
        dev: true,
        optional: true,
      },
    });
  });

  it("finds this repository's own lock file complete", async () => {
    const script = join(__dirname, "../../scripts/complete-lock.mjs");
    await expect(promisify(execFile)(process.execPath, [script, "--check"])).resolves.toMatchObject({
      stderr: "",
    });
  });
});

describe("the compiled program is never stale", () => {
  const isBuilt = () => evaluate("setup/compile.mjs", "m.isBuilt(input)", folder);

  beforeEach(async () => {
    for (const name of [
      "tsconfig.json",
      "tsconfig.build.json",
      "package-lock.json",
      "scripts/setup/bundle.mjs",
      "lab/plugins/serve.mjs",
    ])
      await write(name, "{}");
    await write("src/a.ts", "export const a = 1;");
    await write("dist/src/a.js", "exports.a = 1;");
    await write("dist/.digest", String(await evaluate("setup/compile.mjs", "m.digest(input)", folder)));
  });

  it("is built while nothing changes", async () => {
    expect(await isBuilt()).toBe(true);
  });

  it.each([
    ["a changed source", () => write("src/a.ts", "export const a = 2;")],
    ["a new source", () => write("stacks/b.ts", "export const b = 1;")],
    ["a changed setting", () => write("tsconfig.json", '{"compilerOptions":{}}')],
    ["a lost output", () => rm(join(folder, "dist/src/a.js"))],
  ])("is not built after %s", async (_, change) => {
    await change();
    expect(await isBuilt()).toBe(false);
  });

  it("loses the output of a source that is gone", async () => {
    for (const file of ["old.js", "old.js.map", "old.d.ts", "sub/older.js"])
      await write(`dist/src/${file}`, "");
    await evaluate("setup/compile.mjs", "m.removeOrphans(input)", folder);
    expect(await readdir(join(folder, "dist/src"), { recursive: true })).toEqual(["a.js", "sub"]);
  });
});

describe("the engine", () => {
  it.each([
    ["v3.255.0", true],
    ["3.259.0", true],
    ["v4.0.1", true],
    ["v3.254.9", false],
    ["v2.30.0", false],
    ["", false],
  ])("version %j on PATH is recent enough: %s", async (version, enough) => {
    expect(await evaluate("setup/engine.mjs", "m.isRecent(input)", version)).toBe(enough);
  });

  it("that is built needs the Go that its go.mod names, and the release is the one that the launcher starts", async () => {
    expect(await evaluate("setup/engine.mjs", "m.neededGo(input)", "module a\n\ngo 1.26.6\n")).toBe("1.26");
    const pinned = (version: string) =>
      evaluate("setup/engine.mjs", "m.launcherVersion(input)", `{"dependencies":{"pulumi":"${version}"}}`);
    expect(await pinned("3.265.0")).toBe("3.265.0");
    // A range would leave open which one was looked at.
    await expect(pinned("^3.265.0")).rejects.toThrow("pins no version of pulumi");
  });

  it("has the version that its go.mod pins, whether required alone or in a block", async () => {
    const pinned = (text: string) =>
      evaluate("setup/engine.mjs", 'm.pinnedVersion(input, "example.com/a/v3")', text);
    expect(await pinned("require example.com/a/v3 v3.1.0\n")).toBe("3.1.0");
    expect(
      await pinned("require (\n\texample.com/a/v33 v3.9.0\n\texample.com/a/v3 v3.2.0 // indirect\n)\n"),
    ).toBe("3.2.0");
  });

  it("comes first on PATH, and Node of this project with it", async () => {
    const path = String(await evaluate("setup/engine.mjs", 'm.engineEnvironment("/engine").PATH'));
    expect(path.split(":").slice(0, 2)).toEqual(["/engine", expect.stringMatching(/node_modules\/\.bin$/)]);
  });
});

describe("compiled code that Node keeps", () => {
  it("is emptied for a version whose entries have grown past measure, and left alone for others", async () => {
    for (const name of ["kept/v24/a", "kept/v24/b", "kept/v24/c", "kept/v22/a"]) await write(name, "");
    const trimmed = (most: number) =>
      evaluate("setup/compile-cache.mjs", "m.trimCompileCache(...input)", [join(folder, "kept"), most]);
    expect(await trimmed(3)).toEqual([]);
    expect(await trimmed(2)).toEqual(["v24"]);
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining([expect.stringMatching(/gone/)]));
    expect(await readdir(join(folder, "kept"))).toEqual(["v22"]);
    expect(await trimmed(2)).toEqual([]);
  });

  it("may be kept nowhere yet", async () => {
    expect(
      await evaluate("setup/compile-cache.mjs", "m.trimCompileCache(input)", join(folder, "none")),
    ).toEqual([]);
  });
});

describe("a lock", () => {
  it("lets one process work at a time", async () => {
    const turn = `m.withLock(input + "/lock", "a test", async () => {
      const { appendFileSync, readFileSync } = await import("node:fs");
      appendFileSync(input + "/log", "begin ");
      await new Promise((done) => setTimeout(done, 300));
      appendFileSync(input + "/log", "end ");
      return readFileSync(input + "/log", "utf8");
    })`;
    const logs = await Promise.all([1, 2].map(() => evaluate("setup/run.mjs", turn, folder)));
    expect(logs).toContain("begin end begin end ");
  });

  it("whose process is gone is taken over", async () => {
    await write("lock/pid", "999999999");
    expect(
      await evaluate("setup/run.mjs", 'm.withLock(input + "/lock", "a test", () => "done")', folder),
    ).toBe("done");
  });
});
