import fc from "fast-check";
import { MailstageError, type Problem } from "../../src/base/problem.js";
import { parsePlan } from "../../src/plan/index.js";
import { samplePlan } from "./sample-plan.js";

function problemsOf(plan: unknown, source?: string): readonly Problem[] {
  try {
    parsePlan(plan, source);
  } catch (error) {
    if (error instanceof MailstageError) return error.problems;
    throw error;
  }
  return [];
}

/** `path code`, without the plan's own name. */
function placesOf(plan: unknown): string[] {
  return problemsOf(plan).map(({ subject, code }) => `${subject.replace(/^mailstage:plan\.?/, "")} ${code}`);
}

const waves = (...batches: object[]) => samplePlan({ waves: batches });
const guid = "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34";

test("the least plan gets its defaults", () => {
  expect(parsePlan(samplePlan({ domain: "Contoso.COM" }))).toMatchObject({
    domain: "contoso.com",
    tenant: { cloud: "worldwide" },
    dns: { transport: "tcp" },
    mx: { migrationTtl: 3600 },
    source: { endpointName: "mailstage", authentication: "Basic", exchange: "2007" },
    directory: { pageSize: 500 },
    waves: [{ phase: "started", wait: 0, unifiedMessaging: "keep" }],
    conversion: { recipientTypeDetails: "128" },
    waive: [],
  });
});

test("addresses come out in one spelling", () => {
  const plan = samplePlan({
    domain: "bücher.example",
    source: { testMailbox: "Info@BÜCHER.example" },
    waves: [{ name: "w", csv: "w.csv", convert: ["Anna@xn--bcher-kva.example"] }],
  });
  expect(parsePlan(plan)).toMatchObject({
    domain: "xn--bcher-kva.example",
    source: { testMailbox: "info@xn--bcher-kva.example" },
    waves: [{ convert: ["anna@xn--bcher-kva.example"] }],
  });
});

test.each<[what: string, plan: unknown, places: string[]]>([
  ["a plan that is a text", "stage: migrate", [" plan-wrong-type"]],
  ["a domain with a trailing dot", samplePlan({ domain: "contoso.com." }), ["domain plan-format"]],
  ["a domain that is an address", samplePlan({ domain: "10.0.0.1" }), ["domain plan-format"]],
  ["a single label", samplePlan({ domain: "contoso" }), ["domain plan-format"]],
  ["a label of 64 characters", samplePlan({ domain: `${"a".repeat(64)}.com` }), ["domain plan-format"]],
  ["a missing tenant id", samplePlan({ tenant: {} }), ["tenant.id plan-missing"]],
  [
    "a port over 65535",
    samplePlan({ dns: { host: "rfc2136", server: "dns1:65536" } }),
    ["dns.server plan-format"],
  ],
  ["an unknown DNS host", samplePlan({ dns: { host: "bind" } }), ["dns.host plan-not-allowed"]],
  ["no DNS host", samplePlan({ dns: { server: "dns1" } }), ["dns.host plan-missing"]],
  [
    "another DNS host's key",
    samplePlan({ dns: { host: "manual", zoneId: "x" } }),
    ["dns.zoneId plan-unknown-key"],
  ],
  [
    "a zone beside the domain",
    samplePlan({ dns: { host: "manual", zone: "fabrikam.com" } }),
    ["dns.zone plan-zone"],
  ],
  [
    "a zone below the domain",
    samplePlan({ dns: { host: "manual", zone: "x.contoso.com" } }),
    ["dns.zone plan-zone"],
  ],
  [
    "an MX TTL over an hour",
    samplePlan({ mx: { migrationTtl: 3601 } }),
    ["mx.migrationTtl plan-out-of-range"],
  ],
  [
    "plain HTTP",
    samplePlan({
      tenant: {
        id: guid,
        endpoints: {
          authority: "http://login.example",
          graph: "https://g.example",
          exchange: "https://e.example",
        },
      },
    }),
    ["tenant.endpoints.authority plan-format"],
  ],
  [
    "a cloud namespace in another zone",
    samplePlan({ cloudNamespace: "cloud.fabrikam.com" }),
    ["cloudNamespace plan-cloud-namespace"],
  ],
  [
    "a test mailbox elsewhere",
    samplePlan({ source: { testMailbox: "a@fabrikam.com" } }),
    ["source.testMailbox plan-address-domain"],
  ],
  [
    "one explicit server",
    samplePlan({ source: { exchangeServer: "ex1.contoso.com" } }),
    ["source.rpcProxyServer plan-explicit-servers"],
  ],
  [
    "Exchange 2003 with Autodiscover",
    samplePlan({ source: { exchange: "2003" } }),
    ["source.exchangeServer plan-explicit-servers"],
  ],
  [
    "a path in the LDAP URL",
    samplePlan({ directory: { url: "ldaps://dc1/DC=x", baseDn: "DC=x", bindDn: "CN=x" } }),
    ["directory.url plan-format"],
  ],
  [
    "a wave stack without a domain stack",
    waves({ name: "wave1", csv: "a.csv" }, { name: "wave2", csv: "b.csv", stack: "waves-a" }),
    ["waves[1].stack plan-domain-stack"],
  ],
  [
    "one batch name and one file in two stacks",
    samplePlan({
      domainStack: "domain",
      waves: [
        { name: "wave1", csv: "a.csv", stack: "waves-a" },
        { name: "Wave1", csv: "./a.csv", stack: "waves-b" },
      ],
    }),
    ["waves[1].name plan-duplicate-wave", "waves[1].csv plan-duplicate-csv"],
  ],
  ["no wave", samplePlan({ waves: [] }), ["waves plan-out-of-range"]],
  ["a name with a blank", waves({ name: "wave 1", csv: "a.csv" }), ["waves[0].name plan-format"]],
  [
    "a name of 65 characters",
    waves({ name: "w".repeat(65), csv: "a.csv" }),
    ["waves[0].name plan-out-of-range"],
  ],
  ["a list as Windows alone names it", waves({ name: "w", csv: "m\\a.csv" }), ["waves[0].csv plan-format"]],
  ["a spreadsheet", waves({ name: "w", csv: "a.xlsx" }), ["waves[0].csv plan-format"]],
  ["half a second", waves({ name: "w", csv: "a.csv", wait: 0.5 }), ["waves[0].wait plan-wrong-type"]],
  [
    "one name twice",
    waves({ name: "w", csv: "a.csv" }, { name: "W", csv: "b.csv" }),
    ["waves[1].name plan-duplicate-wave"],
  ],
  [
    "a part's name",
    waves({ name: "w-2", csv: "a.csv" }, { name: "W", csv: "b.csv" }),
    ["waves[0].name plan-reserved-name"],
  ],
  [
    "one file twice",
    waves({ name: "v", csv: "m/a.csv" }, { name: "w", csv: "./m/a.csv" }),
    ["waves[1].csv plan-duplicate-csv"],
  ],
  [
    "a convert elsewhere",
    waves({ name: "w", csv: "a.csv", convert: ["a@fabrikam.com"] }),
    ["waves[0].convert[0] plan-address-domain"],
  ],
  [
    "one convert twice",
    waves({ name: "w", csv: "a.csv", convert: ["a@contoso.com", "A@contoso.com"] }),
    ["waves[0].convert[1] plan-duplicate-address"],
  ],
  ["no licence form", samplePlan({ licenses: {} }), ["licenses plan-missing"]],
  [
    "both licence forms",
    samplePlan({ licenses: { sku: "E3", group: guid } }),
    ["licenses.group plan-unknown-key"],
  ],
  [
    "a group that is no GUID",
    samplePlan({ licenses: { group: "licensed users" } }),
    ["licenses.group plan-format"],
  ],
  [
    "YAML's Norway",
    samplePlan({ licenses: { sku: "E3", usageLocation: false } }),
    ["licenses.usageLocation plan-wrong-type"],
  ],
  [
    "a waiver without a reason",
    samplePlan({ waive: [{ gate: "preflight", reason: "  because  " }] }),
    ["waive[0].reason plan-out-of-range"],
  ],
  [
    "a gate waived twice",
    samplePlan({ waive: [1, 2].map(() => ({ gate: "preflight", reason: "tested by hand" })) }),
    ["waive[1].gate plan-duplicate-waiver"],
  ],
])("%s is told at its place, and nothing else is", (_what, plan, places) => {
  expect(placesOf(plan)).toEqual(places);
});

test.each([
  ["wave-1 beside wave", waves({ name: "wave", csv: "a.csv" }, { name: "wave-1", csv: "b.csv" })],
  ["wave-2 beside wave-1", waves({ name: "wave-1", csv: "a.csv" }, { name: "wave-2", csv: "b.csv" })],
  [
    "a zone above the domain",
    samplePlan({
      domain: "mail.contoso.com",
      source: { testMailbox: "a@mail.contoso.com" },
      dns: { host: "manual", zone: "contoso.com" },
    }),
  ],
  [
    "the lab's addresses",
    samplePlan({
      tenant: {
        id: guid,
        endpoints: {
          authority: "http://127.0.0.1:1/x",
          graph: "http://localhost:2",
          exchange: "http://[::1]:3",
        },
      },
    }),
  ],
])("%s is a plan", (_what, plan) => {
  expect(placesOf(plan)).toEqual([]);
});

test("all problems of a plan come out at once, those between fields too", () => {
  const plan = samplePlan({
    stage: "migrat",
    dns: "cloudflare",
    waves: [
      { name: "w", csv: "a.csv" },
      { name: "w", csv: 3, phse: "started" },
    ],
    sorce: {},
  });
  expect(placesOf(plan)).toEqual([
    "stage plan-not-allowed",
    "dns plan-wrong-type",
    "waves[1].csv plan-wrong-type",
    "waves[1].phse plan-unknown-key",
    "sorce plan-unknown-key",
    "waves[1].name plan-duplicate-wave",
  ]);
});

test.each([
  [samplePlan({ sorce: {} }), "mailstage:plan.sorce: is not a key of the plan. Perhaps source is meant."],
  [samplePlan({ sourcePassword: "x" }), "Secrets never stand in the plan"],
  [samplePlan({ stage: "migrat" }), "Perhaps migrate is meant."],
  [
    samplePlan({ stage: undefined }),
    "is missing: how far the domain's migration is to go. One of prepare, verify,",
  ],
  [samplePlan({ dns: { host: "bind" } }), "must be one of rfc2136, cloudflare, azure, manual."],
  [samplePlan({ domain: "contoso.com." }), "without the trailing dot"],
  [samplePlan({ domain: "https://contoso.com" }), "without a scheme"],
  [samplePlan({ source: { exchange: 2007 } }), "must be one of 2003, 2007. Put it in quotes."],
  [
    samplePlan({ licenses: { sku: "E3", group: guid } }),
    "Give either sku, usageLocation, disabledPlans, removeOnDestroy; or group",
  ],
  [undefined, "mailstage:plan: is missing. Write it into Pulumi.<stack>.yaml"],
])("plan %# is answered with the remedy", (plan, text) => {
  expect(() => parsePlan(plan)).toThrow(text);
});

test("the plan is named as the caller names it", () => {
  expect(problemsOf(samplePlan({ stage: 1 }), "rehearsal.yaml")[0]?.subject).toBe("rehearsal.yaml.stage");
});

test("no value gets into a problem, whatever is put where", () => {
  const planted = "Tr0ub4dor&3-planted";
  const plant = (value: unknown, path: readonly string[]): unknown => {
    const [key, ...rest] = path;
    if (key === undefined) return planted;
    return typeof value === "object" && value !== null
      ? { ...value, [key]: plant(Reflect.get(value, key), rest) }
      : { [key]: planted };
  };
  const keys = fc.constantFrom(
    "stage",
    "dns",
    "host",
    "server",
    "source",
    "account",
    "testMailbox",
    "licenses",
    "sku",
    "group",
    "waves",
    "name",
    "waive",
    "gate",
    "extra",
  );
  fc.assert(
    fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), (path) => {
      const text = JSON.stringify(problemsOf(plant(samplePlan(), path)));
      expect(text).not.toContain(planted);
    }),
    { numRuns: 300 },
  );
});

test("any value at all gives a plan or problems, never another failure", () => {
  const part = fc.oneof(fc.anything(), fc.constantFrom({}, [], null, [null], { host: null }, [{ name: {} }]));
  const plans = fc.oneof(
    fc.anything(),
    fc
      .record({ domain: part, dns: part, source: part, waves: part, licenses: part, waive: part, mx: part })
      .map((parts) => ({ ...samplePlan(), ...parts })),
  );
  fc.assert(
    fc.property(plans, (plan) => {
      for (const { subject, reason } of problemsOf(plan)) {
        expect(subject).toMatch(/^mailstage:plan/);
        expect(reason).not.toMatch(/invalid input|expected/i);
      }
    }),
    { numRuns: 400 },
  );
});
