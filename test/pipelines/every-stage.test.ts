import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { pipelineFiles } from "../../src/cli/init/index.js";
import type { PlanInput } from "../../src/plan/index.js";
import type { Ended } from "../cli/ended.js";
import { handOf, jumpTo, withWave } from "../engine/by-hand.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";
import { githubEnvironment, type Hosts, startHosts } from "./hosts.js";
import { runStep } from "./script.js";

const repository = resolve(__dirname, "../..");

/** A repository of one's own, its pull request and its nights: each job in a clone of its own, with the real engine. */
describe("a migration behind a pipeline", () => {
  let rehearsal: Rehearsal;
  let hosts: Hosts;
  let folder: string;
  let runner: Readonly<Record<string, string>>;
  let reviewer: Readonly<Record<string, string>>;
  const at = (...path: string[]) => join(folder, ...path);

  beforeAll(async () => {
    [rehearsal, hosts] = await Promise.all([rehearse({ engine: "real" }), startHosts()]);
    folder = await mkdtemp(join(tmpdir(), "mailstage-walk-"));
    await mkdir(at("bin"));
    const program = join(repository, "dist/src/cli/main.js");
    await writeFile(at("bin/mailstage"), `#!/bin/sh\nexec node ${program} "$@"\n`, { mode: 0o755 });
    const { environment } = rehearsal.lab;
    runner = {
      ...environment,
      PATH: [at("bin"), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(rehearsal.stack.folder, "state")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      MAILSTAGE_STACK: "test",
      MAILSTAGE_RETRY_BASE_MS: "50",
      GIT_CONFIG_GLOBAL: "/dev/null",
      ...githubEnvironment(hosts),
      GITHUB_OUTPUT: at("output"),
      GITHUB_STEP_SUMMARY: at("summary"),
      CI: "true",
    };
    // What reviews get: accounts that can only read, no password of the migration administrator, and no key of the zone.
    const { MAILSTAGE_SOURCE_PASSWORD: _, MAILSTAGE_TSIG_SECRET: __, ...others } = runner;
    reviewer = { ...others, ...rehearsal.lab.reviewEnvironment };
    await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin");
    await checkout("main", "work");
    for (const name of ["Pulumi.yaml", "mailboxes"])
      await cp(join(rehearsal.stack.folder, name), at("work", name), { recursive: true });
    const values = { stack: "test", tenant: "", host: "rfc2136", repository: undefined } as const;
    for (const [path, text] of await pipelineFiles(join(repository, "examples"), "github", values)) {
      await mkdir(dirname(at("work", path)), { recursive: true });
      await writeFile(at("work", path), text);
    }
    await push("main", "The project, its lists and its pipeline");
  }, 400_000);
  afterAll(async () => {
    await Promise.all([rehearsal?.close(), hosts?.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function git(cwd: string, ...args: string[]): Promise<void> {
    const who = ["-c", "user.name=pilarp", "-c", "user.email=pilarp@contoso.com"];
    const { code, stderr } = await runStep(["git", ...who, ...args], cwd, { GIT_CONFIG_GLOBAL: "/dev/null" });
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
  /** A fresh clone, as a job begins with. */
  async function checkout(branch: string, name: string): Promise<void> {
    await rm(at(name), { recursive: true, force: true });
    await git(folder, "clone", "--quiet", "origin", name);
    if (branch !== "main") await git(at(name), "switch", "--quiet", branch);
  }
  async function push(branch: string, message: string): Promise<void> {
    await git(at("work"), "add", "--all");
    await git(at("work"), "commit", "--quiet", "--message", message);
    await git(at("work"), "push", "--quiet", "origin", `HEAD:${branch}`);
  }
  const step = (
    script: string,
    job: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ended> =>
    runStep(["node", `pipeline/${script}.mjs`], at(job), {
      ...(script === "up" ? runner : reviewer),
      MAILSTAGE_PROJECT_ROOT: at(job),
      ...environment,
    });
  const succeeds = async (...given: Parameters<typeof step>) => {
    const run = await step(...given);
    if (run.code !== 0) throw new Error(`${given[0]} ended with ${run.code}:\n${run.stdout}${run.stderr}`);
    return run;
  };
  const outputs = async () => {
    const text = await readFile(at("output"), "utf8");
    await rm(at("output"));
    return text.trim().split("\n");
  };
  const mx = async () => (await rehearsal.lab.state()).zone.find(({ type }) => type === "MX");

  test("a pull request is read without credentials where it comes from a fork", async () => {
    await git(at("work"), "switch", "--quiet", "--create", "prepare");
    await cp(join(rehearsal.stack.folder, "Pulumi.test.yaml"), at("work/Pulumi.test.yaml"));
    await push("prepare", "Prepare");
    const check = () =>
      runStep(["mailstage", "check", "--offline", "--stack", "test"], at("work"), {
        PATH: runner["PATH"] ?? "",
      });
    expect(await check()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Everything is in order."),
    });
    await writeFile(at("work/mailboxes/wave2.csv"), "EmailAddress\nanna@fabrikam.com\n");
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("mailboxes/wave2.csv:2"),
    });
    await git(at("work"), "checkout", "--quiet", ".");
  }, 60_000);

  /** The checkout that a review of a pull request works in: the main branch, with the plans and lists of the other. */
  async function checkoutProposed(branch: string, name: string): Promise<Ended> {
    await checkout("main", name);
    await checkout(branch, join(name, "proposed"));
    const run = await runStep(["node", "pipeline/proposed.mjs", "proposed"], at(name), reviewer);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    return run;
  }

  test("of a pull request the plans and lists are read, and nothing of it is run", async () => {
    await git(at("work"), "switch", "--quiet", "--create", "hostile");
    await writeFile(at("work/pipeline/review.mjs"), "throw new Error('mine');\n");
    await writeFile(at("work/Pulumi.yaml"), "name: mail\nmain: mine.js\nruntime: nodejs\n");
    await rm(at("work/mailboxes/wave1.csv"));
    await symlink("/proc/self/environ", at("work/mailboxes/wave1.csv"));
    await writeFile(at("work/mailboxes/wave3.csv"), "EmailAddress\nfranz@contoso.com\n");
    await push("hostile", "Mine");
    const { stdout } = await checkoutProposed("hostile", "review");
    expect(stdout).toMatch(/Reviewed as they are on the main branch: .*Pulumi\.yaml.*pipeline\/review\.mjs/);
    for (const path of ["pipeline/review.mjs", "Pulumi.yaml"])
      expect(await readFile(at("review", path), "utf8")).not.toContain("mine");
    expect(await readFile(at("review/mailboxes/wave3.csv"), "utf8")).toContain("franz@contoso.com");
    await expect(readFile(at("review/mailboxes/wave1.csv"))).rejects.toThrow("ENOENT");
    await git(at("work"), "switch", "--quiet", "prepare");
  }, 60_000);

  test("its review is one comment on the pull request", async () => {
    await checkoutProposed("prepare", "review");
    await succeeds("review", "review");
    expect(await outputs()).toEqual(["verdict=changes"]);
    expect(await step("comment", "review")).toMatchObject({ code: 0, stdout: "commented\n" });
    const [comment, ...others] = hosts.comments;
    expect(others).toEqual([]);
    expect(comment?.body).toMatch(/^<!-- mailstage review: test -->/);
    expect(comment?.body).toContain("modify TTL only");
    expect(await readFile(at("summary"), "utf8")).toBe(`${comment?.body}\n`);
    expect((await mx())?.ttl).not.toBe(3600);
  }, 400_000);

  test("after the merge what was approved is applied, and nothing that moved since", async () => {
    await git(at("work"), "push", "--quiet", "origin", "prepare:main");
    await checkout("main", "up");
    // The review of the merge says what that of the pull request said: nothing has moved.
    await cp(at("review/review"), at("up/review"), { recursive: true });
    const list = await readFile(at("up/mailboxes/wave2.csv"), "utf8");
    await writeFile(at("up/mailboxes/wave2.csv"), `${list}\nfranz@contoso.com\n`);
    expect(await step("up", "up")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("mailboxes/wave2.csv: was changed since the review"),
    });
    expect((await mx())?.ttl).not.toBe(3600);
    await writeFile(at("up/mailboxes/wave2.csv"), list);
    const applied = await succeeds("up", "up");
    expect(applied.stdout).toContain("prepare");
    expect((await mx())?.ttl).toBe(3600);
    expect(await step("up", "up")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has moved on since the review"),
    });
    for (const [name, secret] of Object.entries(rehearsal.lab.environment))
      if (/PASSWORD|SECRET/.test(name)) expect(JSON.stringify(applied)).not.toContain(secret);
  }, 400_000);

  test("at night what somebody changed by hand is found", async () => {
    await rm(at("output"), { force: true });
    const { setRecordSet } = handOf(rehearsal);
    await setRecordSet({ name: "contoso.com", type: "MX", ttl: 7200, values: ["10 mail.contoso.com"] });
    await checkout("main", "night");
    const night = await step("drift", "night");
    expect(night).toMatchObject({ code: 2, stdout: expect.stringContaining("changed by hand") });
    expect(await outputs()).toEqual(["drift=true", "next=true"]);
    expect(await readFile(at("night/drift/review.md"), "utf8")).toContain("| 7200 s |");
    expect(await readFile(at("night/status.html"), "utf8")).toContain("contoso.com");
  }, 400_000);

  test("a run with refresh repairs it", async () => {
    const repair = { MAILSTAGE_REFRESH: "true" };
    await succeeds("review", "night", repair);
    expect(await outputs()).toEqual(["verdict=changes"]);
    await succeeds("up", "night", repair);
    expect((await mx())?.ttl).toBe(3600);
  }, 400_000);

  describe("that converts mailboxes", () => {
    const converted = async () =>
      (await rehearsal.lab.state()).directory.filter(
        ({ attributes }) =>
          "mail" in attributes && !("homeMDB" in attributes) && "targetAddress" in attributes,
      ).length;
    const merge = async (message: string, edit: (plan: PlanInput) => PlanInput) => {
      await rehearsal.change(edit);
      await cp(join(rehearsal.stack.folder, "Pulumi.test.yaml"), at("work/Pulumi.test.yaml"));
      await push("main", message);
    };
    beforeAll(async () => {
      await jumpTo(rehearsal, "migrate");
      await rehearsal.lab.advance(48 * 3600);
      await git(at("work"), "switch", "--quiet", "main");
      await git(at("work"), "reset", "--quiet", "--hard", "origin/main");
    }, 400_000);

    test("is refused where the snapshots would lie in the checkout, before anybody is changed", async () => {
      await merge("Convert", (plan) => withWave(plan, "wave1", { phase: "converted" }));
      await checkout("main", "review");
      const review = await step("review", "review");
      expect(review).toMatchObject({ code: 1 });
      expect(review.stderr).toContain("lies in a checkout that the next run makes anew (CI)");
      expect(await converted()).toBe(0);
    }, 400_000);

    test("keeps them for whoever comes after, in a checkout of their own", async () => {
      await merge("Keep the snapshots", (plan) => ({ ...plan, conversion: { snapshots: at("kept") } }));
      await checkout("main", "up");
      const up = await runStep(["pulumi", "up", "--yes", "--skip-preview", "--stack", "test"], at("up"), {
        ...runner,
        MAILSTAGE_PROJECT_ROOT: at("up"),
      });
      expect(up.code).toBe(0);
      expect(await converted()).toBe(3);
      await checkout("main", "desk");
      const restore = await runStep(
        ["mailstage", "restore", "--stack", "test", "--wave", "wave1", "--user", "pilarp@contoso.com"],
        at("desk"),
        { ...runner, MAILSTAGE_PROJECT_ROOT: at("desk") },
      );
      expect(restore).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("restored  pilarp@contoso.com"),
      });
      expect(await converted()).toBe(2);
    }, 400_000);
  });
});
