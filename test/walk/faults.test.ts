import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ended } from "../cli/ended.js";

const root = resolve(__dirname, "../..");
const folder = resolve(__dirname, "faults");
const patches = readdirSync(folder).filter((name) => name.endsWith(".patch"));
const idOf = (name: string) => name.split("-")[0] ?? "";

const run = (command: string, ...args: string[]) => ended(spawn(command, args, { cwd: root }));

describe("a fault that is kept", () => {
  test.each(patches)("%s says what it puts back, and applies to this tree", async (name) => {
    const text = readFileSync(resolve(folder, name), "utf8");
    expect(text.split("diff --git")[0]?.trim()).not.toBe("");
    expect(text).toMatch(/^[-+][^-+]/m);
    expect(await run("git", "apply", "--check", resolve(folder, name))).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("has a name of its own, and its line in docs/random-migrations.md", () => {
    const ids = patches.map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    const table = readFileSync(resolve(root, "docs/random-migrations.md"), "utf8");
    expect(ids.filter((id) => !table.includes(`\n| ${id} |`))).toEqual([]);
  });
});

/** The cheapest of them; `npm run walk -- --faults` does all, and with walks that are drawn. */
test("is found by the walk that found it, and that walk goes well without it", async () => {
  const { code, stdout, stderr } = await run(
    process.execPath,
    "scripts/walk.mjs",
    "--faults",
    "--kept",
    "A1",
    "A2",
  );
  process.stdout.write(stdout + stderr);
  expect({ code, last: stdout.trim().split("\n").at(-1) }).toEqual({ code: 0, last: "2 of 2 faults found" });
}, 180_000);
