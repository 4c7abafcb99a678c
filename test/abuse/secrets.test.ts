import { execFile } from "node:child_process";
import { chmod, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { environmentOf, handOf, jumpTo, withWave } from "../engine/by-hand.js";
import { type Rehearsal, rehearse, smallFiles } from "../engine/rehearsal.js";
import { filesBelow, findSecrets } from "./secret-search.js";

const listPassword = "Pl4nted-P4ssw0rd!";

/**
 * Secrets where one can stand: in the environment, and in a list of mailboxes. A walk with
 * failures on the way; then everything that was printed, logged or kept is searched for each of them, in many disguises.
 */
describe("no secret is left behind", () => {
  let rehearsal: Rehearsal;
  let secrets: Record<string, string>;
  const texts: Record<string, string | Buffer> = {};
  const keep = (name: string, run: { stdout: string; stderr: string }) => {
    texts[`standard output of ${name}`] = run.stdout;
    texts[`standard error of ${name}`] = run.stderr;
  };
  const command = (...args: string[]) =>
    new Promise<{ stdout: string; stderr: string }>((fulfil) => {
      execFile(
        process.execPath,
        [resolve(__dirname, "../../dist/src/cli/main.js"), ...args],
        {
          cwd: rehearsal.stack.folder,
          env: environmentOf(rehearsal),
          maxBuffer: 256 * 1024 * 1024,
        },
        (_error, stdout, stderr) => fulfil({ stdout, stderr }),
      );
    });

  beforeAll(async () => {
    rehearsal = await rehearse({ environment: { PLANTED_API_TOKEN: "pl4nted/env+token=&<quote>" } });
    const { environment } = rehearsal.lab;
    secrets = Object.fromEntries(
      [
        "MAILSTAGE_SOURCE_PASSWORD",
        "MAILSTAGE_DIRECTORY_PASSWORD",
        "MAILSTAGE_TSIG_SECRET",
        "AZURE_CLIENT_SECRET",
      ].map((name) => [name, environment[name] ?? ""]),
    );
    secrets["PLANTED_API_TOKEN"] = "pl4nted/env+token=&<quote>";
    secrets["a password of a list"] = listPassword;
    expect(Object.values(secrets).every((secret) => secret.length >= 8)).toBe(true);
    await jumpTo(rehearsal, "connect");
    await rehearsal.goOnReal();
  }, 240_000);
  afterAll(() => rehearsal?.close());

  test("by a walk with failures on the way", async () => {
    const hand = handOf(rehearsal);
    await hand.setMailboxFault("eva@contoso.com", "quota");
    // A list that is damaged where its passwords are.
    const list = smallFiles["mailboxes/wave1.csv"] ?? "";
    await rehearsal.stack.write("mailboxes/wave1.csv", list.replace(",True", '",True\n"'));
    await rehearsal.stage("migrate");
    const damaged = await rehearsal.stack.up();
    expect(damaged.code).not.toBe(0);
    keep("an update with a damaged list", damaged);
    await rehearsal.stack.write("mailboxes/wave1.csv", list);
    keep(
      "a preview that logs everything",
      await rehearsal.stack.run("preview", "-v=9", "--logtostderr", "--debug"),
    );
    keep(
      "an update that logs everything",
      await rehearsal.stack.run(
        "up",
        "--yes",
        "--skip-preview",
        "-v=9",
        "--logtostderr",
        "--logflow",
        "--debug",
      ),
    );
    await rehearsal.lab.advance(3 * 3600);
    await rehearsal.change((plan) => withWave(plan, "wave1", { phase: "converted" }));
    const converted = await rehearsal.up({ skipPreview: true });
    keep("the conversion", converted);
    keep("a refresh", await rehearsal.stack.refresh());
    expect((await rehearsal.lab.state()).goneBatches).toEqual([]);
  }, 300_000);

  test("by the commands around it", async () => {
    await chmod(rehearsal.stack.folder, 0o700);
    keep("mailstage check", await command("check", "--stack", "test"));
    keep("mailstage status", await command("status", "--stack", "test", "--live", "--html", "status.html"));
    keep("mailstage review", await command("review", "--stack", "test", "--out", "review", "--no-policy"));
    expect(Object.keys(await filesBelow(rehearsal.stack.folder, /node_modules/))).toEqual(
      expect.arrayContaining(["status.html", "review/review.md", "review/review.html", "review/review.json"]),
    );
  }, 300_000);

  test("in anything printed or kept", async () => {
    const files = await filesBelow(rehearsal.stack.folder, /mailboxes\/wave\d\.csv$/);
    const names = Object.keys(files);
    for (const kind of [
      /state\/.*\.json$/,
      /\.bak$/,
      /backups|history/,
      /^snapshots\//,
      /^\.mailstage\//,
      /^review\//,
    ])
      expect(names.some((name) => kind.test(name))).toBe(true);
    const everything = { ...files, ...texts };
    const size = Object.values(everything).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    process.stdout.write(
      `secrets: ${Object.keys(secrets).length} searched for in ${Object.keys(everything).length} files and outputs, ${Math.round(size / 1024)} KB\n`,
    );
    expect(findSecrets(secrets, everything)).toEqual([]);
    // The search finds what is there.
    const planted = Buffer.from(`xy${listPassword}z`).toString("base64");
    expect(findSecrets(secrets, { planted })).not.toEqual([]);
    expect((await stat(join(rehearsal.stack.folder, "snapshots"))).mode & 0o077).toBe(0);
    expect((await stat(join(rehearsal.stack.folder, "snapshots/test/wave1.jsonl"))).mode & 0o077).toBe(0);
  }, 120_000);
});
