import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { ended } from "../cli/ended.js";

/** In a process of its own: in Jest's sandbox the same takes three times as long. */
const walk = (...args: string[]) =>
  ended(spawn(process.execPath, ["scripts/walk.mjs", ...args], { cwd: resolve(__dirname, "../..") }));

test("25 random migrations harm nobody, and nothing is left to do after an update", async () => {
  const { code, stdout, stderr } = await walk(
    "--walks",
    "25",
    "--from",
    process.env["MAILSTAGE_WALK_SEED"] ?? "207830000",
  );
  process.stdout.write(stdout + stderr);
  expect({ code, failed: /fails: .*/.exec(stdout)?.[0] }).toEqual({ code: 0, failed: undefined });
}, 600_000);

const kept = resolve(__dirname, "kept");
const files = readdirSync(kept).filter((file) => file.endsWith(".json"));

describe("a walk that once found a fault finds none", () => {
  let told: readonly string[] = [];
  beforeAll(async () => {
    const { stdout, stderr } = await walk(
      "--commands",
      ...files.flatMap((file) => ["--kept", resolve(kept, file)]),
    );
    process.stdout.write(stdout + stderr);
    told = stdout.split("\n");
  }, 600_000);

  test.each(files)("%s", (file) => {
    expect(told.filter((line) => line.startsWith(`${file}: `))).toEqual([`${file}: nothing found`]);
  });
});
