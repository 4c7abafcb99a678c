import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import { statusOf } from "../../src/reports/status/index.js";
import { smallPlan } from "../engine/small-migration.js";
import type { Program } from "../in-process/program.js";
import { componentType, type OwnProgram, startProgram, statusState } from "./program.js";

let own: OwnProgram | undefined;
afterEach(async () => {
  await own?.rehearsal.close();
  own = undefined;
});
const start = async (...args: Parameters<typeof startProgram>) => {
  own = await startProgram(...args);
  return own;
};

/** The plan of stack config. */
const configured: Program = ({ StagedMigration }) => {
  const { stage, reached, tenantMx } = new StagedMigration("contoso");
  return { stage, reached, tenantMx };
};
const isOurs = ({ type }: { type: string }) => type.startsWith("pulumi-nodejs:dynamic/mailstage:");

describe("a migration as a component of one's own program", () => {
  test("goes through every stage, all of it under the component", async () => {
    const { rehearsal, stack } = await start(configured);
    await rehearsal.reach("complete");
    const { resources } = await stack.exportState();
    const ours = resources.filter(isOurs);
    expect(ours.length).toBeGreaterThan(10);
    for (const { urn } of ours) expect(urn).toContain(`::${componentType}$pulumi-nodejs:dynamic/mailstage:`);
    expect(resources.find(({ type }) => type === componentType)?.outputs).toMatchObject({
      stage: "complete",
      reached: "complete",
      mailboxes: { wave1: 3, wave2: 5 },
      decommission: expect.arrayContaining([expect.stringContaining("Microsoft Support")]),
    });
    expect((await stack.preview()).changes).toEqual([]);
    expect((await stack.refresh()).changes).toEqual([]);
    expect(statusOf(await statusState(stack), new Date())).toMatchObject({
      domain: "contoso.com",
      stage: "complete",
      totals: { mailboxes: 8, converted: 8 },
    });
    expect((await stack.destroy()).errors).toBe("");
  }, 240_000);

  test("refuses a stage that is skipped, by what its own state says was done", async () => {
    const { rehearsal, stack } = await start(configured);
    await rehearsal.reach("verify");
    await rehearsal.stage("migrate");
    expect((await stack.preview()).errors).toContain(
      "cannot be entered from verify: connect would be skipped",
    );
  }, 60_000);

  test("says what is missing where the program exports nothing, and goes on once it exports something", async () => {
    const silent: Program = ({ StagedMigration }) => {
      new StagedMigration("contoso");
      return {};
    };
    const { rehearsal, stack } = await start(silent);
    await rehearsal.up();
    expect((await stack.preview()).diagnostics).toContainEqual(
      expect.objectContaining({
        severity: "warning",
        message: expect.stringContaining("Export one, such as export const { reached } = migration"),
      }),
    );
    await rehearsal.stage("verify");
    const refused = await stack.preview();
    expect(refused.errors).toContain("Export one, such as export const { reached } = migration");
    expect(refused.errors).toContain("run pulumi up at stage prepare");
    stack.program = configured;
    await rehearsal.stage("prepare");
    await rehearsal.up();
    await rehearsal.reach("verify");
  }, 60_000);

  test("takes over what the default program declared, and has another name: nothing changes", async () => {
    const { rehearsal, stack } = await start(({ declareStack }) => declareStack(), { dnsHost: "cloudflare" });
    await rehearsal.reach("verify");
    stack.program = ({ StagedMigration }) => {
      const { stage } = new StagedMigration("contoso", { fromDefaultProgram: true });
      return { stage };
    };
    const preview = await stack.preview();
    expect(preview.errors).toBe("");
    expect(preview.changes.map(({ type, op }) => [type, op])).toEqual([[componentType, "create"]]);
    expect((await rehearsal.up()).changes).toHaveLength(1);
    stack.program = ({ StagedMigration }) => {
      const { stage } = new StagedMigration("fabrikam", {}, { aliases: [{ name: "contoso" }] });
      return { stage };
    };
    expect((await stack.preview()).changes).toEqual([]);
    await rehearsal.reach("route");
  }, 120_000);

  test("is one a stack: a second is refused, with words", async () => {
    const { stack } = await start(({ StagedMigration }) => {
      new StagedMigration("contoso");
      new StagedMigration("fabrikam");
      return {};
    });
    const run = await stack.preview();
    expect(run.errors).toContain("migration fabrikam: cannot be declared in stack test");
    expect(run.errors).toContain("has the migration contoso");
    expect(run.errors).toContain("Declare it in a stack of its own");
  }, 60_000);

  test("stands beside resources of the program's own: depends on them, and knows its own records", async () => {
    const { rehearsal, stack } = await start(
      ({ StagedMigration }) => {
        const { zoneId } = plannedZone();
        const www = new cloudflare.DnsRecord("mx-mx-2", {
          zoneId,
          name: "intranet.contoso.com",
          type: "A",
          ttl: 300,
          content: "192.0.2.80",
        });
        const platform = new pulumi.ComponentResource("acme:index:Platform", "platform");
        const { stage, urn } = new StagedMigration("contoso", {}, { parent: platform, dependsOn: [www] });
        return { stage, urn };
      },
      { dnsHost: "cloudflare" },
    );
    const plannedZone = () => ({ zoneId: zoneOf(rehearsal.lab.planOverrides(rehearsal.plan)) });
    const preview = await stack.preview();
    expect(preview.errors).toBe("");
    const review = reviewOf(readPreview(preview.stdout));
    expect(review.zones.flatMap(({ records }) => records.map(({ name }) => name))).not.toContain(
      "intranet.contoso.com",
    );
    expect(review.others.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(["cloudflare:index/dnsRecord:DnsRecord intranet.contoso.com"]),
    );
    const order = (await rehearsal.up()).changes.map(({ name }) => name);
    expect(order.indexOf("mx-mx-2")).toBeLessThan(order.indexOf("stage"));
    const { resources } = await stack.exportState();
    const records = resources.filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
    expect(records.length).toBeGreaterThan(1);
    const chain = `::acme:index:Platform$${componentType}$mailstage:dns:RecordSet$cloudflare:`;
    for (const { urn } of records.filter(({ urn }) => !urn.endsWith("::mx-mx-2")))
      expect(urn).toContain(chain);
    await rehearsal.reach("verify");
  }, 120_000);
});

function zoneOf({ dns }: { dns: unknown }): string {
  if (typeof dns !== "object" || dns === null || !("zoneId" in dns))
    throw new Error("the zone is not at Cloudflare");
  return String(dns.zoneId);
}

describe("the plan of a component", () => {
  test("is that of stack config in a rehearsal, which names the lab, whatever the program gives", async () => {
    const { rehearsal, stack } = await start(({ StagedMigration }) => {
      const { stage, domain } = new StagedMigration("contoso", {
        plan: { ...smallPlan, domain: "production.example" },
      });
      return { stage, domain };
    });
    stack.setEnvironment({ MAILSTAGE_REHEARSAL: "another" });
    const production = await stack.preview();
    expect(production.code).not.toBe(0);
    expect(production.errors).toContain("plan.source.testMailbox");
    stack.setEnvironment({ MAILSTAGE_REHEARSAL: stack.name });
    await rehearsal.up();
    const { resources } = await stack.exportState();
    expect(resources.find(({ type }) => type === componentType)?.outputs).toMatchObject({
      domain: "contoso.com",
    });
  }, 60_000);

  test("is an object or a file as well, refused as ever, each problem at its place", async () => {
    const { rehearsal, stack } = await start(configured);
    const given = { ...rehearsal.lab.planOverrides(smallPlan), conversion: { snapshots: "kept" } };
    const withPlan =
      (
        plan: ConstructorParameters<Parameters<Program>[0]["StagedMigration"]>[1] extends infer A ? A : never,
      ): Program =>
      ({ StagedMigration }) => {
        const { stage, reached } = new StagedMigration("contoso", plan);
        return { stage, reached };
      };
    await stack.plan(undefined);
    stack.program = withPlan({ plan: { ...given, domain: "not a domain" } });
    expect((await stack.preview()).errors).toContain("plan.domain");
    stack.program = withPlan({ plan: "contoso.yaml" });
    expect((await stack.preview()).errors).toContain(
      "contoso.yaml: was given as the plan and cannot be read: ENOENT",
    );
    await stack.write("contoso.yaml", stringify({ ...given, stage: "soon" }));
    expect((await stack.preview()).errors).toContain("contoso.yaml.stage");
    await stack.write("contoso.yaml", stringify(given));
    await rehearsal.up();
    const { resources } = await stack.exportState();
    expect(resources.find(({ type }) => type.endsWith(":DnsRecordSet"))?.inputs["journal"]).toBe(
      "kept/test/dns.jsonl",
    );
    stack.program = withPlan({ plan: given });
    expect((await stack.preview()).changes).toEqual([]);
    stack.program = withPlan({});
    expect((await stack.preview()).errors).toContain("mailstage:plan: is missing");
  }, 120_000);
});
