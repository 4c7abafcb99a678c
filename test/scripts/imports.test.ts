import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(__dirname, "../..");
const configuration = ".dependency-cruiser.cjs";

/** The rules that are broken by files of these texts. */
async function broken(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-imports-"));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    for (const name of [configuration, "tsconfig.json", "package.json"])
      await copyFile(join(root, name), join(folder, name));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const cruise = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const folders = [...new Set(Object.keys(files).map((file) => file.split("/")[0] ?? ""))];
    const said = await promisify(execFile)(
      process.execPath,
      [cruise, "--config", configuration, ...folders],
      {
        cwd: folder,
      },
    ).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    return [...said.matchAll(/^ {2}error ([^:]+):/gm)].map(([, rule = ""]) => rule).sort();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the rules of imports", () => {
  test("let a file import from its own room and from those below", async () => {
    expect(
      await broken({
        "src/plan/plan.ts":
          'import { a } from "./names.js";\nimport { b } from "../base/b.js";\nexport const c = [a, b];\n',
        "src/plan/names.ts": "export const a = 1;\n",
        "src/base/b.ts": "export const b = 1;\n",
      }),
    ).toEqual([]);
  });

  test("refuse an import that runs upward, though it is of a type alone", async () => {
    expect(
      await broken({
        "src/base/b.ts": 'import type { Plan } from "../plan/plan.js";\nexport type B = Plan;\n',
        "src/plan/plan.ts": "export type Plan = string;\n",
      }),
    ).toEqual(["src/base-imports-downward"]);
  });

  test("refuse a circle, though it is of types alone", async () => {
    expect(
      await broken({
        "stacks/a.ts": 'import type { B } from "./b.js";\nexport type A = B | 1;\n',
        "stacks/b.ts": 'import type { A } from "./a.js";\nexport type B = A | 2;\n',
      }),
    ).toContain("no-circles");
  });

  test.each([
    ["the program that knows the lab", "providers/a.ts", "lab/b.ts", "providers-imports-downward"],
    ["a policy that knows the program", "policy/a.ts", "providers/b.ts", "policy-imports-downward"],
    [
      "one host in what all share",
      "src/dns/hosts/shared/a.ts",
      "src/dns/hosts/cloudflare/b.ts",
      "what-dns-hosts-share-knows-none",
    ],
    ["the CLI that loads the program", "src/cli/a.ts", "stacks/b.ts", "src/cli-imports-downward"],
  ])("refuse %s", async (_, from, to, rule) => {
    const files = {
      [from]: `export { b } from "${"../".repeat(from.split("/").length - 1)}${to.replace(/ts$/, "js")}";\n`,
      [to]: "export const b = 1;\n",
    };
    expect(await broken(files)).toEqual([rule]);
  });

  test("refuse a folder that stands on no floor", async () => {
    const files = {
      "src/utils/a.ts": 'import { b } from "./b.js";\nexport const a = b;\n',
      "src/utils/b.ts": "export const b = 1;\n",
    };
    expect(await broken(files)).toEqual(["every-room-has-its-floor"]);
  });
});
