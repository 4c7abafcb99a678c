import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabState } from "../../lab/index.js";
import { joinNames } from "../../src/base/name-list.js";
import { type StageName, stages } from "../../src/plan/index.js";
import { readPreview, reviewOf } from "../../src/reports/review/index.js";
import type { Step } from "../engine/events.js";
import { smallPlan } from "../engine/small-migration.js";
import { runOf } from "../engine/stack.js";
import { preview, step } from "../review/sample-preview.js";
import { holdAlarms } from "./invariants/alarms.js";
import { undone, unsaid } from "./invariants/as-said.js";
import { Back } from "./invariants/back.js";
import { holdCopied } from "./invariants/copied.js";
import { Drift } from "./invariants/drift.js";
import { holdGated } from "./invariants/gated.js";
import type { Happened } from "./invariants/happened.js";
import { holdRefusal } from "./invariants/refusals.js";
import { excess } from "./invariants/requests.js";
import { SecretScan } from "./invariants/secret-scan.js";
import { Secrets } from "./invariants/secrets.js";
import { holdState } from "./invariants/state.js";
import { excuseTaken } from "./invariants/taken-licences.js";
import { holdUnchanged } from "./invariants/unchanged.js";

const at = "2026-11-26T00:00:00.000Z";

test("an alarm is a violation, but for one that a person brought about by hand", () => {
  const model = { byHand: new Set<string>(), risked: new Set<string>(), wellAt: Date.parse(at) };
  const alarm = { code: "batch-removed-early", subject: "wave1", reason: "was removed", at } as const;
  expect(() => holdAlarms({ now: at, alarms: [alarm] }, model)).toThrow(
    "1 no alarm: batch-removed-early: wave1 was removed",
  );
  model.byHand.add("batch-removed-early wave1");
  holdAlarms({ now: at, alarms: [alarm] }, model);
});

describe("a mailbox that is disabled after a hand took its licence", () => {
  const disabled = { code: "mailbox-disabled", subject: "a@contoso.com", reason: "", at } as const;
  const state = { now: at, alarms: [disabled], mailboxes: [{ id: "1", emailAddress: "a@contoso.com" }] };
  const update = { op: "update", failed: false, type: "x:LicenseAssignment", name: "w-licenses" };
  const ran = (command: string, after: string, ...steps: (typeof update)[]) => ({
    command,
    run: { code: 0, steps },
    after: { now: after },
  });
  const before = "2026-11-25T00:00:00.000Z";
  const held = (...seen: ReturnType<typeof ran>[]) => {
    const model = {
      byHand: new Set<string>(),
      takenLicences: new Set(["1"]),
      risked: new Set<string>(),
      wellAt: Date.parse(at),
    };
    excuseTaken(model, state, seen, new Map([["w", new Set(["a@contoso.com"])]]));
    return () => holdAlarms(state, model);
  };

  test.each([
    ["has looked", []],
    ["has done more than a preview", [ran("preview", before, update), ran("refresh --preview-only", before)]],
    ["has licensed that wave", [ran("up --yes", before, { ...update, name: "v-licenses" })]],
  ])("is no violation while nobody %s", (_, seen) => held(...seen)());

  test.each([
    ["a refresh", ran("refresh --yes", before)],
    ["an update that refreshes", ran("up --yes --refresh", before)],
    ["an update of the wave's licences", ran("up --yes", before, update)],
  ])("is one after %s", (_, look) => {
    expect(held(look)).toThrow("1 no alarm: mailbox-disabled");
  });
});

test("a run that fails without a word, or with a crash, is a violation", () => {
  expect(() => holdRefusal(" ")).toThrow("without a word");
  expect(() => holdRefusal("TypeError: Cannot read properties of undefined")).toThrow("Cannot read");
  holdRefusal("stage route: cannot be entered from verify. Set stage: connect first.");
});

describe("a person whose update a gate refuses is asked to take away by hand", () => {
  const urnOf = (kind: string, name: string) =>
    `urn:pulumi:test::mailstage::pulumi-nodejs:dynamic/mailstage:${kind}::${name}`;
  const refusedAt = (stage: StageName, asked: string) => () =>
    holdGated(
      {
        last: {
          ...runOf({ code: 1, stdout: "", stderr: "" }, true, 0),
          diagnostics: [
            { severity: "warning", urn: urnOf("DnsManual", "record"), message: asked },
            { severity: "error", urn: urnOf("Gate", `gate-${stage}`), message: "is refused" },
          ],
        },
      },
      { stage, reached: stages[stages.indexOf(stage) - 1] },
    );
  const mx = "Set at your DNS host, MX contoso.com:\n  - MX contoso.com 10 mail.contoso.com";

  test.each([
    ["a value of the MX at connect", "connect", mx],
    ["a value of the MX at route", "route", mx],
    [
      "an address of autodiscover at complete",
      "complete",
      "Remove A autodiscover.contoso.com, which is 192.0.2.1",
    ],
    ["a text at migrate", "migrate", mx.replaceAll("MX", "TXT")],
  ] as const)("never %s, which lies beyond it", (_, stage, asked) => {
    expect(refusedAt(stage, asked)).toThrow("5 who is refused is asked for nothing");
  });

  test.each([
    ["the MX that the tenant no longer names, at complete", "complete", mx],
    ["a proof that is done with, at migrate", "migrate", mx],
  ] as const)("%s, which lies behind it", (_, stage, asked) => {
    refusedAt(stage, asked)();
  });
});

test("a secret is found in clear, in base64 at any place, in hexadecimal and for a URL, and in no text without it", () => {
  const scan = new SecretScan();
  scan.add("PASSWORD", "Pl4nted-P4ssw0rd!/é");
  scan.add("TOKEN", "another one, 16+");
  const around = "x".repeat(300);
  expect(scan.find(around)).toBeUndefined();
  expect(scan.find("")).toBeUndefined();
  expect(scan.find(`${around}Pl4nted-P4ssw0rd!/é`)).toBe("PASSWORD in clear");
  for (const before of ["", "u", "us", "use"])
    expect(
      scan.find(`${around}${Buffer.from(`${before}Pl4nted-P4ssw0rd!/é:more`).toString("base64")}${around}`),
    ).toMatch(/^PASSWORD in base64/);
  expect(scan.find(`q=${encodeURIComponent("another one, 16+")}&`)).toBe("TOKEN for a URL");
  expect(scan.find(Buffer.from("another one, 16+").toString("hex"))).toMatch(/^TOKEN in hexadecimal/);
  expect(scan.find("another one, 16")).toBeUndefined();
});

test("a property that no contract names, one that is missing and one of another kind are told by their paths", () => {
  const type = "pulumi-nodejs:dynamic/mailstage:StageReached";
  const kept = (outputs: Record<string, unknown>) => ({
    pending_operations: [],
    resources: [
      { urn: `urn:pulumi:t::m::${type}::reached`, type, id: "x", inputs: {}, outputs, initErrors: [] },
    ],
  });
  holdState(kept({ stage: "prepare", furthest: "prepare", __provider: "…", resourceUrn: "…" }));
  expect(() => holdState(kept({ stage: "prepare", left: 1 }))).toThrow(
    "reached has left, which its contract does not name",
  );
  expect(() => holdState(kept({ furthest: "prepare" }))).toThrow("reached.stage");
  expect(() => holdState(kept({ stage: "nowhere" }))).toThrow("reached.stage");
});

const nothing: Happened = {
  records: [],
  zone: new Map(),
  converted: [],
  telephony: [],
  granted: [],
  entries: [],
  batches: { made: [], gone: [], there: [], stopped: [], joined: [], members: [], left: [] },
  endpoints: [],
  domains: [],
  licensed: [],
  unlicensed: [],
};
const mx = (ttl: number) => ({ ttl, values: ["10 mail.contoso.com"] });

test("what happened and was not said is a violation, each kind of it", () => {
  const silent = reviewOf(readPreview(preview([step("same", "Domain", "domain", { old: {}, new: {} })])));
  const waves = new Map([["wave1", new Set(["anna@contoso.com"])]]);
  expect(unsaid(silent, nothing, waves)).toEqual([]);
  const did: Happened = {
    ...nothing,
    records: [{ key: "MX contoso.com", before: mx(86_400), after: mx(3600) }],
    converted: ["anna@contoso.com"],
    telephony: ["anna@contoso.com"],
    granted: ["OU=staff"],
    entries: ["anna: title"],
    batches: {
      made: ["wave1"],
      gone: ["wave2"],
      there: [],
      stopped: ["wave3"],
      joined: ["a"],
      members: [],
      left: ["b"],
    },
    endpoints: ["mailstage"],
    domains: ["contoso.com"],
    licensed: ["anna@contoso.com"],
    unlicensed: ["anna@contoso.com"],
  };
  expect(unsaid(silent, did, waves)).toHaveLength(14);
  // Whom the update itself waited for.
  const copied = new Set(["anna@contoso.com"]);
  const { converted, licensed } = did;
  expect(unsaid(silent, { ...nothing, converted, licensed }, waves, undefined, copied)).toEqual([]);
});

test("what was said and did not happen, or happened otherwise, is a violation", () => {
  const planned = [{ type: "MX", before: mx(86_400), after: mx(3600) }];
  const set = { zone: "contoso.com", name: "contoso.com", type: "MX", mode: "exact", ttl: 3600, planned };
  const wave = {
    wave: "wave1",
    domain: "contoso.com",
    mailboxes: joinNames(["anna", "bert"]),
    started: true,
  };
  const said = reviewOf(
    readPreview(
      preview([
        step("create", "DnsRecordSet", "mx", { new: { ...set, values: ["10 mail.contoso.com"] } }),
        step("delete", "MigrationBatch", "wave1", { old: wave }),
      ]),
    ),
  );
  const left = { ...nothing, batches: { ...nothing.batches, there: ["wave1"] } };
  expect(undone(said, left, new Map())).toEqual([
    "ttl MX contoso.com was said and not done",
    "the batch of wave1 was to be deleted, and is there",
  ]);
  const other: Happened = {
    ...nothing,
    records: [{ key: "MX contoso.com", before: mx(86_400), after: mx(60) }],
    zone: new Map([["MX contoso.com", mx(60)]]),
    batches: { ...nothing.batches, gone: ["wave1"] },
  };
  expect(undone(said, other, new Map())).toEqual([]);
  expect(unsaid(said, other, new Map())).toEqual([expect.stringContaining("was to become")]);
});

test("drift that nobody brought about is a violation", () => {
  const changed = {
    ...reviewOf(readPreview(preview([step("same", "Domain", "domain", { old: {}, new: {} })]))),
    verdict: "changes",
    others: [{ verb: "modify", subject: "domain in the tenant contoso.com", changes: [], meaning: null }],
  } as const;
  const drift = new Drift();
  expect(() => drift.judge(changed)).toThrow("domain in the tenant contoso.com");
  drift.note({ moves: [{ what: "domain", name: "contoso.com", how: "changed" }] });
  drift.judge(changed);
  drift.settled();
  expect(() => drift.judge(changed)).toThrow();
});

test("a request a mailbox is a violation, and one a batch or twenty users is none", () => {
  const size = { waves: 2, mailboxes: 40 };
  expect(
    excess(
      new Map([
        ["exchange Get-MigrationUser", 4],
        ["graph POST /$batch", 12],
        ["graph GET /users", 4],
      ]),
      size,
    ),
  ).toEqual([]);
  for (const route of [
    "exchange Get-MigrationUser",
    "graph GET /users",
    "graph GET /users/{id}",
    "graph POST /$batch",
  ])
    expect(excess(new Map([[route, 40]]), size)).toContainEqual(expect.stringContaining(route));
});

test("what a stage left of the zone is there again on the way back, but for what a hand has changed since", () => {
  const zone = (ttl: number) => [{ name: "contoso.com", type: "MX", ...mx(ttl) }];
  const at = (
    stage: StageName,
    ttl: number,
    moves: { what: "record"; name: string; how: "changed" }[] = [],
  ) => ({
    after: "up",
    plan: { ...smallPlan, stage },
    host: "rfc2136" as const,
    model: { reached: stage, moves, found: new Set<string>() },
    state: { zone: zone(ttl) },
    well: true,
  });
  const back = new Back();
  for (const [stage, ttl] of [
    ["migrate", 3600],
    ["route", 300],
    ["migrate", 3600],
    ["route", 300],
  ] as const)
    back.hold(at(stage, ttl));
  expect(() => back.hold(at("migrate", 86_400))).toThrow(
    "6 going back leaves what was there: at migrate MX contoso.com",
  );
  const other = new Back();
  for (const [stage, ttl] of [
    ["migrate", 3600],
    ["route", 300],
  ] as const)
    other.hold(at(stage, ttl));
  other.hold(at("migrate", 86_400, [{ what: "record", name: "MX contoso.com", how: "changed" }]));
  const named = new Back();
  for (const [stage, ttl] of [
    ["retire", 3600],
    ["complete", 3600],
  ] as const)
    named.hold(at(stage, ttl));
  // What the tenant names by now is what going back leaves there.
  named.hold({ ...at("complete", 3600), after: "the tenant names other records", well: undefined });
  named.hold(at("retire", 300));
});

describe("what destroy left of the zone", () => {
  type Set = LabState["zone"][number];
  const begin = { name: "contoso.com", type: "MX", ...mx(3600) };
  const proof: Set = { name: "contoso.com", type: "TXT", ttl: 3600, values: ["MS=ms1", "v=spf1 -all"] };
  const found = new Set<string>();
  const destroyed = (host: "rfc2136" | "azure", ...zone: Set[]) => {
    const back = new Back();
    const step = { plan: smallPlan, host, model: { reached: undefined, moves: [], found } };
    back.hold({ ...step, after: "up", state: { zone: [begin] }, well: true });
    back.hold({ ...step, after: "destroy", state: { zone }, well: true });
  };

  test("is a violation where our proof stands, but for Azure, where it stays", () => {
    expect(() => destroyed("rfc2136", begin, proof)).toThrow(
      "6 destroy leaves what was there: MS=ms1 is still among the texts of contoso.com",
    );
    destroyed("azure", begin, proof);
    destroyed("rfc2136", begin, { ...proof, values: ["v=spf1 -all"] });
  });

  test("is none where nobody knows any more that the proof is ours", () => {
    found.add("MS=ms1");
    destroyed("rfc2136", begin, proof);
    found.clear();
  });

  test("is a violation where another name is not as before", () => {
    const strange = { name: "www.contoso.com", type: "A", ttl: 300, values: ["192.0.2.1"] };
    expect(() => destroyed("rfc2136", begin, strange)).toThrow("A www.contoso.com is not as before");
  });
});

test("a second update that changes something is a violation, but for what is tried again and was told", async () => {
  const run = runOf({ code: 0, stdout: "", stderr: "" }, false, 0);
  const changed: Step = {
    op: "update",
    urn: "",
    type: "x:Domain",
    name: "domain",
    replaceKeys: [],
    oldInputs: {},
    newInputs: {},
    oldOutputs: {},
    newOutputs: {},
    failed: false,
  };
  const found = (step: Partial<Step>) => ({
    preview: async () => ({ ...run, changes: [{ ...changed, ...step }] }),
  });
  await expect(holdUnchanged(found({}))).rejects.toThrow("3 a second up changes nothing: update domain");
  await holdUnchanged(found({ type: "x:LicenseAssignment", oldOutputs: { processing: 3 } }));
  const copied = found({ type: "x:MigrationBatch", name: "wave1", oldOutputs: { status: "Syncing" } });
  await holdUnchanged(copied, async () => true);
  await expect(holdUnchanged(copied, async () => false)).rejects.toThrow("update wave1");
});

test("a secret in a file is a violation, but for the lists themselves", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mailstage-secrets-"));
  const secrets = new Secrets({
    environment: { MAILSTAGE_SOURCE_PASSWORD: "Pl4nted-P4ssw0rd!" },
    reviewEnvironment: {},
  });
  await mkdir(join(folder, "mailboxes"));
  await writeFile(
    join(folder, "mailboxes/wave1.csv"),
    "EmailAddress,Password\nx@contoso.com,Pl4nted-P4ssw0rd!\n",
  );
  await secrets.holdFiles(folder);
  await writeFile(join(folder, "report.json"), JSON.stringify({ said: "Pl4nted-P4ssw0rd!" }));
  await expect(secrets.holdFiles(folder)).rejects.toThrow(
    "4 no secret: MAILSTAGE_SOURCE_PASSWORD in clear stands in report.json",
  );
  await rm(folder, { recursive: true });
});

test("who is listed and not copied is a violation once batches are made no more", () => {
  const one = { id: "1", userPrincipalName: "anna", recipientType: "MailUser", licenses: [] } as const;
  const mailboxes = [{ ...one, emailAddress: "anna@contoso.com" }];
  const at = (stage: StageName, convert: readonly string[] = []) => {
    const waves = [{ name: "wave1", csv: "wave1.csv", convert: [...convert] }];
    holdCopied({ plan: { ...smallPlan, stage, waves }, list: () => ["Anna@contoso.com"] }, { mailboxes });
  };
  at("route");
  at("retire", ["Anna@contoso.com"]);
  expect(() => at("retire")).toThrow("5 whoever is listed is copied: Anna@contoso.com at retire");
});
