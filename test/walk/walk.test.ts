import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";

/** In a process of its own: in Jest's sandbox the same takes three times as long. */
function walk(...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((fulfil, reject) => {
    const child = spawn(process.execPath, ["scripts/walk.mjs", ...args], {
      cwd: resolve(__dirname, "../.."),
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.on("error", reject);
    child.on("close", (code) => fulfil({ code, said }));
  });
}

test("25 random migrations harm nobody, and nothing is left to do after an update", async () => {
  const { code, said } = await walk(
    "--walks",
    "25",
    "--from",
    process.env["MAILSTAGE_WALK_SEED"] ?? "207830000",
  );
  process.stdout.write(said);
  expect({ code, failed: /fails: .*/.exec(said)?.[0] }).toEqual({ code: 0, failed: undefined });
}, 600_000);

const kept = resolve(__dirname, "kept");
const files = readdirSync(kept).filter((file) => file.endsWith(".json"));

test.each(files)(
  "%s, which once found a fault, finds none",
  async (file) => {
    const { code, said } = await walk("--kept", resolve(kept, file), "--commands");
    process.stdout.write(said);
    expect({ code, failed: /fails: .*/.exec(said)?.[0] }).toEqual({ code: 0, failed: undefined });
  },
  120_000,
);
