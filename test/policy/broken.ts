import { joinNames } from "../../src/base/name-list.js";
import type { ResourceKind } from "../../src/state/index.js";
import type { DeclaredResource } from "./preview.js";

/** A resource of ours in the token and names of the real one, whatever its properties. */
export const ours = (
  kind: ResourceKind,
  name: string,
  props: DeclaredResource["props"],
): DeclaredResource => ({
  type: `pulumi-nodejs:dynamic/mailstage:${kind}`,
  name,
  props,
});

/** The MX of the tenant, and the one before the migration. */
export const tenantMx = "0 contoso-com.mail.protection.outlook.com";
export const formerMx = "10 mail.contoso.com";
const digest = { secret: "0".repeat(64) };
/** What every record set of the migration is told. */
export const record = {
  zone: "contoso.com",
  name: "contoso.com",
  server: "127.0.0.1",
  transport: "tcp",
  tenantMx: [tenantMx],
  formerMx: [formerMx],
};

/** A stack of stage `route` in order; what is given replaces the resource of that name, null takes it away. */
export function inOrder(
  changes: Readonly<Record<string, DeclaredResource["props"] | null>> = {},
): DeclaredResource[] {
  const all = [
    ours("Stage", "stage", {
      stage: "route",
      domain: "contoso.com",
      phases: { wave1: "converted", wave2: "started" },
      waive: [],
      retired: [],
    }),
    ours("StageReached", "stage-reached", { stage: "route", furthest: "route" }),
    ours("Gate", "gate-route", {
      stage: "route",
      passedAt: "2026-11-26T02:26:02.032Z",
      facts: ["batches-synced: 8 mailboxes are synced"],
      met: ["stacks-applied", "domain-verified", "batches-synced", "mx-ttl-expired"],
      waived: [],
    }),
    ours("DnsBaseline", "dns-baseline", {
      domain: "contoso.com",
      mx: { ttl: 86_400, values: [formerMx] },
    }),
    ours("Domain", "domain", { domain: "contoso.com" }),
    ours("DomainVerification", "domain-verification", { domain: "contoso.com", mx: [tenantMx] }),
    ours("MigrationEndpoint", "endpoint", { name: "mailstage", passwordDigest: digest }),
    ours("MigrationBatch", "wave1", {
      wave: "wave1",
      domain: "contoso.com",
      endpoint: "mailstage",
      started: true,
      mailboxes: joinNames(["pilarp", "tobyn"]),
      digest,
      status: "Synced",
      synced: 2,
      total: 2,
    }),
    ours("LicenseAssignment", "wave1-licenses", { wave: "wave1", mailboxes: 2, licensed: 2, digest }),
    ours("MailUserConversion", "wave1-conversion", { wave: "wave1", mailboxes: 2, digest }),
    ours("MigrationBatch", "wave2", {
      wave: "wave2",
      domain: "contoso.com",
      endpoint: "mailstage",
      started: true,
      mailboxes: joinNames(["anna"]),
      digest,
    }),
    ours("DnsRecordSet", "mx", {
      ...record,
      type: "MX",
      mode: "exact",
      ttl: 3600,
      values: [tenantMx],
      seen: { ttl: 3600, values: [formerMx] },
      onDelete: "leave",
    }),
  ];
  return all.flatMap((resource) => {
    const change = changes[resource.name];
    if (change === null) return [];
    return [change === undefined ? resource : { ...resource, props: { ...resource.props, ...change } }];
  });
}

/** A password of the environment that a resource of `brokenStack` carries in clear. */
export const plantedSecret = "Pl4nted-P4ssw0rd!";

const rows = (count: number) => Array.from({ length: count }, (_, index) => `user${index}`);

/** Every rule broken at once, at every DNS host. */
export const brokenStack: readonly DeclaredResource[] = [
  ...inOrder({
    "gate-route": null,
    domain: { domain: "fabrikam.com" },
    endpoint: { passwordDigest: "0".repeat(64) },
    mx: {
      ttl: 7200,
      values: [tenantMx, "5 elsewhere.example"],
      seen: { ttl: 86_400, values: [formerMx] },
      onDelete: "restore",
    },
    wave1: { status: "Syncing", synced: 2, total: 1501, mailboxes: joinNames(rows(1501)) },
    "wave1-licenses": { licensed: 1 },
    "wave1-conversion": { convert: ["pilarp@contoso.com"] },
    wave2: null,
  }),
  ours("DnsRecordSet", "apex-text", {
    ...record,
    type: "TXT",
    mode: "exact",
    values: ["MS=ms30846482"],
    seen: { ttl: 3600, values: ["v=spf1 mx -all"] },
    onDelete: "remove",
  }),
  ours("DnsManual", "later", { name: "contoso.com", type: "MX", mode: "exact", values: { unknown: true } }),
  ours("DnsManual", "nowhere", { name: "contoso.com", type: "MX", mode: "exact", values: [] }),
  {
    type: "cloudflare:index/dnsRecord:DnsRecord",
    name: "cloudflare",
    props: {
      zoneId: "0",
      name: "contoso.com",
      type: "MX",
      ttl: 7200,
      content: "mx.cloudflare.example",
      priority: 5,
    },
  },
  {
    type: "azure-native:dns:RecordSet",
    name: "azure",
    props: {
      resourceGroupName: "dns",
      zoneName: "contoso.com",
      relativeRecordSetName: "@",
      recordType: "MX",
      ttl: 7200,
      mxRecords: [{ preference: 5, exchange: "mx.azure.example." }],
    },
  },
  {
    type: "pulumi-nodejs:dynamic:Resource",
    name: "leak",
    props: {
      password: "hunter2",
      token: { secret: "hidden" },
      note: `it is ${plantedSecret}`,
      list: [{ pem: "-----BEGIN PRIVATE KEY-----" }],
    },
  },
];

/** What the pack says of `brokenStack`, sorted. */
export const whatItBreaks: readonly RegExp[] = [
  /^batch-deleted-after-sync mandatory: .*batch wave2: would be deleted at stage route/,
  /^batch-rows mandatory: .*batch wave1: has 1,501 mailboxes, more than 1,500/,
  /^conversion-after-sync mandatory: .*conversion of wave1: 1 of its 2 copied users has no licence yet/,
  /^conversion-after-sync mandatory: .*conversion of wave1: its migration batch is Syncing, with 2 of 1,501/,
  /^conversion-forced advisory: .*conversion of wave1: takes 1 user .*pilarp@contoso\.com/,
  /^mx-known-hosts mandatory: .*points at 5 elsewhere\.example, which is neither the tenant's/,
  /^mx-known-hosts mandatory: .*points at 5 mx\.azure\.example,/,
  /^mx-known-hosts mandatory: .*points at 5 mx\.cloudflare\.example,/,
  /^mx-known-in-preview advisory: .*known only during the update/,
  /^mx-switch-prepared mandatory: .*has a TTL of 7200 s at stage route/,
  /^mx-switch-prepared mandatory: .*has a TTL of 7200 s at stage route/,
  /^mx-switch-prepared mandatory: .*has a TTL of 7200 s at stage route/,
  /^mx-switch-prepared mandatory: .*points at the tenant although the way into stage route was not passed/,
  /^mx-ttl-lowered mandatory: .*servers elsewhere keep the old one for 86400 s/,
  /^records-guarded mandatory: .*MX contoso\.com: names no server that takes mail/,
  /^records-guarded mandatory: .*taken back from the tenant .*onDelete: restore/,
  /^records-guarded mandatory: .*TXT contoso\.com: would lose 1 of 1 value,/,
  /^secrets-hidden mandatory: .*endpoint: passwordDigest is a digest of secrets in clear/,
  /^secrets-hidden mandatory: .*leak: list\.0\.pem is a secret by its form/,
  /^secrets-hidden mandatory: .*leak: note holds the value of MAILSTAGE_DIRECTORY_PASSWORD in clear/,
  /^secrets-hidden mandatory: .*leak: password is a secret by its name/,
  /^stage-keeps-what-it-needs mandatory: .*domain fabrikam\.com: takes the place of contoso\.com/,
];
