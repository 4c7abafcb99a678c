import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { readPlan } from "../../src/cli/pulumi-project.js";
import { parsePlan } from "../../src/plan/index.js";
import { holdPrinted } from "../base/printed.js";
import { type Ended, ended } from "../cli/ended.js";
import { documentAt, fenced } from "../docs/markdown.js";
import { contoso, hostings } from "./zones.js";

/** The compiled program, as a user starts it; `npm test` compiles it first. */
const cli = resolve(__dirname, "../../dist/src/cli/main.js");
const tenant = "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34";
const people = ["--tenant", tenant, "--test-mailbox", "pilarp@contoso.com", "--account", "CONTOSO\\migadmin"];

describe("mailstage init from the command line", () => {
  let dns: LabDns;
  let folder: string;
  beforeAll(async () => {
    dns = await startDnsServer({ zones: [], keys: [] });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-init-"));
    dns.load([contoso(hostings.cloudflare)]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  afterAll(() => dns.close());

  async function init(...args: string[]): Promise<Ended> {
    // An open pipe as stdin: a program that asked would wait here until jest gives up.
    const done = await ended(
      spawn(process.execPath, [cli, "init", "--name-server", dns.hostPort, ...args], {
        cwd: folder,
        stdio: ["pipe", "pipe", "pipe"],
      }),
    );
    holdPrinted(["init"], done);
    return { ...done, stdout: unwrapped(done.stdout), stderr: unwrapped(done.stderr) };
  }
  const read = (path: string) => readFile(join(folder, path), "utf8");
  const planOf = async (stack: string) =>
    parsePlan(await readPlan({ folder, program: folder, stackFolder: folder, name: "contoso-mail" }, stack));

  const givenByHost = {
    cloudflare: ["--zone-id", "023e105f4ecef8ad9ca31a8372d0c353"],
    azure: ["--resource-group", "dns"],
    rfc2136: [],
    manual: [],
  } as const;
  test.each(["cloudflare", "azure", "rfc2136", "manual"] as const)(
    "proposes %s for a zone with its name servers, and writes a plan that is one",
    async (host) => {
      dns.load([contoso(hostings[host])]);
      const { code, stdout, stderr } = await init("--domain", "contoso.com", ...people, ...givenByHost[host]);
      expect([code, stderr]).toEqual([0, "looking at the zone of contoso.com\n"]);
      expect(stdout).toContain(`dns.host: ${host}`);
      expect(stdout).toContain("10 mail.contoso.com");
      expect(stdout).toContain("86,400 s; prepare lowers it to 3,600 s");
      for (const server of hostings[host]) expect(stdout).toContain(server);
      expect(stdout).toContain("pulumi config set --secret mailstage:sourcePassword --stack production");
      expect(stdout.includes("mailstage:tsigSecret")).toBe(host === "rfc2136");

      expect(await planOf("production")).toMatchObject({
        stage: "prepare",
        domain: "contoso.com",
        tenant: { id: tenant },
        dns: { host, nameServers: [dns.hostPort] },
        waves: [{ name: "wave1", csv: "mailboxes/wave1.csv", phase: "created" }],
      });
      expect(await read("Pulumi.production.yaml")).toContain("# ASSUMED from the domain");
      // An editor takes it from the first line, and from nowhere else.
      expect(await read("Pulumi.production.yaml")).toMatch(
        /^# yaml-language-server: \$schema=node_modules\/mailstage\/docs\/stack\.schema\.json\n/,
      );
      expect(await read("mailboxes/wave1.csv")).toBe("EmailAddress\n");
      expect(await read(".gitignore")).toBe(
        "node_modules/\n.mailstage/\nsnapshots/\nPulumi.rehearsal.yaml\n",
      );
      const [shown] = fenced(documentAt("docs/own-repository.md"), "yaml").filter((block) =>
        /^main:/m.test(block),
      );
      expect(parse(await read("Pulumi.yaml"))).toEqual(parse(shown ?? ""));
    },
  );

  test.each([
    ["without a terminal", []],
    ["with --yes", ["--yes"]],
  ])("%s asks nothing and names all missing flags at once, those of the zone's host too", async (_, yes) => {
    const { code, stderr } = await init("--domain", "contoso.com", ...yes);
    expect(code).toBe(2);
    for (const flag of ["--tenant", "--test-mailbox", "--account", "--zone-id"])
      expect(stderr).toContain(`${flag} is missing`);
    expect(stderr).not.toContain("--domain is missing");
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    { name: "no flag at all", args: [], code: 2, says: ["--domain is missing", "--account is missing"] },
    {
      name: "wrong flags beside missing ones",
      args: ["--domain", "contoso.com.", "--tenant", "contoso"],
      code: 2,
      says: ["without the trailing dot", "must be a GUID", "--account is missing"],
    },
    {
      name: "a test mailbox in another domain",
      args: ["--domain", "contoso.com", ...people, "--host", "manual", "--test-mailbox", "a@fabrikam.com"],
      code: 1,
      says: ["must be an address in the plan's domain"],
    },
    {
      name: "a zone the server does not have",
      args: ["--domain", "fabrikam.com", ...people, "--test-mailbox", "a@fabrikam.com"],
      code: 1,
      says: ["REFUSED"],
    },
    {
      name: "a domain without MX",
      args: ["--domain", "www.contoso.com", ...people, "--host", "manual"],
      code: 1,
      says: ["MX www.contoso.com: does not exist"],
    },
    { name: "a stack that is a path", args: ["--stack", "../x"], code: 2, says: ["--stack"] },
  ])("$name: refused, and nothing is written", async ({ args, code, says }) => {
    const result = await init(...args);
    expect(result.code).toBe(code);
    for (const text of says) expect(result.stderr).toContain(text);
    expect(result.stderr).not.toContain("defect");
    expect(await readdir(folder)).toEqual([]);
  });

  const complete = ["--domain", "contoso.com", ...people, ...givenByHost.cloudflare];

  test("keeps a list that is there before any plan", async () => {
    await mkdir(join(folder, "mailboxes"));
    await writeFile(join(folder, "mailboxes/wave1.csv"), "EmailAddress\npilarp@contoso.com\n");
    expect(await init(...complete)).toMatchObject({ code: 0 });
    expect(await read("mailboxes/wave1.csv")).toContain("pilarp@contoso.com");
    expect(await planOf("production")).toMatchObject({ stage: "prepare" });
  });

  test("overwrites nothing; with --force writes a new plan and keeps list, project, secrets and comments", async () => {
    await init(...complete);
    await writeFile(join(folder, "mailboxes/wave1.csv"), "EmailAddress\npilarp@contoso.com\n");
    const secret = "  mailstage:sourcePassword:\n    secure: v1:abc\n";
    const text = `${await read("Pulumi.production.yaml")}${secret}encryptionsalt: v1:salt # ours\n`;
    await writeFile(join(folder, "Pulumi.production.yaml"), text);
    await writeFile(join(folder, "Pulumi.yaml"), "name: mine\nruntime: nodejs\n");

    const refused = await init(...complete);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Pulumi.production.yaml: has a plan already");
    expect(await read("Pulumi.production.yaml")).toBe(text);

    const forced = await init(...complete, "--host", "azure", "--resource-group", "dns", "--force");
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain("Set dns.host to cloudflare in the plan");
    expect((await planOf("production")).dns.host).toBe("azure");
    const after = z
      .looseObject({ config: z.looseObject({}) })
      .parse(parse(await read("Pulumi.production.yaml")));
    expect(after["encryptionsalt"]).toBe("v1:salt");
    expect(after.config["mailstage:sourcePassword"]).toEqual({ secure: "v1:abc" });
    expect(await read("Pulumi.production.yaml")).toContain("# ours");
    expect(await read("mailboxes/wave1.csv")).toContain("pilarp@contoso.com");
    expect(await read("Pulumi.yaml")).toContain("mine");
    expect(await read(".gitignore")).toBe("node_modules/\n.mailstage/\nsnapshots/\nPulumi.rehearsal.yaml\n");
  });

  test("adds the plan to what pulumi stack init wrote, and its lines to a .gitignore that is there", async () => {
    await mkdir(join(folder, "mailboxes"));
    await writeFile(join(folder, "Pulumi.dev.yaml"), "encryptionsalt: v1:salt\n");
    await writeFile(join(folder, ".gitignore"), "node_modules/\n.mailstage/");
    expect((await init(...complete, "--stack", "dev")).code).toBe(0);
    expect((await planOf("dev")).stage).toBe("prepare");
    expect(await read("Pulumi.dev.yaml")).toContain("encryptionsalt: v1:salt");
    expect(await read(".gitignore")).toBe("node_modules/\n.mailstage/\nsnapshots/\nPulumi.rehearsal.yaml\n");
  });

  test("writes the pipeline of the host the repository is at, with the plan's values, and keeps what is there", async () => {
    const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: folder });
    await git("init", "--quiet");
    await git("remote", "add", "origin", "git@github.com:contoso/mail.git");
    await mkdir(join(folder, "pipeline"));
    await writeFile(join(folder, "pipeline/up.mjs"), "// ours\n");
    const { code, stdout } = await init(...complete, "--stack", "pilot");
    expect(code).toBe(0);
    expect(stdout).toContain("write .github/workflows/mailstage.yml");
    expect(stdout).toContain("keep pipeline/up.mjs");
    expect(stdout).toContain("what the pipeline has to be given");
    expect(await read("pipeline/up.mjs")).toBe("// ours\n");
    const workflow = await read(".github/workflows/mailstage.yml");
    for (const value of ["MAILSTAGE_STACK: pilot", "mailstage-pilot", tenant, "secrets.CLOUDFLARE_API_TOKEN"])
      expect(workflow).toContain(value);
    expect(workflow).not.toContain("TSIG");
  });

  test("writes the pipeline that is asked for, or none", async () => {
    await mkdir(join(folder, ".github"));
    expect((await init(...complete, "--pipeline", "operator")).code).toBe(0);
    expect(await readdir(join(folder, "pulumi-operator"))).toEqual(["Dockerfile", "stack.yaml"]);
    expect((await init(...complete, "--stack", "dev", "--force", "--pipeline", "none")).code).toBe(0);
    expect(await readdir(join(folder, ".github"))).toEqual([]);
    const wrong = await init(...complete, "--stack", "x", "--pipeline", "jenkins");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("github, azure, operator, none")]);
  });
});
