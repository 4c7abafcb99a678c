import { joinNames } from "../../src/base/name-list.js";
import { describeProblem } from "../../src/base/problem.js";
import { planHosted } from "../../src/dns/hosts/index.js";
import { plannedSet, planRecordSet } from "../../src/dns/index.js";
import { waveStackProblems } from "../../src/plan/split/index.js";
import { failedPreview, readPreview, reviewMarkdown, reviewOf } from "../../src/reports/review/index.js";
import { unknownValue } from "../../src/reports/shared/preview.js";
import { preview, stageStep, step } from "./sample-preview.js";

const review = (steps: readonly unknown[]) => reviewOf(readPreview(preview([stageStep(), ...steps])));
const onlyRecord = (steps: readonly unknown[]) => review(steps).zones[0]?.records[0];

const mx = {
  zone: "contoso.com",
  name: "contoso.com",
  type: "MX",
  mode: "exact",
  onDelete: "restore",
  tenantMx: ["0 contoso-com.mail.protection.outlook.com"],
  formerMx: ["10 mail.contoso.com"],
};
const set = (ttl: number, ...values: string[]) => ({ ttl, values });
const change = (before: ReturnType<typeof set>, after: ReturnType<typeof set>) => ({
  type: "MX",
  before,
  after,
});
const former = { ttl: 86_400, values: ["10 mail.contoso.com"] };

describe("DNS in a review", () => {
  test("an MX that points neither at the tenant nor at where it was is a danger", () => {
    const made = review([
      step("update", "DnsRecordSet", "mx", {
        old: { ...mx, ttl: 3600, values: ["10 mail.contoso.com"] },
        oldOutputs: { live: { ttl: 3600, values: ["10 mail.contoso.com"] } },
        new: {
          ...mx,
          ttl: 3600,
          values: ["10 mail.evil.example"],
          planned: [change(set(3600, "10 mail.contoso.com"), set(3600, "10 mail.evil.example"))],
        },
      }),
    ]);
    expect(made.dangers).toEqual([expect.stringContaining("would point at 10 mail.evil.example")]);
  });

  test("what stands there now counts, not what the state or a journal remembers", () => {
    const record = onlyRecord([
      step("update", "DnsRecordSet", "mx", {
        old: { ...mx, ttl: 3600, values: ["10 mail.contoso.com"], former },
        oldOutputs: { live: { ttl: 3600, values: ["10 mail.contoso.com"] } },
        new: {
          ...mx,
          ttl: 3600,
          values: ["10 mail.contoso.com"],
          former,
          planned: [change(set(300, "20 other.contoso.com"), set(3600, "10 mail.contoso.com"))],
        },
      }),
    ]);
    expect(record).toMatchObject({ verb: "modify", before: { ttl: 300, values: ["20 other.contoso.com"] } });
  });

  test("a set that is taken over by a new stack as it is, is adopted and not made", () => {
    const record = onlyRecord([
      step("create", "DnsRecordSet", "mx", {
        new: {
          ...mx,
          ttl: 3600,
          values: ["10 mail.contoso.com"],
          planned: [change(set(3600, "10 mail.contoso.com"), set(3600, "10 mail.contoso.com"))],
        },
      }),
    ]);
    expect(record).toMatchObject({ verb: "adopt", meaning: expect.stringContaining("nothing changes") });
  });

  test("what is known only during the update joins what stays, with its TTL", () => {
    const txt = { ...mx, type: "TXT", mode: "merge", onDelete: "remove", values: unknownValue };
    const { tenantMx: _, formerMx: __, ...later } = txt;
    const record = onlyRecord([
      step("create", "DnsRecordSet", "apex-text", {
        new: { ...later, planned: [{ type: "TXT", before: set(43_200, "v=spf1 mx -all") }] },
      }),
    ]);
    expect(record).toMatchObject({
      verb: "add",
      kept: ["v=spf1 mx -all"],
      after: { ttl: 43_200, values: [null, "v=spf1 mx -all"] },
    });
  });

  test("what a wildcard answered is in the table where it is written beside, once, and is no danger", () => {
    const beside = [
      { name: "contoso.com", type: "TXT", ...set(3600, "anything") },
      { name: "*.contoso.com", type: "MX", ...set(3600, "10 elsewhere.contoso.com") },
    ];
    const planned = (type: string) => [{ type, before: null, after: set(3600, "10 mail.contoso.com") }];
    const made = review([
      step("create", "DnsRecordSet", "mx", { new: { ...mx, beside, planned: planned("MX") } }),
      step("create", "DnsRecordSet", "apex-text", {
        new: { ...mx, type: "TXT", beside, planned: planned("TXT") },
      }),
    ]);
    const records = made.zones.flatMap((zone) => zone.records);
    expect(records.map(({ type, name, verb }) => `${verb} ${type} ${name}`)).toEqual([
      "create MX *.contoso.com",
      "create MX contoso.com",
      "create TXT contoso.com",
    ]);
    expect(records[0]?.meaning).toMatch(/^A wildcard answers so already/);
    expect(made.dangers).toEqual([]);
  });

  test("a set that a person keeps is in the table of DNS too, and says who makes the change", () => {
    const observed = { zone: "contoso.com" };
    const planned = [change(set(86_400, "10 mail.contoso.com"), set(3600, "10 mail.contoso.com"))];
    const made = review([
      step("create", "DnsManual", "mx", { new: { ...mx, observed, ttl: 3600, planned } }),
    ]);
    expect(made.zones[0]?.records[0]).toMatchObject({
      verb: "ttl",
      byHand: true,
      meaning: expect.stringContaining("A person sets it at the DNS host"),
    });
    expect(made.others).toEqual([]);
    expect(reviewMarkdown(made)).toContain("Zone `contoso.com`, set by hand at its host");
  });

  test("deleting a record set that is restored is a modification back, not a deletion", () => {
    const record = onlyRecord([
      step("delete", "DnsRecordSet", "mx", {
        old: { ...mx, ttl: 3600, values: ["10 mail.contoso.com"], former },
        oldOutputs: { live: { ttl: 3600, values: ["10 mail.contoso.com"] } },
      }),
    ]);
    expect(record).toMatchObject({ verb: "ttl", after: { ttl: 86_400, values: ["10 mail.contoso.com"] } });
  });

  test("our value leaves a merged set, and the others are shown as kept", () => {
    const txt = { ...mx, type: "TXT", mode: "merge", onDelete: "remove", values: ["MS=ms1"], ttl: 3600 };
    const owned = { owned: ["MS=ms1"], live: { ttl: 3600, values: ["MS=ms1", "v=spf1 -all"] } };
    const steps = [step("delete", "DnsRecordSet", "proof", { old: { ...txt, ...owned }, oldOutputs: owned })];
    expect(onlyRecord(steps)).toMatchObject({
      verb: "modify",
      kept: ["v=spf1 -all"],
      after: { values: ["v=spf1 -all"] },
    });
    expect(reviewMarkdown(review(steps))).toContain("`v=spf1 -all` (kept)");
  });

  test("a merged set returns to its own TTL when ours leaves, unless somebody else has changed it since", () => {
    const txt = { ...mx, type: "TXT", mode: "merge", onDelete: "restore", values: ["MS=ms1"], ttl: 300 };
    const before = { former: { ttl: 86_400, values: ["v=spf1 -all"] } };
    const left = (ttl: number) =>
      onlyRecord([
        step("delete", "DnsRecordSet", "proof", {
          old: { ...txt, ...before },
          oldOutputs: { owned: ["MS=ms1"], live: { ttl, values: ["MS=ms1", "v=spf1 -all"] } },
        }),
      ]);
    expect(left(300)?.after).toEqual({ ttl: 86_400, values: ["v=spf1 -all"] });
    expect(left(900)?.after).toEqual({ ttl: 900, values: ["v=spf1 -all"] });
  });

  /** Autodiscover over an address that made room for it. */
  const autodiscover = {
    ...mx,
    name: "autodiscover.contoso.com",
    type: "CNAME",
    ttl: 3600,
    values: ["autodiscover.outlook.com"],
    former: null,
    displaced: [{ type: "A", ttl: 300, values: ["192.0.2.10"] }],
    planned: [
      { type: "A", before: set(300, "192.0.2.10"), after: null },
      { type: "CNAME", before: null, after: set(3600, "autodiscover.outlook.com") },
    ],
  };

  test("the addresses a CNAME takes the place of go with its creation, and come back with its removal", () => {
    const cname = { ...autodiscover, mode: "exact", onDelete: "restore" };
    const verbs = (made: ReturnType<typeof review>) =>
      made.zones.flatMap(({ records }) => records.map(({ verb, type }) => `${verb} ${type}`));
    const created = review([step("create", "DnsRecordSet", "autodiscover", { new: cname })]);
    expect(verbs(created)).toEqual(["delete A", "create CNAME"]);
    expect(created.dangers).toEqual(["A autodiscover.contoso.com is deleted: 192.0.2.10"]);
    const live = { live: { ttl: 3600, values: ["autodiscover.outlook.com"] } };
    const removed = review([
      step("delete", "DnsRecordSet", "autodiscover", { old: cname, oldOutputs: live }),
    ]);
    expect(verbs(removed)).toEqual(["create A", "delete CNAME"]);
  });

  test("a name that is kept in place of another is told with what becomes of the other", () => {
    const old = {
      ...autodiscover,
      mode: "exact",
      onDelete: "restore",
      displaced: [],
      former: set(300, "mail.contoso.com"),
    };
    const name = "autodiscover.cloud.contoso.com";
    const replaced = { ...old, name, former: null, planned: [autodiscover.planned[1]] };
    const live = { live: { ttl: 3600, values: ["autodiscover.outlook.com"] } };
    const made = review([
      step("replace", "DnsRecordSet", "autodiscover", {
        old,
        oldOutputs: live,
        new: replaced,
        reasons: ["name"],
      }),
    ]);
    expect(made.zones.flatMap(({ records }) => records)).toMatchObject([
      { verb: "create", name },
      {
        verb: "modify",
        name: "autodiscover.contoso.com",
        before: { values: ["autodiscover.outlook.com"] },
        after: { values: ["mail.contoso.com"] },
      },
    ]);
  });

  test("what a person is to set back is in the table of DNS, and that nobody waits for it", () => {
    const cname = { ...autodiscover, observed: { zone: "contoso.com" } };
    const outputs = { waiting: [] };
    const made = review([step("delete", "DnsManual", "autodiscover", { old: cname, oldOutputs: outputs })]);
    expect(made.zones[0]?.records).toMatchObject([
      { verb: "create", type: "A", byHand: true, after: { ttl: 300, values: ["192.0.2.10"] } },
      { verb: "delete", type: "CNAME", byHand: true, meaning: expect.stringContaining("does not wait") },
    ]);
    expect(made.others).toEqual([]);
    const { observed: _, ...elsewhere } = cname;
    const moved = review([
      step("delete", "DnsManual", "autodiscover", { old: cname, oldOutputs: outputs }),
      step("create", "DnsRecordSet", "autodiscover", { new: { ...elsewhere, planned: [] } }),
    ]);
    expect(moved.zones).toEqual([]);
    expect(moved.others).toMatchObject([{ meaning: expect.stringContaining("Nobody has to keep it") }]);
    const left = { ...cname, onDelete: "leave" };
    const stays = review([step("delete", "DnsManual", "autodiscover", { old: left, oldOutputs: outputs })]);
    expect(stays.zones).toEqual([]);
    expect(stays.others).toMatchObject([{ meaning: expect.stringContaining("stays until a person") }]);
  });

  test("a changed key of the zone is no changed record set, and is told", () => {
    const kept = { ...mx, ttl: 3600, values: ["10 mail.contoso.com"] };
    const made = review([
      step("update", "DnsRecordSet", "mx", {
        old: { ...kept, key: { name: "a", algorithm: "hmac-sha256" } },
        new: { ...kept, key: { name: "b", algorithm: "hmac-sha256" } },
      }),
    ]);
    expect(made.zones).toEqual([]);
    expect(made.others).toMatchObject([{ verb: "modify", changes: [expect.stringMatching(/^key: /)] }]);
  });

  test("what an update ignores is neither a change nor drift", () => {
    const inputs = { ...mx, ttl: 3600, values: ["10 mail.contoso.com"] };
    const live = { live: { ttl: 3600, values: ["10 mail.contoso.com"] } };
    const refreshed = step("refresh", "DnsRecordSet", "mx", { old: inputs, oldOutputs: live, new: inputs });
    const { tenantMx: _, ...without } = inputs;
    const drifted = {
      ...refreshed,
      newState: { ...refreshed.oldState, inputs: without, outputs: { ...without, ...live } },
    };
    const made = reviewOf(readPreview(preview([drifted])), { mode: "drift" });
    expect(made).toMatchObject({ verdict: "no-change", zones: [], others: [] });
  });

  test("a changed password, a domain to be verified and licences to be given are told to go on", () => {
    const endpoint = { name: "mailstage", passwordDigest: "[secret]" };
    const made = review([
      step("update", "MigrationEndpoint", "endpoint", {
        old: endpoint,
        oldOutputs: { tested: true },
        new: endpoint,
      }),
      step("update", "DomainVerification", "v", {
        old: { domain: "contoso.com" },
        oldOutputs: { verified: false, publishedAt: "2026-11-16T14:00:00Z" },
        new: { domain: "contoso.com" },
      }),
      step("update", "LicenseAssignment", "w", {
        old: { wave: "wave1", mailboxes: 3 },
        oldOutputs: { licensed: 1 },
        new: { wave: "wave1", mailboxes: 3 },
      }),
    ]);
    expect(made.summary).toBe(
      "Nothing new in the plan. The update goes on: licences of wave1, migration endpoint mailstage and verification of the domain contoso.com.",
    );
    expect(made.others.map(({ meaning }) => meaning)).toEqual([
      expect.stringContaining("password is another one"),
      "The tenant is asked to verify the domain.",
    ]);
  });

  test("what has to be mended is told apart from what passes by itself", () => {
    const urn = "urn:pulumi:test::mailstage::pulumi-nodejs:dynamic/mailstage:Gate::gate-retire";
    const message = (text: string) => ({ urn, severity: "error", message: text });
    const summary = (...texts: string[]) => reviewOf(readPreview(preview([], texts.map(message)))).summary;
    const timed = "mail: was switched. Run pulumi up again after 2026-11-20 04:10 UTC.";
    expect(summary(timed)).toContain("1 condition of stage retire is not met; try again after 2026-11-20");
    expect(summary(timed, "wave1: 2 mailboxes failed.")).toContain(
      "2 conditions of stage retire are not met: 1 is for somebody to mend, and 1 passes by 2026-11-20",
    );
  });

  test("a wave stack that waits for its domain stack is not refused, only not yet", () => {
    const [behind] = waveStackProblems(
      { stack: "eu", domainStack: "main", stage: "migrate", revision: "1", share: "p" },
      undefined,
    );
    const urn = "urn:pulumi:test::mailstage::pulumi-nodejs:dynamic/mailstage:Stage::stage";
    const made = reviewOf(
      readPreview(
        preview(
          [],
          [{ urn, severity: "error", message: behind === undefined ? "" : describeProblem(behind) }],
        ),
      ),
    );
    expect(made).toMatchObject({ verdict: "gate-open", summary: expect.stringContaining("another stack") });
  });

  test("a plan or list that only other stacks go by is a change, or no pipeline would hand it on", () => {
    const before = { stage: "migrate", furthest: "migrate", handsOver: "1" };
    const newer = review([
      step("update", "StageReached", "stage-reached", { old: before, new: { ...before, handsOver: "2" } }),
    ]);
    expect(newer).toMatchObject({
      verdict: "changes",
      others: [{ subject: "plan and lists that other stacks go by" }],
    });
    const next = { ...before, stage: "route", handsOver: "2" };
    expect(
      review([step("update", "StageReached", "stage-reached", { old: before, new: next })]).others,
    ).toEqual([]);
  });

  test("voice mail and the right to convert are told in words", () => {
    const off = { wave: "wave1", unifiedMessaging: "disable", snapshots: "snapshots" };
    const right = { organizationalUnit: "OU=Staff,DC=contoso,DC=com", account: "CONTOSO\\migadmin" };
    const meanings = (...steps: ReturnType<typeof step>[]) =>
      review(steps).others.map(({ meaning }) => meaning);
    expect(
      meanings(
        step("create", "TargetAddressPermission", "permission", { new: right }),
        step("create", "UnifiedMessaging", "wave1-um", { new: off }),
      ),
    ).toEqual([
      expect.stringMatching(/migadmin may write targetAddress .* everything else in the access list stays/),
      expect.stringMatching(/Users of wave1 .* kept in snapshots\/wave1\.unified-messaging\.jsonl first/),
    ]);
    expect(
      meanings(
        step("update", "UnifiedMessaging", "wave1-um", {
          old: off,
          new: { ...off, unifiedMessaging: "enable" },
        }),
      ),
    ).toEqual([expect.stringContaining("get their voice mail back")]);
    const taken = (added: boolean) =>
      review([
        step("delete", "TargetAddressPermission", "permission", { old: right, oldOutputs: { added } }),
      ]);
    expect(taken(true).dangers).toEqual([
      "right to write targetAddress in OU=Staff,DC=contoso,DC=com is deleted",
    ]);
    expect(taken(false)).toMatchObject({
      dangers: [],
      others: [{ meaning: expect.stringContaining("keeps the right") }],
    });
    expect(review([step("delete", "UnifiedMessaging", "wave1-um", { old: off })]).dangers).toEqual([]);
  });

  test("a conversion names its files, and one that leaves the plan undoes nothing", () => {
    const conversion = { wave: "wave1", mailboxes: 3, snapshots: "snapshots" };
    const outputs = {
      converted: 2,
      waiting: 1,
      skippedCount: 0,
      snapshot: "snapshots/wave1.jsonl",
      report: ".mailstage/reports/wave1-conversion.csv",
      cloudCsv: ".mailstage/reports/wave1-cloud.csv",
    };
    const meaning = (op: string) =>
      review([
        step(op, "MailUserConversion", "wave1-conversion", {
          ...(op === "create" ? {} : { old: conversion, oldOutputs: outputs }),
          ...(op === "delete" ? {} : { new: conversion }),
        }),
      ]).waves[0]?.meaning.join(" ");
    expect(meaning("create")).toMatch(/a snapshot of every user is taken first \(snapshots\/wave1\.jsonl\)/);
    expect(meaning("update")).toMatch(
      /2 mailboxes done, 1 was waiting.*wave1-conversion\.csv.*wave1-cloud\.csv/,
    );
    expect(meaning("delete")).toMatch(/stay mail users; mailstage restore .*\(snapshots\/wave1\.jsonl\)/);
  });

  test("the tenant's senders are merged into the one SPF policy, as the update will do it", () => {
    const spf = {
      ...mx,
      type: "TXT",
      mode: "merge",
      ttl: 3600,
      values: ["v=spf1 include:spf.protection.outlook.com -all"],
      former: { ttl: 3600, values: ["v=spf1 mx -all"] },
      planned: [
        plannedSet(
          planRecordSet(
            { name: "contoso.com", type: "TXT", ...set(3600, "v=spf1 mx -all") },
            {
              name: "contoso.com",
              type: "TXT",
              mode: "merge",
              values: ["v=spf1 include:spf.protection.outlook.com -all"],
            },
          ),
        ),
      ],
    };
    expect(onlyRecord([step("create", "DnsRecordSet", "spf", { new: spf })])?.after?.values).toEqual([
      expect.stringMatching(/^v=spf1 mx include:spf\.protection\.outlook\.com -all$/),
    ]);
  });

  const cloudflare = (op: string, name: string, sides: { old?: object; new?: object }) =>
    step(
      op,
      "",
      name,
      {
        ...(sides.old && { old: { zoneId: "z", name: "contoso.com", type: "MX", ttl: 3600, ...sides.old } }),
        ...(sides.new && { new: { zoneId: "z", name: "contoso.com", type: "MX", ttl: 3600, ...sides.new } }),
      },
      "cloudflare:index/dnsRecord:DnsRecord",
    );

  test("Cloudflare's records of one name and type are one set: replaced values are one change", () => {
    const made = review([
      cloudflare("delete", "a", { old: { content: "mail.contoso.com", priority: 10 } }),
      cloudflare("create", "b", { new: { content: "contoso-com.mail.protection.outlook.com", priority: 0 } }),
      cloudflare("same", "c", {
        old: { content: "backup.contoso.com", priority: 20 },
        new: { content: "backup.contoso.com", priority: 20 },
      }),
    ]);
    expect(made.zones[0]?.records).toEqual([
      expect.objectContaining({
        verb: "modify",
        before: { ttl: 3600, values: ["10 mail.contoso.com", "20 backup.contoso.com"] },
        after: { ttl: 3600, values: ["0 contoso-com.mail.protection.outlook.com", "20 backup.contoso.com"] },
        kept: ["20 backup.contoso.com"],
      }),
    ]);
  });

  /** The plan of a name at a host, and the host's own resources that carry it out. */
  const adoption = (op: string, props: object, old?: Record<string, unknown>) => {
    const inputs = { observed: { zone: "contoso.com" }, name: "contoso.com", mode: "merge", ...props };
    return step(op, "DnsAdoption", "adoption", { new: inputs, ...(old && { old }) });
  };

  test("what is taken over at Cloudflare is one set with its values once, not a creation", () => {
    const values = ["10 mail.contoso.com", "20 backup.contoso.com"];
    const planned = [change(set(86_400, ...values), set(3600, ...values))];
    const record = (name: string, priority: number) =>
      cloudflare("import", name, { new: { content: `${name}.contoso.com`, priority } });
    const made = review([
      adoption("create", { type: "MX", mode: "exact", planned }),
      record("mail", 10),
      record("backup", 20),
    ]);
    expect(made.zones).toMatchObject([
      { zone: "contoso.com", records: [{ verb: "ttl", before: { values }, after: { values, ttl: 3600 } }] },
    ]);
  });

  test("what is let go of with its adoption stays at the host: only a proof that is ours alone is deleted", () => {
    const host = { kind: "cloudflare", zoneId: "z" };
    const declared = (type: string, content: string, importId?: string) => ({
      type,
      slot: 1,
      ttl: 3600,
      values: [content],
      spelling: {},
      ...(importId === undefined ? {} : { importId }),
    });
    const left = (type: string, ...records: ReturnType<typeof declared>[]) => {
      const old = {
        host,
        observed: { zone: "contoso.com" },
        name: "contoso.com",
        type,
        mode: "follow",
        records,
      };
      return [
        adoption("delete", {}, old),
        ...records.map(({ values: [content] }) =>
          cloudflare("delete", `${content}`, {
            old: { content, type, ...(type === "MX" && { priority: 10 }) },
          }),
        ),
      ];
    };
    expect(review(left("MX", declared("MX", "mail.contoso.com", "r1"))).zones).toEqual([]);
    expect(
      review(left("TXT", declared("TXT", "v=spf1 -all", "r1"), declared("TXT", "MS=ms1"))).zones,
    ).toMatchObject([{ records: [{ verb: "modify", after: { values: ["v=spf1 -all"] } }] }]);
    expect(review(left("TXT", declared("TXT", "MS=ms1"))).zones).toMatchObject([
      { records: [{ verb: "delete", before: { values: ["MS=ms1"] } }] },
    ]);
  });

  test("the proof that joins the texts at Cloudflare is shown before it is known, with all that stays", () => {
    const stays = ["google-site-verification=abc", "v=spf1 mx -all"];
    const old = { observed: { zone: "contoso.com" }, name: "contoso.com", type: "TXT", values: [] };
    const planned = [{ type: "TXT", before: set(43_200, ...stays) }];
    const made = review([adoption("update", { type: "TXT", values: unknownValue, planned }, old)]);
    expect(made.zones[0]?.records).toMatchObject([
      { verb: "add", kept: stays, after: { ttl: 43_200, values: [null, ...stays] } },
    ]);
  });

  test("senders that join the policy at Cloudflare change it, and leave one", () => {
    const [live] = [set(43_200, "MS=ms1", "v=spf1 mx -all")];
    const { planned } = planHosted(
      {
        otherTypes: [],
        records: live.values.map((value) => ({
          importId: value,
          name: "contoso.com",
          type: "TXT",
          ttl: live.ttl,
          values: [value],
          spelling: {},
        })),
      },
      {
        name: "contoso.com",
        type: "TXT",
        mode: "merge",
        values: ["MS=ms1", "v=spf1 include:spf.protection.outlook.com -all"],
      },
      { zone: "contoso.com", granularity: "value", previous: undefined },
    );
    const made = review([adoption("update", { type: "TXT", planned }, {})]);
    expect(made.zones[0]?.records).toMatchObject([
      {
        verb: "modify",
        kept: ["MS=ms1"],
        after: { ttl: 43_200, values: ["MS=ms1", "v=spf1 mx include:spf.protection.outlook.com -all"] },
        meaning: "Changes who may send mail as contoso.com: receivers check senders against the new policy.",
      },
    ]);
  });

  test("an Azure record set that is imported with another TTL changes its TTL only", () => {
    const set = {
      zoneName: "contoso.com",
      relativeRecordSetName: "@",
      recordType: "MX",
      mxRecords: [{ preference: 10, exchange: "mail.contoso.com" }],
    };
    const made = review([
      step(
        "update",
        "",
        "mx",
        { old: { ...set, ttl: 86_400 }, new: { ...set, ttl: 3600 } },
        "azure-native:dns:RecordSet",
      ),
    ]);
    expect(made.zones[0]?.records[0]).toMatchObject({ verb: "ttl", name: "contoso.com", type: "MX" });
  });
});

describe("a stage in a review", () => {
  const entered = (from: string | undefined, to: string, steps: readonly unknown[]) => {
    const { oldState, newState } = stageStep();
    const stage = {
      op: from === undefined ? "create" : "update",
      urn: newState?.urn,
      ...(from === undefined
        ? {}
        : { oldState: { ...oldState, inputs: { ...oldState?.inputs, stage: from } } }),
      newState: { ...newState, inputs: { ...newState?.inputs, stage: to } },
    };
    return reviewOf(readPreview(preview([stage, ...steps]))).stage;
  };
  const policy = (mode: string, ...values: string[]) =>
    step("update", "DnsRecordSet", "apex-text", {
      old: { ...mx, type: "TXT", mode, values: [] },
      oldOutputs: { live: set(3600, "v=spf1 mx -all") },
      new: {
        ...mx,
        type: "TXT",
        mode,
        values,
        planned: [{ type: "TXT", before: set(3600, "v=spf1 mx -all"), after: set(3600, ...values) }],
      },
    });

  test.each([
    ["rfc2136", "pulumi destroy gives the MX its former TTL back."],
    [
      "cloudflare",
      "pulumi destroy leaves the MX as it is, with the lowered TTL: its former one is set at the DNS host by hand.",
    ],
    [
      "manual",
      "pulumi destroy leaves the MX as it is, with the lowered TTL: its former one is set at the DNS host by hand.",
    ],
  ])("at %s says what destroy puts back of prepare", (host, undo) => {
    const baseline = step("create", "DnsBaseline", "dns-baseline", {
      new: { domain: "contoso.com", observed: { zone: "contoso.com" }, host },
    });
    expect(entered(undefined, "prepare", [baseline])?.undo).toBe(undo);
  });

  test("that changes the senders says so, there and back, and no other text is taken for them", () => {
    const joined = "v=spf1 mx include:spf.protection.outlook.com -all";
    expect(entered("connect", "migrate", [policy("merge", joined)])?.meaning).toMatch(
      /forwarded\. The tenant's senders join the SPF policy of contoso\.com, before the first user sends from there\.$/,
    );
    expect(entered("migrate", "connect", [policy("merge", joined)])?.meaning).toMatch(
      /The tenant's senders leave the SPF policy of contoso\.com\.$/,
    );
    expect(entered("connect", "migrate", [policy("merge", "v=spf1 mx -all", "MS=ms1")])?.meaning).toMatch(
      /forwarded\.$/,
    );
  });

  test("whose records a person sets is undone by that person too", () => {
    const observed = { zone: "contoso.com" };
    const planned = [
      change(set(3600, "10 mail.contoso.com"), set(3600, "0 contoso-com.mail.protection.outlook.com")),
    ];
    const manual = step("create", "DnsManual", "mx", { new: { ...mx, observed, ttl: 3600, planned } });
    expect(entered("migrate", "route", [manual])?.undo).toBe(
      "Revert the change of the plan and run pulumi up; a person sets the DNS records back as it prints them.",
    );
  });
});

describe("mailboxes in a review", () => {
  const wave = (name: string, parts: Record<string, string[]>, extra: object = {}) => ({
    wave: name,
    domain: "contoso.com",
    started: true,
    retryFailed: 0,
    mailboxesByBatch: Object.fromEntries(
      Object.entries(parts).map(([part, locals]) => [part, joinNames(locals)]),
    ),
    ...extra,
  });

  test("a mailbox that goes from one wave to another is moved, neither added nor removed", () => {
    const { waves } = review([
      step("update", "MigrationBatch", "wave1", {
        old: wave("wave1", { wave1: ["anna", "bert"] }),
        new: wave("wave1", { wave1: ["anna"] }),
      }),
      step("update", "MigrationBatch", "wave2", {
        old: wave("wave2", { wave2: ["carla"] }),
        new: wave("wave2", { wave2: ["bert", "carla", "dora"] }),
      }),
    ]);
    expect(waves).toMatchObject([
      {
        wave: "wave2",
        added: ["dora@contoso.com"],
        removed: [],
        moved: [{ address: "bert@contoso.com", from: "wave1", to: "wave2" }],
      },
    ]);
  });

  test("a wave on the way back from retire is remembered, and not migrated anew", () => {
    const made = review([
      step("create", "MigrationBatch", "wave1", {
        new: wave("wave1", { wave1: ["anna"] }, { retired: true }),
      }),
    ]);
    expect(made.waves).toMatchObject([
      { verb: "continue", added: [], meaning: [expect.stringMatching(/not made again/)] },
    ]);
    expect(made.summary).not.toContain("added");
  });

  test("waves are in the order that people count in", () => {
    const waves = ["w10", "w2", "w1"].map((name) =>
      step("create", "MigrationBatch", name, { new: wave(name, { [name]: [`a${name}`] }) }),
    );
    expect(review(waves).waves.map((one) => one.wave)).toEqual(["w1", "w2", "w10"]);
  });

  test("who failed is not counted among those that are converted", () => {
    const inputs = wave("wave1", { wave1: ["anna", "bert", "carla"] });
    const made = review([
      step("same", "MigrationBatch", "wave1", {
        old: inputs,
        oldOutputs: { status: "SyncedWithErrors", total: 3, synced: 2, failed: 1 },
        new: inputs,
      }),
      step("create", "MailUserConversion", "c", { new: { wave: "wave1", mailboxes: 3 } }),
    ]);
    expect(made.waves).toMatchObject([{ converts: 2 }]);
    expect(made.waves[0]?.meaning.join()).toContain("1 that failed stays as it is");
  });

  test("the review of route says how many users still work on premises", () => {
    const inputs = wave("wave1", { wave1: ["anna", "bert", "carla"] });
    const stageOf = (stage: string) => ({ domain: "contoso.com", stage, phases: {}, waive: [] });
    const made = reviewOf(
      readPreview(
        preview([
          step("update", "Stage", "stage", { old: stageOf("migrate"), new: stageOf("route") }),
          step("same", "MigrationBatch", "wave1", { old: inputs, new: inputs }),
          step("same", "MailUserConversion", "c", {
            old: { wave: "wave1", mailboxes: 3 },
            oldOutputs: { converted: 1 },
            new: { wave: "wave1", mailboxes: 3 },
          }),
        ]),
      ),
    );
    expect(made.dangers).toEqual([
      expect.stringMatching(/^2 of 3 mailboxes still work on premises \(wave1: 2\)/),
    ]);
  });

  test("a batch that vanished before it was copied is a danger in every review, whatever else changes", () => {
    const wave = { wave: "wave1", domain: "contoso.com", mailboxes: joinNames(["ann", "bob"]) };
    for (const op of ["same", "update"])
      expect(
        review([
          step(op, "MigrationBatch", "wave1", {
            old: wave,
            oldOutputs: { status: "Removed", total: 2, synced: 1, uncopied: 1 },
            new: wave,
          }),
        ]).dangers,
      ).toEqual([expect.stringMatching(/wave1 is gone from Exchange Online, and .* never copied/)]);
  });

  test("a wave over 2,000 mailboxes shows its batches", () => {
    const locals = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `user${from + index}`);
    const { waves } = review([
      step("create", "MigrationBatch", "wave1", {
        new: wave("wave1", { wave1: locals(0, 2000), "wave1-2": locals(2000, 2372) }),
      }),
    ]);
    expect(waves[0]).toMatchObject({
      mailboxes: { after: 2372 },
      batches: [
        { name: "wave1", mailboxes: 2000 },
        { name: "wave1-2", mailboxes: 372 },
      ],
    });
  });

  test("a replaced batch is a danger that says everything is copied anew", () => {
    const made = review([
      step("replace", "MigrationBatch", "wave1", {
        old: wave("wave1", { wave1: ["anna"] }),
        oldOutputs: { status: "Synced", total: 1, synced: 1, failed: 0 },
        new: wave("wave1", { wave1: ["anna"] }),
        reasons: ["endpoint"],
      }),
    ]);
    expect(made.dangers).toEqual([
      expect.stringMatching(/wave1 is replaced \(endpoint\).*from the beginning/),
    ]);
  });

  test("a raised retryFailed says how many are tried again", () => {
    const { waves } = review([
      step("update", "MigrationBatch", "wave1", {
        old: wave("wave1", { wave1: ["anna"] }),
        oldOutputs: { failed: 7 },
        new: wave("wave1", { wave1: ["anna"] }, { retryFailed: 1 }),
      }),
    ]);
    expect(waves[0]?.meaning).toEqual(["7 mailboxes that failed are tried again."]);
  });

  test("another try where nobody failed, and a plan that names nobody any more to be mailed, say so", () => {
    const { waves } = review([
      step("update", "MigrationBatch", "wave1", {
        old: wave("wave1", { wave1: ["anna"] }, { notificationEmails: ["ops@contoso.com"] }),
        oldOutputs: { failed: 0 },
        new: wave("wave1", { wave1: ["anna"] }, { retryFailed: 1 }),
      }),
    ]);
    expect(waves[0]?.meaning).toEqual([
      "Mailboxes that were stopped are started again.",
      "Exchange is asked to mail nobody about the progress any more.",
    ]);
  });
});

describe("drift", () => {
  const urn = "urn:pulumi:test::mailstage::pulumi-nodejs:dynamic/mailstage:MigrationBatch::wave1";
  const refreshed = (before: object, after: object | null, inputs: object = {}) => {
    const type = "pulumi-nodejs:dynamic/mailstage:MigrationBatch";
    const state = (outputs: object) => ({ urn, type, inputs: { wave: "wave1", ...inputs }, outputs });
    const metadata = { urn, type, old: state(before) };
    return [
      { sequence: 0, resourcePreEvent: { metadata: { ...metadata, op: "refresh", new: state(before) } } },
      {
        sequence: 1,
        resOutputsEvent: {
          metadata: { ...metadata, op: after === null ? "delete" : "update", new: after && state(after) },
        },
      },
    ]
      .map((event) => JSON.stringify(event))
      .join("\n");
  };
  const verdict = (text: string) => reviewOf(readPreview(text), { mode: "drift" }).verdict;

  test.each([
    ["more is copied", { status: "Synced", synced: 5 }, "no-change"],
    ["less is copied", { status: "Syncing", synced: 1 }, "changes"],
    ["somebody stopped it", { status: "Stopped", synced: 3 }, "changes"],
    ["it is gone", null, "changes"],
  ])("of a batch: %s", (_name, after, expected) => {
    expect(verdict(refreshed({ status: "Syncing", synced: 3 }, after))).toBe(expected);
  });

  test.each([
    ["what an import leaves out is found", { proxied: false }, "no-change"],
    ["somebody changed the TTL", { ttl: 300 }, "changes"],
    ["somebody put it behind the proxy", { proxied: true }, "changes"],
  ])("of a record at Cloudflare: %s", (_name, found, expected) => {
    const type = "cloudflare:index/dnsRecord:DnsRecord";
    const record = { zoneId: "z", name: "contoso.com", type: "MX", ttl: 3600, content: "mail", priority: 10 };
    const own = { urn: `urn:pulumi:test::mailstage::${type}::mx-1`, type };
    const old = { ...own, inputs: record, outputs: record };
    const now = { ...record, ...found, modifiedOn: "2026-11-26T00:00:00Z" };
    const events = [
      { sequence: 0, resourcePreEvent: { metadata: { ...own, op: "refresh", old, new: old } } },
      {
        sequence: 1,
        resOutputsEvent: {
          metadata: {
            ...own,
            op: "update",
            old,
            new: { ...own, inputs: { ...record, ...found }, outputs: now },
          },
        },
      },
    ];
    expect(verdict(events.map((event) => JSON.stringify(event)).join("\n"))).toBe(expected);
  });

  test.each([
    ["the date of a change", { etag: "2" }, "no-change"],
    ["another address", { aRecords: [{ ipv4Address: "192.0.2.11" }] }, "changes"],
    ["another address beside it", { aaaaRecords: [{ ipv6Address: "2001:db8::1" }] }, "changes"],
  ])("of a record set at Azure: %s", (_name, there, expected) => {
    const type = "azure-native:dns:RecordSet";
    const inputs = {
      zoneName: "contoso.com",
      relativeRecordSetName: "autodiscover",
      recordType: "A",
      ttl: 300,
      aRecords: [{ ipv4Address: "192.0.2.10" }],
    };
    const own = { urn: `urn:pulumi:test::mailstage::${type}::autodiscover-a-1`, type };
    const old = { ...own, inputs, outputs: inputs };
    const now = { ...own, inputs: { ...inputs, ...there }, outputs: { ...inputs, ...there } };
    const events = [
      { sequence: 0, resourcePreEvent: { metadata: { ...own, op: "refresh", old, new: old } } },
      { sequence: 1, resOutputsEvent: { metadata: { ...own, op: "update", old, new: now } } },
    ];
    expect(verdict(events.map((event) => JSON.stringify(event)).join("\n"))).toBe(expected);
  });

  test("what an update once planned for a name at Cloudflare is not drift when another set of the name is", () => {
    const adopted = {
      observed: { zone: "contoso.com" },
      name: "contoso.com",
      type: "MX",
      mode: "exact",
      planned: [
        {
          type: "MX",
          before: { ttl: 86_400, values: ["10 mail.contoso.com"] },
          after: { ttl: 3600, values: ["10 mail.contoso.com"] },
        },
      ],
    };
    const mx = {
      zoneId: "z",
      name: "contoso.com",
      type: "MX",
      ttl: 3600,
      content: "mail.contoso.com",
      priority: 10,
    };
    const proof = { zoneId: "z", name: "contoso.com", type: "TXT", ttl: 3600, content: '"MS=ms1"' };
    const looked = (kind: string, name: string, was: object, is: object | null) => {
      const state = (properties: object) => ({
        urn: `urn:pulumi:test::mailstage::${kind}::${name}`,
        type: kind,
        inputs: properties,
        outputs: properties,
      });
      const metadata = { urn: state(was).urn, type: kind, old: state(was) };
      const op = is === null ? "delete" : "update";
      return [
        { sequence: 0, resourcePreEvent: { metadata: { ...metadata, op: "refresh", new: state(was) } } },
        { sequence: 1, resOutputsEvent: { metadata: { ...metadata, op, new: is && state(is) } } },
      ];
    };
    const native = "cloudflare:index/dnsRecord:DnsRecord";
    const text = (mxNow: object) =>
      [
        ...looked("pulumi-nodejs:dynamic/mailstage:DnsAdoption", "mx", adopted, adopted),
        ...looked(native, "mx-1", mx, mxNow),
        ...looked(native, "txt-1", proof, null),
      ]
        .map((event) => JSON.stringify(event))
        .join("\n");
    const changed = (mxNow: object) =>
      reviewOf(readPreview(text(mxNow)), { mode: "drift" }).zones[0]?.records.map(
        ({ verb, type, before, after }) => [type, verb, before?.ttl, after?.ttl],
      );
    expect(changed(mx)).toEqual([["TXT", "delete", 3600, undefined]]);
    expect(changed({ ...mx, ttl: 300 })).toEqual([
      ["MX", "ttl", 3600, 300],
      ["TXT", "delete", 3600, undefined],
    ]);
  });

  test("a refresh that does not say what it found is refused, not taken for no drift", () => {
    const silent = { steps: [{ op: "refresh", urn }], changeSummary: { same: 3, update: 1 } };
    expect(() => readPreview(JSON.stringify(silent))).toThrow(/does not say which/);
  });
});

describe("a preview that is none", () => {
  test.each(["", "error: no stack selected", "[1]", '{"steps": 3}'])(
    "%j is refused with how to make one",
    (text) => {
      expect(() => readPreview(text)).toThrow(/pulumi preview --json > preview.json/);
    },
  );
});

describe("what is no preview", () => {
  test.each([
    ["an empty object", "{}"],
    ["another document", '{"foo":1}'],
    ["no step", '{"steps":[]}'],
    ["a list", "[]"],
    ["nothing", ""],
  ])("is refused: %s", (_, text) => {
    expect(() => readPreview(text)).toThrow(/is not what pulumi preview --json prints/);
  });

  test("a preview without a step that counts what stays is one", () => {
    expect(readPreview('{"config":{},"duration":1,"changeSummary":{"same":12}}')).toMatchObject({
      steps: [],
    });
  });
});

describe("a preview whose command failed", () => {
  const main = { message: "We failed to locate the entry point for your program\n", severity: "info#err" };

  test("is refused with what was printed, where the engine tells no error: the program was not found", () => {
    const read = readPreview(preview([], [main]));
    expect(reviewOf(read)).toMatchObject({ verdict: "no-change" });
    expect(reviewOf(failedPreview(read))).toMatchObject({
      verdict: "error",
      errors: [{ text: "We failed to locate the entry point for your program" }],
    });
    expect(reviewOf(failedPreview(readPreview(preview([stageStep()])))).errors).toEqual([
      expect.objectContaining({ text: expect.stringContaining("run pulumi preview") }),
    ]);
  });

  test("has the engine's own error and no other, where it tells one", () => {
    const told = readPreview(preview([], [main, { message: "error: no", severity: "error" }]));
    expect(failedPreview(told)).toBe(told);
  });
});
