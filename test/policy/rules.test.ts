import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RecordSet } from "@pulumi/azure-native/dns/recordSet.js";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { keepInputs } from "../../policy/inputs.js";
import { rules } from "../../policy/rules/index.js";
import * as registry from "../../providers/index.js";
import { joinNames } from "../../src/base/name-list.js";
import { azureRecordSet } from "../../src/dns/hosts/azure/native.js";
import { cloudflareRecord } from "../../src/dns/hosts/cloudflare/native.js";
import { contracts } from "../../src/state/index.js";
import { ask } from "./ask.js";
import {
  brokenStack,
  formerMx,
  inOrder,
  ours,
  plantedSecret,
  record,
  tenantMx,
  whatItBreaks,
} from "./broken.js";
import { policyPreview } from "./preview.js";

describe("the pack in the real engine", () => {
  test("a stack that breaks every rule is refused: each is named, no secret is", async () => {
    const { code, violations } = await policyPreview(brokenStack, {
      config: { "batch-rows": { maxRows: 1500 } },
      environment: { MAILSTAGE_DIRECTORY_PASSWORD: plantedSecret },
    });
    expect(code).toBe(1);
    expect(violations).toEqual(whatItBreaks.map((expected) => expect.stringMatching(expected)));
    expect(violations.join()).not.toContain(plantedSecret);
    const fired = new Set(violations.map((line) => line.split(" ")[0]));
    expect([...fired].sort()).toEqual(rules.map(({ name }) => name).sort());
  }, 60_000);
});

describe("what the rules leave alone", () => {
  test("a stack in order keeps every rule, one that is no migration is not judged", () => {
    expect(ask(inOrder())).toEqual([]);
    expect(
      ask([ours("DnsRecordSet", "mx", { ...record, type: "MX", ttl: 86_400, values: ["1 a.example"] })]),
    ).toEqual([]);
  });

  test("the apex of another zone at Cloudflare, which a program of one's own keeps beside the migration", () => {
    const host = { kind: "cloudflare", zoneId: "1" };
    const adoption = ours("DnsAdoption", "mx-adoption", { host, name: "contoso.com", type: "MX" });
    const elsewhere = (zoneId: string) => ({
      type: cloudflareRecord,
      name: "elsewhere",
      props: { zoneId, name: "@", type: "MX", ttl: 3600, content: "mx.elsewhere.example", priority: 5 },
    });
    expect(ask([...inOrder(), adoption, elsewhere("2")])).toEqual([]);
    expect(ask([...inOrder(), adoption, elsewhere("1")])).toEqual([
      expect.stringMatching(/^mx-known-hosts: points at 5 mx\.elsewhere\.example/),
    ]);
  });

  test("a waiver of the plan is a waiver for the pack", () => {
    const early = { "gate-route": { met: ["domain-verified", "batches-synced"] } };
    expect(ask(inOrder(early))).toEqual([
      "mx-switch-prepared: points at the tenant although its lowered TTL was never observed",
    ]);
    const waive = [{ gate: "mx-ttl-expired", reason: "CHG-4711: few senders" }];
    expect(ask(inOrder({ ...early, stage: { waive } }))).toEqual([]);
  });

  test("a wave with a failed mailbox may be converted, and the list of a refused one is no batch", () => {
    const failed = {
      wave1: { status: "SyncedWithErrors", synced: 1, total: 2, failed: 1 },
      "wave1-licenses": { licensed: 1, waiting: 1, mailboxes: 2 },
    };
    expect(ask(inOrder(failed))).toEqual([]);
    expect(ask(inOrder({ ...failed, "wave1-licenses": { licensed: 0, waiting: 1, mailboxes: 2 } }))).toEqual([
      "conversion-after-sync: 1 of its 1 copied user has no licence yet",
    ]);
    const many = joinNames(Array.from({ length: 2300 }, (_, index) => `user${index}`));
    expect(ask(inOrder({ wave2: { mailboxes: many } }))).toEqual([]);
  });

  test("a wave is converted when it is synced and licensed, or later rows set it back", () => {
    const syncing = { wave1: { status: "Syncing", synced: 1 } };
    expect(ask(inOrder(syncing))).toEqual([
      "conversion-after-sync: its migration batch is Syncing, with 1 of 2 mailboxes synced",
    ]);
    expect(ask(inOrder({ ...syncing, "wave1-conversion": { converted: 1, waiting: 1 } }))).toEqual([]);
    // The update moves the batch on: its state is not shown, and the provider asks the service.
    expect(ask(inOrder({ wave1: { status: undefined, synced: undefined } }))).toEqual([]);
    expect(ask(inOrder({ wave1: { started: false }, "wave1-licenses": null }))).toEqual([
      "conversion-after-sync: its migration batch is not started",
    ]);
  });

  test("a batch that vanished before it was copied breaks the rule, however long the conversion runs", () => {
    const gone = { wave1: { status: "Removed", synced: 1, uncopied: 1 } };
    const broken = [
      "conversion-after-sync: its migration batch is gone from Exchange Online, and 1 mailbox of it never seen Synced",
    ];
    expect(ask(inOrder(gone))).toEqual(broken);
    expect(ask(inOrder({ ...gone, "wave1-conversion": { converted: 1, waiting: 1 } }))).toEqual(broken);
    expect(ask(inOrder({ wave1: { status: "Removed", synced: 2, uncopied: 0 } }))).toEqual([]);
  });

  test("batches go at retire when they were found synced, and at no other stage", () => {
    const gone = { wave1: null, wave2: null, "wave1-conversion": { converted: 2 } };
    const retire = {
      stage: { stage: "retire" },
      "stage-reached": { stage: "retire", furthest: "retire" },
    };
    const gate = (props: object) =>
      ours("Gate", "gate-retire", { stage: "retire", passedAt: "2026-11-30T04:26:41.009Z", ...props });
    expect(ask([...inOrder({ ...gone, ...retire }), gate({ met: ["batches-synced"] })])).toEqual([]);
    expect(
      ask([...inOrder({ ...gone, ...retire }), gate({ met: [], waived: ["batches-synced: given up"] })]),
    ).toEqual([]);
    expect(ask([...inOrder({ ...gone, ...retire }), gate({ met: ["mailboxes-converted"] })])).toEqual([
      expect.stringMatching(
        /^batch-deleted-after-sync: are deleted although their mailboxes were not found synced/,
      ),
    ]);
    expect(ask(inOrder({ ...gone, ...retire }))).toEqual([
      expect.stringMatching(/^batch-deleted-after-sync: .*the way into stage retire was not passed/),
    ]);
  });

  test("what a stage needs is missed when it is not declared", () => {
    const missed = ask(inOrder({ domain: null, "dns-baseline": null, endpoint: null, mx: null }));
    expect(missed).toEqual(
      ["MX", "MX", "domain", "migration endpoint"].map(() =>
        expect.stringMatching(/^stage-keeps-what-it-needs: is not declared at stage route/),
      ),
    );
    expect(ask(inOrder({ wave1: { endpoint: "other" }, wave2: { domain: "fabrikam.com" } }))).toEqual([
      "stage-keeps-what-it-needs: is of fabrikam.com, and this stack migrates contoso.com",
      "stage-keeps-what-it-needs: uses endpoint other, which is not declared",
    ]);
  });

  test("a wave stack of a split plan declares its waves alone", () => {
    const alone = ["gate-route", "dns-baseline", "domain", "domain-verification", "endpoint", "mx"];
    const waves = inOrder(Object.fromEntries(alone.map((name) => [name, null])));
    expect(ask(waves)).toEqual([]);
    expect(ask(waves.filter(({ name }) => name !== "wave2"))).toEqual([
      expect.stringMatching(/^batch-deleted-after-sync: would be deleted at stage route/),
    ]);
  });

  test("before the switch an MX is restored or left, never removed; its proof may stand alone at Cloudflare only", () => {
    const before = {
      stage: { stage: "verify", phases: {} },
      "stage-reached": { stage: "verify", furthest: "verify" },
      mx: { values: [formerMx], onDelete: "remove" },
    };
    expect(ask(inOrder(before))).toEqual([
      "records-guarded: would be deleted with its resource (onDelete: remove), and mail with it",
    ]);
    const proof = {
      zoneId: "0",
      name: "contoso.com",
      type: "MX",
      ttl: 1,
      content: "ms1.msv1.invalid",
      priority: 32_767,
    };
    const cloudflare = { type: cloudflareRecord, name: "mx-2", props: proof };
    expect(
      ask([...inOrder({ ...before, mx: { values: [formerMx], onDelete: "restore" } }), cloudflare]),
    ).toEqual([]);
    expect(ask(inOrder({ mx: { values: ["32767 ms1.msv1.invalid"] } }))).toEqual([
      "records-guarded: names no server that takes mail",
    ]);
    expect(ask(inOrder({ mx: { values: ["5 ms1.msv1.invalid"] } }))).toEqual([
      expect.stringContaining("mx-known-hosts: points at 5 ms1.msv1.invalid"),
      "records-guarded: names no server that takes mail",
    ]);
  });

  test.each([
    ["by its outputs", { name: "@", type: "Microsoft.Network/dnszones/MX", fqdn: "contoso.com." }],
    ["by what it was declared with, where a preview has no outputs", {}],
  ])("an MX at Azure is judged %s", (_name, answered) => {
    const atAzure = (exchange: string, ttl: number) => {
      const mxRecords = [{ preference: 0, exchange }];
      const place = { zoneName: "contoso.com", relativeRecordSetName: "@", recordType: "MX" };
      const urn = `urn:pulumi:test::mailstage::${azureRecordSet}::mx-mx-1`;
      const resource = { urn, type: azureRecordSet, kind: undefined, name: "mx-mx-1", unknown: false };
      if (!("fqdn" in answered)) keepInputs({ ...resource, props: { ...place, ttl, mxRecords } });
      const outputs = { type: azureRecordSet, name: "mx-mx-1", props: { ...answered, ttl, mxRecords } };
      return ask([...inOrder({ mx: null }), outputs]);
    };
    expect(atAzure("contoso-com.mail.protection.outlook.com.", 3600)).toEqual([]);
    expect(atAzure("mail.elsewhere.example", 86_400)).toEqual([
      "mx-known-hosts: points at 0 mail.elsewhere.example, which is neither the tenant's (0 contoso-com.mail.protection.outlook.com) nor from before the migration (10 mail.contoso.com)",
      "mx-switch-prepared: has a TTL of 86400 s at stage route",
    ]);
  });

  test("an MX that was the tenant's before the migration is no switch", () => {
    const stays = { "gate-route": null, "dns-baseline": { mx: { ttl: 300, values: [tenantMx] } } };
    expect(ask(inOrder({ ...stays, mx: { formerMx: [tenantMx] } }))).toEqual([]);
  });
});

describe("the pack's names", () => {
  test("every type token is one of the registry, or of the host's own provider", () => {
    // A rule with a wrong token never fires.
    expect(Object.keys(registry).sort()).toEqual(Object.keys(contracts).sort());
    expect(DnsRecord.isInstance({ __pulumiType: cloudflareRecord })).toBe(true);
    expect(RecordSet.isInstance({ __pulumiType: azureRecordSet })).toBe(true);
  });

  test("the pack has mailstage's version, and every rule is documented", () => {
    const read = (path: string) => readFileSync(join(__dirname, "../..", path), "utf8");
    const { version } = JSON.parse(read("package.json"));
    expect(JSON.parse(read("policy/pack/package.json")).version).toBe(version);
    expect(read("policy/pack/PulumiPolicy.yaml")).toContain(`version: ${version}\n`);
    for (const { name } of rules) expect(read("docs/policy.md")).toContain(`| \`${name}\` |`);
  });
});
