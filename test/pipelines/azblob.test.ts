import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { on, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Azurite, azurite, azuriteMissing, startAzurite } from "../engine/azurite.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";

describe("state in an Azure Storage container", () => {
  const program = azurite;
  if (program === undefined) {
    console.warn(`\n*** ${azuriteMissing} ***\n*** State in azblob:// was NOT tested. ***\n`);
    test.skip(`LEFT OUT: ${azuriteMissing}`, () => {});
    return;
  }
  let storage: Azurite;
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    [storage, rehearsal] = await Promise.all([startAzurite(program), rehearse({ engine: "real" })]);
  }, 120_000);
  afterAll(() => Promise.all([storage?.stop(), rehearsal?.close()]));

  const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: rehearsal.stack.folder,
      env: {
        ...process.env,
        ...rehearsal.lab.environment,
        MAILSTAGE_PROJECT_ROOT: rehearsal.stack.folder,
        PULUMI_CONFIG_PASSPHRASE: "test",
        // Logging in is remembered there: not in the place of whoever runs the tests.
        PULUMI_HOME: join(rehearsal.stack.folder, "pulumi-home"),
        ...storage.environment,
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = createInterface(child.stdout);
    let text = "";
    said.on("line", (line) => (text += `${line}\n`));
    child.stderr.on("data", (part) => (text += String(part)));
    const ended = once(child, "close").then(() => ({ code: child.exitCode, text }));
    /** Until a line of its output has the word. */
    const says = async (word: string) => {
      for await (const [line] of on(said, "line", { close: ["close"] }))
        if (String(line).includes(word)) return;
      throw new Error(`it never said ${word}: ${text}`);
    };
    return { ended, says };
  };
  const run = (...args: string[]) => start(args).ended;
  const up = ["up", "--yes", "--skip-preview", "--stack", "test", "--json"];

  test("is logged in to, begun, and written by one update at a time", async () => {
    expect(await run("login", storage.environment.PULUMI_BACKEND_URL)).toMatchObject({ code: 0 });
    expect(await run("stack", "init", "test")).toMatchObject({ code: 0 });
    const first = start(up);
    await first.says("resourcePreEvent");
    const second = await run(...up);
    expect(second.code).not.toBe(0);
    expect(second.text).toContain("the stack is currently locked by 1 lock(s)");
    const { code, text } = await first.ended;
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('"op":"create"') });
  }, 120_000);

  test("is read again: nothing is left to do", async () => {
    const again = await run(...up);
    expect(again.code).toBe(0);
    expect(again.text).toMatch(/"resourceChanges":\{"same":\d+\}/);
    expect((await run("stack", "ls")).text).toContain("test");
  }, 120_000);

  test("is refused with a wrong key, which is said, and not shown", async () => {
    const wrong = randomBytes(32).toString("base64");
    const { code, text } = await start(["stack", "ls"], { AZURE_STORAGE_KEY: wrong }).ended;
    expect(code).not.toBe(0);
    expect(text).toMatch(/AuthorizationFailure|AuthenticationFailed/);
    expect(text).not.toContain(wrong);
  }, 60_000);
});
