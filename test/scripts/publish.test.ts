import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ended } from "../cli/ended.js";
import { installed, linters } from "./linters.js";
import { evaluate } from "./module.js";

const root = resolve(__dirname, "../..");
const manifestSchema = z.object({
  version: z.string(),
  private: z.literal(true),
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});
const packedSchema = z.tuple([
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string(), mode: z.number() })),
  }),
]);

/** Runs a program to its end; `code` and all it said. */
const run = async (program: string, ...args: string[]) => {
  const { code, stdout, stderr } = await ended(
    spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] }),
  );
  return { code, said: stdout + stderr, stdout };
};

describe("what npm pack makes", () => {
  let folder: string;
  let file: string;
  let packed: z.output<typeof packedSchema>[0];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-publish-"));
    const { stdout } = await run("npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    [packed] = packedSchema.parse(JSON.parse(stdout));
    file = join(folder, packed.filename);
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const paths = () => packed.files.map(({ path }) => path);

  test("has all that package.json names, and that exists", async () => {
    const { bin, exports } = manifestSchema.parse(
      JSON.parse(await readFile(join(root, "package.json"), "utf8")),
    );
    const named = [
      ...Object.values(bin),
      ...Object.values(exports).flatMap((target) =>
        typeof target === "string" ? [target] : Object.values(target),
      ),
    ].map((path) => path.replace(/^\.\//, ""));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !paths().includes(path))).toEqual([]);
  });

  test("has nothing of the tests, of a lab, of a build or of a machine", () => {
    const foreign =
      /^test\/|\.test\.|(^|\/)\.(?!npmrc)|node_modules|\.tsbuildinfo$|\.map$|^dist\/bench|\.tgz$|\.env$|\.pem$|state\.json$/;
    expect(paths().filter((path) => foreign.test(path))).toEqual([]);
    // Sources stay in the repository, but for what is run as it is.
    expect(paths().filter((path) => /^(?!examples\/).*(?<!\.d)\.m?ts$/.test(path))).toEqual([]);
    expect(new Set(paths().map((path) => path.split("/")[0]))).toEqual(
      new Set([
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "dist",
        "docs",
        "examples",
        "package.json",
        "policy",
        "scripts",
        "src",
        "tools",
      ]),
    );
    expect(packed.unpackedSize).toBeLessThan(8e6);
  });

  test("names no folder of the machine that built it", async () => {
    const texts = await Promise.all(
      paths()
        .filter((path) => path.startsWith("dist/"))
        .map(async (path) => [path, await readFile(join(root, path), "utf8")] as const),
    );
    expect(texts.filter(([, text]) => text.includes(root)).map(([path]) => path)).toEqual([]);
  });

  describe("its types", () => {
    const tool = linters.types;
    if (!installed(tool, "attw")) return;
    test("resolve under node16, from CommonJS and from modules, and under bundlers", async () => {
      expect(await run(tool, file, "--profile", "node16", "--no-color")).toMatchObject({
        code: 0,
        said: expect.stringMatching(/bundler/),
      });
    }, 60_000);
  });

  describe("its manifest", () => {
    const tool = linters.package;
    if (!installed(tool, "publint")) return;
    test("is as publint wants it, strictly", async () => {
      const { code, said } = await run(tool, "run", file, "--strict");
      expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining("All good") });
    }, 60_000);
  });
});

describe("a release", () => {
  const good = {
    tag: "v1.2.3",
    version: "1.2.3",
    lockVersion: "1.2.3",
    changelog:
      "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n- Does more\n\n## [1.2.2] - 2026-11-01\n\n- Did less\n",
    hasStates: true,
  };
  const problems = (change: Partial<typeof good>) =>
    evaluate("release-check.mjs", "m.releaseProblems(input)", { ...good, ...change });

  test("has nothing against it when tag, version, changelog and states agree", async () => {
    expect(await problems({})).toEqual([]);
    expect(await evaluate("release-check.mjs", "m.notesOf(input, '1.2.3')", good.changelog)).toBe(
      "- Does more",
    );
    expect(await evaluate("release-check.mjs", "m.notesOf(input, '1.2.2')", good.changelog)).toBe(
      "- Did less",
    );
  });

  test.each([
    ["another tag", { tag: "v1.2.4" }, /the tag is v1\.2\.4/],
    ["a lock file of another version", { lockVersion: "1.2.2" }, /package-lock\.json has 1\.2\.2/],
    [
      "a changelog without it",
      { changelog: "## [Unreleased]\n\n- Does more\n" },
      /CHANGELOG\.md has no text/,
    ],
    ["no states", { hasStates: false }, /test\/upgrades\/1\.2\.3 is missing/],
  ])("is refused for %s", async (_, change, words) => {
    expect(await problems(change)).toEqual([expect.stringMatching(words)]);
  });

  test("is published by a workflow that tests before, says where it was built, and gives the one that tests no right", async () => {
    const text = await readFile(join(root, ".github/workflows/release.yml"), "utf8");
    const { jobs, permissions } = z
      .object({
        permissions: z.object({}).strict(),
        jobs: z.object({
          test: z.object({ permissions: z.object({ contents: z.literal("read") }).strict() }),
          publish: z.object({ needs: z.literal("test"), environment: z.literal("npm") }),
        }),
      })
      .parse(parse(text));
    expect([permissions, jobs.test.permissions]).toEqual([{}, { contents: "read" }]);
    expect(text).toMatch(/npm publish .* --provenance/);
    expect(text).toMatch(/sha256sum/);
    expect(text).not.toMatch(/secrets\./);
    for (const [, uses = ""] of text.matchAll(/uses: (\S+)/g)) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    for (const [, script = ""] of text.matchAll(/node (scripts\/\S+)/g))
      expect(existsSync(join(root, script))).toBe(true);
  });

  describe("its workflow", () => {
    const tool = linters.actions;
    if (!installed(tool, "actionlint")) return;
    test("passes actionlint", async () => {
      const args = ["-shellcheck=", "-pyflakes=", ".github/workflows/release.yml"];
      expect(await run(tool, ...args)).toMatchObject({ code: 0, said: "" });
    });
  });
});
