import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parsePlan, planJsonSchema, stackJsonSchema } from "../../src/plan/index.js";
import { referenceRows, referenceTable } from "./plan-reference.js";
import { samplePlan } from "./sample-plan.js";

const docs = join(__dirname, "../../docs");
const schemaFile = join(docs, "plan.schema.json");
const stackSchemaFile = join(docs, "stack.schema.json");
const referenceFile = join(docs, "plan.md");
const marks = ["<!-- fields: written by test/plan/docs.test.ts -->", "<!-- /fields -->"] as const;

function withTable(text: string): string {
  const start = text.indexOf(marks[0]) + marks[0].length;
  return `${text.slice(0, start)}\n\n${referenceTable()}\n\n${text.slice(text.indexOf(marks[1]))}`;
}

// MAILSTAGE_WRITE_DOCS=1 brings the committed files up to date.
if (process.env["MAILSTAGE_WRITE_DOCS"] === "1") {
  writeFileSync(schemaFile, `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  writeFileSync(
    stackSchemaFile,
    `${JSON.stringify(stackJsonSchema({ $ref: "plan.schema.json" }), null, 2)}\n`,
  );
  writeFileSync(referenceFile, withTable(readFileSync(referenceFile, "utf8")));
}

test("docs/plan.schema.json is the schema of today", () => {
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(JSON.parse(JSON.stringify(planJsonSchema())));
});

test("docs/stack.schema.json puts it where it stands in the file, and refers to the file beside it", () => {
  expect(JSON.parse(readFileSync(stackSchemaFile, "utf8"))).toEqual(
    stackJsonSchema({ $ref: "plan.schema.json" }),
  );
  const whole = z.fromJSONSchema(JSON.parse(JSON.stringify(stackJsonSchema(planJsonSchema()))));
  const file = (plan: unknown) => ({
    encryptionsalt: "v1:salt",
    config: { "mailstage:plan": plan, "azure-native:location": "westeurope" },
  });
  expect(whole.safeParse(file(samplePlan())).success).toBe(true);
  expect(whole.safeParse(file({ ...samplePlan(), stage: "rout" })).success).toBe(false);
});

test("a password beside the plan is told apart from one in clear", () => {
  const whole = z.fromJSONSchema(JSON.parse(JSON.stringify(stackJsonSchema(planJsonSchema()))));
  const file = (password: unknown) => ({
    config: { "mailstage:plan": samplePlan(), "mailstage:sourcePassword": password },
  });
  expect(whole.safeParse(file({ secure: "v1:abc" })).success).toBe(true);
  expect(whole.safeParse(file("Pa55word")).success).toBe(false);
});

test("what an editor shows over a field is what docs/plan.md says of it", () => {
  const text = readFileSync(referenceFile, "utf8");
  const properties = z
    .object({ properties: z.record(z.string(), z.object({ description: z.string() })) })
    .parse(JSON.parse(readFileSync(schemaFile, "utf8"))).properties;
  for (const [field, { description }] of Object.entries(properties)) {
    const [what = ""] = description.split(/\.? ?Change: /);
    const row = text.split("\n").find((line) => line.startsWith(`| \`${field}\` |`));
    expect(row).toContain(what);
  }
});

test("docs/plan.md describes the fields of today", () => {
  const text = readFileSync(referenceFile, "utf8");
  expect(text).toContain(marks[0]);
  expect(text).toContain(marks[1]);
  expect(text).toBe(withTable(text));
});

test("the plan shown in docs/plan.md is a plan", () => {
  const block = /```yaml\n([\s\S]*?)```/.exec(readFileSync(referenceFile, "utf8"))?.[1] ?? "";
  const stack = z.object({ config: z.looseObject({}) }).parse(parse(block));
  expect(parsePlan(stack.config["mailstage:plan"]).waves.length).toBeGreaterThan(1);
});

test.each(referenceRows())("$field says what it is, how it is given and what a change does", (row) => {
  expect(row.what).toMatch(/\S{3,}/);
  expect(row.change).toMatch(/\S{3,}/);
  expect(row.allowed).not.toMatch(/undefined/);
});

describe("the committed JSON Schema", () => {
  const committed = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, "utf8")));
  const accepted: [name: string, plan: unknown][] = [
    ["the least plan", samplePlan()],
    ["Cloudflare", samplePlan({ dns: { host: "cloudflare", zoneId: "0123456789abcdef0123456789abcdef" } })],
    ["Azure DNS", samplePlan({ dns: { host: "azure", resourceGroup: "dns" } })],
    ["a licence group", samplePlan({ licenses: { group: "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34" } })],
    [
      "an internationalized domain",
      samplePlan({ domain: "bücher.example", source: { testMailbox: "info@xn--bcher-kva.example" } }),
    ],
    [
      "explicit servers",
      samplePlan({ source: { exchangeServer: "ex1.corp.contoso.com", rpcProxyServer: "mail.contoso.com" } }),
    ],
  ];
  const refused: [name: string, plan: unknown][] = [
    ["nothing", {}],
    ["a stage that does not exist", samplePlan({ stage: "migrating" })],
    ["a trailing dot", samplePlan({ domain: "contoso.com." })],
    ["an unknown key", { ...samplePlan(), sorce: {} }],
    [
      "another host's key",
      samplePlan({ dns: { host: "manual", zoneId: "0123456789abcdef0123456789abcdef" } }),
    ],
    ["a TTL over an hour", samplePlan({ mx: { migrationTtl: 3601 } })],
    ["a batch name with a blank", samplePlan({ waves: [{ name: "wave 1", csv: "wave1.csv" }] })],
    ["no batch", samplePlan({ waves: [] })],
  ];

  test.each(accepted)("accepts %s, as parsePlan does", (_name, plan) => {
    expect(committed.safeParse(plan).error?.issues ?? []).toEqual([]);
    expect(() => parsePlan(plan)).not.toThrow();
  });

  test.each(refused)("refuses %s, as parsePlan does", (_name, plan) => {
    expect(committed.safeParse(plan).success).toBe(false);
    expect(() => parsePlan(plan)).toThrow();
  });
});
