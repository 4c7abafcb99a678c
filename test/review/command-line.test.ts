import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { unwrapped } from "../../src/base/wrapped.js";
import { applyUpdate, planRecordSet, readRecordSet } from "../../src/dns/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { holdPrinted } from "../base/printed.js";
import { type Ended, ended } from "../cli/ended.js";
import { environmentOf } from "../engine/by-hand.js";
import { type Rehearsal, rehearse } from "../engine/rehearsal.js";

/** The commands around `pulumi up`, as a pipeline runs them: the built program, the real engine, the lab. */
describe("review, apply-guard and status from the command line", () => {
  let rehearsal: Rehearsal;
  let out: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "mailstage-review-"));
    rehearsal = await rehearse({ engine: "real" });
  }, 60_000);
  afterAll(async () => {
    await rehearsal?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function mailstage(...args: string[]): Promise<Ended> {
    const { folder } = rehearsal.stack;
    const done = await ended(
      spawn(process.execPath, [resolve(__dirname, "../../dist/src/cli/main.js"), ...args], {
        cwd: folder,
        env: {
          ...environmentOf(rehearsal),
          // What a user may have set: its debugging lines would carry secrets in clear.
          PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    holdPrinted(args, done);
    return { ...done, stderr: unwrapped(done.stderr) };
  }

  /** Changes the MX in the zone as somebody with a DNS console would. */
  async function setMx(ttl: number, values: string[]): Promise<void> {
    const { dns, domain } = parsePlan(rehearsal.lab.planOverrides(rehearsal.plan));
    if (dns.host !== "rfc2136" || dns.key === undefined)
      throw new Error("the rehearsal's zone takes updates");
    const live = await readRecordSet({ zone: domain, name: domain, type: "MX", nameServers: [dns.server] });
    const secret = rehearsal.lab.environment["MAILSTAGE_TSIG_SECRET"] ?? "";
    await applyUpdate(
      { server: dns.server, zone: domain, transport: dns.transport, key: { ...dns.key, secret } },
      planRecordSet(live, { name: domain, type: "MX", ttl, values, mode: "exact" }),
    );
  }

  test("a review is approved with the remark of an advisory rule, bound, and applied only while nothing moved", async () => {
    const bound = join(out, "bound.json");
    // An advisory rule is a remark.
    const lenient = join(out, "advisory.json");
    const rule = { enforcementLevel: "advisory", maxTtl: 600 };
    await writeFile(lenient, JSON.stringify({ "mx-switch-prepared": rule }));
    const review = await mailstage("review", "--out", out, "--bind", bound, "--policy-pack-config", lenient);
    expect(review).toMatchObject({ code: 2, stdout: expect.stringContaining("modify TTL only") });
    expect(review.stdout).toMatch(/WARNING\][\s\S]*mx-switch-prepared/);
    const json = JSON.parse(await readFile(join(out, "review.json"), "utf8"));
    expect(json).toMatchObject({
      verdict: "changes",
      stage: { from: null, to: "prepare" },
      violations: [expect.objectContaining({ level: "advisory" })],
      dangers: [],
    });
    expect(json.binding).toBe(JSON.parse(await readFile(bound, "utf8")).hash);
    expect(await readFile(join(out, "review.html"), "utf8")).toContain("contoso.com");
    for (const [name, secret] of Object.entries(rehearsal.lab.environment))
      if (/PASSWORD|SECRET/.test(name)) expect(JSON.stringify([review, json])).not.toContain(secret);

    expect(await mailstage("apply-guard", "--bound", bound)).toMatchObject({ code: 0 });
    await rehearsal.stack.write("mailboxes/wave2.csv", "EmailAddress\nanna@contoso.com\n");
    expect(await mailstage("apply-guard", "--bound", bound)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("mailboxes/wave2.csv: was changed since the review"),
    });
    await rehearsal.stack.write(
      "mailboxes/wave2.csv",
      [
        "EmailAddress",
        ...["anna", "bert", "carla", "dieter", "eva"].map((local) => `${local}@contoso.com`),
      ].join("\n"),
    );
    await rehearsal.up({ skipPreview: true });
    expect(await mailstage("apply-guard", "--bound", bound)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("state: has moved on since the review"),
    });
  }, 240_000);

  test("nothing to do is exit code 0, and what was changed by hand is found as drift", async () => {
    await setMx(3600, ["5 elsewhere.contoso.com"]);
    const drift = await mailstage("review", "--drift", "--format", "json");
    expect(drift.code).toBe(2);
    expect(JSON.parse(drift.stdout).zones[0].records[0]).toMatchObject({
      verb: "modify",
      type: "MX",
      before: { ttl: 3600, values: ["10 mail.contoso.com"] },
      after: { ttl: 3600, values: ["5 elsewhere.contoso.com"] },
    });
    // A plain preview goes by the state and sees nothing of it.
    expect(await mailstage("review", "--no-policy")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Nothing changes"),
    });
    // A refresh would accept it as what stands there before the switch, and says so.
    expect(await mailstage("review", "--no-policy", "--refresh")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is accepted as what stands there before the switch"),
    });
    await setMx(3600, ["10 mail.contoso.com"]);
  }, 240_000);

  test("a rule of the policy pack that is broken is exit code 1, and on top", async () => {
    const strict = join(out, "policy.json");
    await writeFile(strict, JSON.stringify({ "mx-switch-prepared": { maxTtl: 600 } }));
    const refused = await mailstage("review", "--policy-pack-config", strict);
    expect(refused).toMatchObject({ code: 1, stderr: "" });
    const top = refused.stdout.split("\n").slice(0, 8).join("\n");
    expect(top).toContain("**Refused: 1 rule of the policy pack broken. Nothing was changed.**");
    expect(top).toMatch(/Rule `mx-switch-prepared`: MX contoso\.com: has a TTL of 3600 s at stage prepare/);
    await writeFile(strict, "[]");
    expect(await mailstage("review", "--policy-pack-config", strict)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is no configuration of a policy pack"),
    });
  }, 240_000);

  test("a pack that tells the engine only is named, and a secret of the configuration in clear", async () => {
    const silent = join(out, "silent.cjs");
    const sdk = JSON.stringify(require.resolve("@pulumi/policy"));
    await writeFile(join(out, "package.json"), JSON.stringify({ name: "silent", version: "1.0.0" }));
    await writeFile(join(out, "PulumiPolicy.yaml"), "runtime: nodejs\nversion: 1.0.0\n");
    await writeFile(
      silent,
      `#!/usr/bin/env node
process.chdir(__dirname);
const validateStack = (_args, say) => say("no");
const policies = [{ name: "never", description: "Never.", enforcementLevel: "mandatory", validateStack }];
new (require(${sdk}).PolicyPack)("silent", { policies });
`,
      { mode: 0o755 },
    );
    const file = join(rehearsal.stack.folder, "Pulumi.test.yaml");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace("config:\n", "config:\n  mailstage:tsigSecret: cGxhbnRlZA==\n"));
    const { code, stdout, stderr } = await mailstage("review", "--policy-pack", silent);
    await writeFile(file, before);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain("silent.cjs: refuses the change");
    expect(stdout).toContain("mailstage:tsigSecret stands in clear");
    expect(stdout).not.toContain("cGxhbnRlZA");
    expect(await mailstage("review", "--policy-pack", join(out, "none"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("none: does not exist"),
    });
  }, 240_000);

  test("a skipped stage is exit code 1, a condition that is not met yet 3", async () => {
    await rehearsal.stage("migrate");
    expect(await mailstage("review", "--no-policy")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("would be skipped"),
    });
    await rehearsal.stage("verify");
    await rehearsal.up({ skipPreview: true });
    await rehearsal.stage("connect");
    expect(await mailstage("review", "--no-policy")).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("What is missing"),
    });
    await rehearsal.stage("verify");
  }, 240_000);

  test("check finds everything in order, and all that is not at once", async () => {
    const good = await mailstage("check");
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining("Everything is in order.") });
    await rehearsal.change((plan) => ({ ...plan, licenses: { sku: "NO_SUCH_SKU", usageLocation: "US" } }));
    const bad = await mailstage("check", "--json");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout).areas).toEqual([
      expect.objectContaining({ area: "mailbox files", problems: [] }),
      expect.objectContaining({ area: "premises", problems: [] }),
      expect.objectContaining({ area: "DNS", problems: [] }),
      expect.objectContaining({
        area: "licences",
        problems: [expect.objectContaining({ code: "sku-unknown" })],
      }),
    ]);
    await rehearsal.change((plan) => ({ ...plan, licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" } }));
  }, 60_000);

  test("status tells it from the state and from the services", async () => {
    const state = await mailstage("status");
    expect(state).toMatchObject({ code: 0, stdout: expect.stringContaining("contoso.com: stage verify") });
    const live = await mailstage("status", "--live", "--json");
    expect(JSON.parse(live.stdout)).toMatchObject({
      live: true,
      stage: "verify",
      mail: {
        goesTo: "on premises",
        seen: expect.arrayContaining([expect.objectContaining({ role: "authoritative" })]),
      },
      notAsked: [],
    });
    const page = join(out, "status.html");
    expect(await mailstage("status", "--html", page)).toMatchObject({ code: 0 });
    expect(await readFile(page, "utf8")).toContain("<title>contoso.com: stage verify</title>");
  }, 60_000);

  test("status beside a lab goes by the lab's clock, and not by this machine's", async () => {
    await rehearsal.lab.advance(5 * 86_400);
    const { asOf } = JSON.parse((await mailstage("status", "--json")).stdout);
    expect(Math.abs(Date.parse(asOf) - rehearsal.lab.clock.now().getTime())).toBeLessThan(60_000);
  }, 60_000);
});
