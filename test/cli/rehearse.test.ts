import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { unwrapped } from "../../src/base/wrapped.js";
import { parsePlan } from "../../src/plan/index.js";
import { writePrograms } from "../scripts/release-server.js";

/** The compiled program, as a user starts it; `npm test` compiles it first. */
const cli = resolve(__dirname, "../../dist/src/cli/main.js");

const plan = `config:
  mailstage:plan:
    stage: migrate
    domain: fabrikam.com
    tenant: { id: 0f8fad5b-d9cb-469f-a165-70867728950e }
    dns: { host: manual }
    source: { testMailbox: ann@fabrikam.com, account: "FABRIKAM\\\\mover" }
    directory: { url: "ldaps://dc.fabrikam.com", baseDn: "DC=fabrikam,DC=com", bindDn: "CN=writer,CN=Users,DC=fabrikam,DC=com" }
    waves:
      - { name: first, csv: first.csv, phase: created }
    licenses: { sku: ENTERPRISEPACK, usageLocation: DE }
`;
const zone = `fabrikam.com. 43200 IN MX 5 mx.fabrikam.com.
fabrikam.com. 43200 IN TXT "v=spf1 mx -all"
`;

describe("mailstage rehearse", () => {
  let folder: string;
  let running: ChildProcess | undefined;

  const start = (...args: string[]) => startIn({}, ...args);
  const startIn = async (environment: NodeJS.ProcessEnv, ...args: string[]) => {
    const child = spawn(process.execPath, [cli, "rehearse", ...args], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running = child;
    let text = "";
    child.stderr?.on("data", (part) => {
      text += String(part);
    });
    // A listener, for leaving a `for await` would close the pipe.
    await new Promise<void>((ready, failed) => {
      child.stdout?.on("data", (part) => {
        text += String(part);
        if (text.includes("lab advance 15m")) ready();
      });
      child.on("exit", (code) => failed(new Error(`ended with ${code}: ${text}`)));
    });
    return unwrapped(text);
  };
  const stop = async () => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode;
    child.kill("SIGINT");
    return (await once(child, "exit"))[0];
  };
  const mailstage = (...args: string[]) =>
    promisify(execFile)(process.execPath, [cli, ...args], { cwd: folder });

  beforeAll(async () => {
    // As Jenkins names a folder for a branch, and with what else a URL would take for its own.
    folder = join(await mkdtemp(join(tmpdir(), "mailstage-rehearse-")), "job%2Fmain@2 C#");
    await mkdir(folder);
    await writeFile(join(folder, "Pulumi.yaml"), "name: mail\nruntime: nodejs\n");
    await writeFile(join(folder, "Pulumi.production.yaml"), plan);
    await writeFile(join(folder, "first.csv"), "EmailAddress\nann@fabrikam.com\nbob@fabrikam.com\n");
    await writeFile(join(folder, "zone.txt"), zone);
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("loads the lab with plan, lists and zone, and writes a stack that begins at prepare and points at it", async () => {
    const text = await start("--stack", "production", "--zone", "zone.txt");
    expect(text).toContain("2 mailboxes in 1 wave; production is not touched");
    const written = parse(await readFile(join(folder, "Pulumi.rehearsal.yaml"), "utf8"));
    const rehearsed = parsePlan(written.config["mailstage:plan"]);
    expect(rehearsed).toMatchObject({
      stage: "prepare",
      dns: { host: "rfc2136", server: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      directory: { url: expect.stringMatching(/^ldaps:\/\/127\.0\.0\.1:/) },
      waves: [{ name: "first", phase: "created" }],
      conversion: { snapshots: ".mailstage/rehearsal.snapshots" },
    });
    expect(await readFile(join(folder, "Pulumi.production.yaml"), "utf8")).toBe(plan);
  });

  it("leaves what a shell needs in a file that only its owner can read", async () => {
    const file = join(folder, ".mailstage/rehearsal.env");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { stdout } = await promisify(execFile)("sh", [
      "-c",
      `. '${file}'; echo "$PULUMI_BACKEND_URL $AZURE_TENANT_ID"`,
    ]);
    expect(stdout.trim()).toBe(
      `${pathToFileURL(join(folder, ".mailstage/rehearsal.state")).href} 0f8fad5b-d9cb-469f-a165-70867728950e`,
    );
  });

  it("lets time pass with lab advance from another terminal", async () => {
    const { stdout } = await mailstage("lab", "advance", "72h");
    const there = Date.parse(/it is (\S+) there/.exec(stdout)?.[1] ?? "");
    expect(stdout).toContain("forward by 3 days");
    expect(Math.abs(there - Date.now() - 72 * 3_600_000)).toBeLessThan(60_000);
  });

  it("goes on where it was, with the plan as it was edited meanwhile", async () => {
    expect(await stop()).toBe(0);
    await expect(mailstage("lab", "advance", "1h")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no lab runs for this folder"),
    });
    const file = join(folder, "Pulumi.rehearsal.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("stage: prepare", "stage: verify"));
    expect(await start("--stack", "production")).toContain("Going on with a rehearsal of fabrikam.com");
    expect(await readFile(file, "utf8")).toContain("stage: verify");
    const { stdout } = await mailstage("lab", "advance", "0s");
    expect(Date.parse(/it is (\S+) there/.exec(stdout)?.[1] ?? "") - Date.now()).toBeGreaterThan(
      71 * 3_600_000,
    );
  });

  it("names what a program of one's own has besides the plan and the rehearsal has not, and keeps what it was given", async () => {
    expect(await stop()).toBe(0);
    const own = "  acme:region: eu-west-1\n  acme:token: { secure: v1:abc }\n  mail:size: small\n";
    await writeFile(join(folder, "Pulumi.production.yaml"), plan + own);
    const file = join(folder, "Pulumi.rehearsal.yaml");
    const before = await readFile(file, "utf8");
    await writeFile(file, `encryptionsalt: v1:salt\n${before}  acme:region: test-1\n`);
    const text = await start("--stack", "production");
    expect(text).toMatch(
      /configuration is not taken over, .*: acme:token, mail:size\. Give .*pulumi config set --stack rehearsal/,
    );
    expect(parse(await readFile(file, "utf8"))).toMatchObject({
      encryptionsalt: "v1:salt",
      config: { "acme:region": "test-1", "mailstage:plan": { domain: "fabrikam.com" } },
    });
    await writeFile(join(folder, "Pulumi.production.yaml"), plan);
  });

  it("leaves a search path on which pulumi is the CLI that mailstage uses, and no launcher before it", async () => {
    expect(await stop()).toBe(0);
    const inMachine = (name: string) => join(folder, "machine", name);
    // As npx does.
    await mkdir(inMachine("npm"), { recursive: true });
    await symlink(resolve(__dirname, "../../node_modules/pulumi/run.js"), inMachine("npm/pulumi"));
    await writePrograms(inMachine("own"), "3.300.0");
    const PATH = [inMachine("npm"), inMachine("own"), process.env["PATH"]].join(delimiter);
    await startIn({ PATH }, "--stack", "production");
    const { stdout } = await promisify(execFile)("sh", [
      "-c",
      `. '${join(folder, ".mailstage/rehearsal.env")}'; command -v pulumi; echo "$PATH"`,
    ]);
    const [found, path] = stdout.trim().split("\n");
    expect(found).toBe(inMachine("own/pulumi"));
    // What else npm has there is still found.
    expect(path?.split(delimiter)).toContain(inMachine("npm"));
  });

  it("serves where there is no Pulumi CLI too, and says so", async () => {
    expect(await stop()).toBe(0);
    const bin = join(folder, "machine/bin");
    await mkdir(bin, { recursive: true });
    await symlink(process.execPath, join(bin, "node"));
    const nowhere = join(folder, "machine/nowhere");
    const environment = {
      PATH: bin,
      PULUMI_HOME: nowhere,
      XDG_CACHE_HOME: nowhere,
      MAILSTAGE_PULUMI_RELEASES: "off",
    };
    const text = await startIn(environment, "--stack", "production");
    expect(text).toMatch(/warning: pulumi: cannot be started.*run mailstage engine/);
  });

  it("says in a line which port is taken, and ends", async () => {
    expect(await stop()).toBe(0);
    const { ports } = JSON.parse(await readFile(join(folder, ".mailstage/rehearsal.lab.json"), "utf8"));
    const taken = createServer().listen(ports.graph, "127.0.0.1");
    await once(taken, "listening");
    await expect(mailstage("rehearse", "--stack", "production")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`port ${ports.graph}: is taken.*--fresh`, "s")),
    });
    taken.close();
  });

  it("rehearses the plan that a program of one's own gives, by its file", async () => {
    const own = parse(plan).config["mailstage:plan"];
    await writeFile(join(folder, "own.yaml"), stringify({ ...own, stage: "connect" }));
    const args = ["--stack", "acme/mail/elsewhere", "--plan", "own.yaml"];
    await start(...args, "--name", "trial", "--zone", "zone.txt");
    const written = parse(await readFile(join(folder, "Pulumi.trial.yaml"), "utf8"));
    expect(parsePlan(written.config["mailstage:plan"])).toMatchObject({
      stage: "prepare",
      domain: "fabrikam.com",
    });
    const { stdout } = await mailstage("check", "--offline", ...args);
    expect(stdout).toContain("Everything is in order.");
    expect(await stop()).toBe(0);
  });

  it("finds a stack by its full name, and in stackConfigDir", async () => {
    const { stdout } = await mailstage("check", "--offline", "--stack", "organization/mail/production");
    expect(stdout).toContain("Everything is in order.");
    const elsewhere = await mkdtemp(join(tmpdir(), "mailstage-config-"));
    await writeFile(join(elsewhere, "Pulumi.yaml"), "name: mail\nruntime: nodejs\nstackConfigDir: config\n");
    await mkdir(join(elsewhere, "config"));
    await writeFile(join(elsewhere, "config/Pulumi.production.yaml"), plan);
    await writeFile(join(elsewhere, "first.csv"), "EmailAddress\nann@fabrikam.com\n");
    const found = await promisify(execFile)(process.execPath, [cli, "check", "--offline"], {
      cwd: elsewhere,
    });
    expect(found.stdout).toContain("Everything is in order.");
    await rm(elsewhere, { recursive: true });
  });

  it("refuses to rehearse itself, and a stack that is not there", async () => {
    await expect(mailstage("rehearse", "--stack", "rehearsal")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is the rehearsal itself"),
    });
    await expect(mailstage("rehearse", "--stack", "prod")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there are production, rehearsal"),
    });
  });
});

describe("the command line", () => {
  const mailstage = (...args: string[]) => promisify(execFile)(process.execPath, [cli, ...args]);

  it("shows its help with examples and exit codes", async () => {
    const { stdout } = await mailstage("--help");
    expect(stdout).toContain("$ mailstage rehearse --stack production");
    expect(stdout).toContain("Exit codes: 0 success, 1 failure, 2 wrong usage");
    expect(stdout).not.toContain("\u001b[");
  });

  it("ends with 2 for wrong usage, without a stack", async () => {
    for (const args of [["bogus"], ["rehearse"], ["lab", "advance"], ["restore", "--snapshot", "x"]])
      await expect(mailstage(...args)).rejects.toMatchObject({
        code: 2,
        stderr: expect.not.stringContaining("    at "),
      });
  });

  it("prints the plan's JSON Schema", async () => {
    const { stdout } = await mailstage("schema");
    expect(JSON.parse(stdout)).toMatchObject({
      type: "object",
      properties: { stage: { enum: expect.arrayContaining(["route"]) } },
    });
  });
});
