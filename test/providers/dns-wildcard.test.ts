import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import { dnsBaselineProvider } from "../../providers/dns-baseline.js";
import { dnsManualProvider } from "../../providers/dns-manual.js";
import { dnsRecordSetProvider } from "../../providers/dns-record-set.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { planHosted } from "../../src/dns/hosts/index.js";
import { query, type RecordSet, type RecordType, wildcardOver } from "../../src/dns/index.js";
import { currentRun } from "../../src/plan/run.js";

const zone = "contoso.test";
const domain = `sales.${zone}`;
const autodiscover = `autodiscover.${domain}`;
const key = { name: "mailstage", algorithm: "hmac-sha256" } as const;
const secret = Buffer.from("a secret of the lab").toString("base64");
const spf = "v=spf1 mx -all";
const records: RecordSet[] = [
  { name: `*.${zone}`, type: "MX", ttl: 86_400, values: ["10 mail.contoso.test"] },
  { name: `*.${zone}`, type: "TXT", ttl: 3600, values: [spf] },
  { name: `*.${zone}`, type: "A", ttl: 3600, values: ["192.0.2.7"] },
];

let dns: LabDns;
const project = mkdtempSync(join(tmpdir(), "mailstage-wildcard-"));
afterAll(() => rmSync(project, { recursive: true }));
beforeEach(async () => {
  process.env["MAILSTAGE_TSIG_SECRET"] = secret;
  process.env["MAILSTAGE_PROJECT_ROOT"] = mkdtempSync(join(project, "one-"));
  dns = await startDnsServer({ zones: [{ name: zone, records }], keys: [{ ...key, secret }] });
});
afterEach(() => dns.close());

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the handler has no such method or gave no answer");
  return value;
}
const answers = async (name: string, types: readonly RecordType[] = ["MX", "TXT", "A", "CNAME"]) =>
  Promise.all(
    types.map(async (type) =>
      (await query(dns, name, type)).records.map(({ value }) => `${type} ${value}`).sort(),
    ),
  ).then((all) => all.flat());
const rfc2136 = (more: object) => ({
  server: dns.hostPort,
  zone,
  key,
  transport: "tcp",
  name: domain,
  type: "TXT",
  values: ["MS=ms1"],
  mode: "merge",
  onDelete: "remove",
  ...more,
});
const reasons = (failures: readonly { readonly reason: string }[] | undefined) =>
  (failures ?? []).map(({ reason }) => unwrapped(reason)).join("\n");

describe("a domain that lives by a wildcard of its zone", () => {
  test("keeps its mail and every other answer when the proof makes its name exist, and on the way back", async () => {
    const [below, other] = [await answers(`x.${domain}`), await answers(`other.${zone}`)];
    const { inputs } = await must(dnsRecordSetProvider.check)({}, rfc2136({}));
    expect(must(inputs).beside).toEqual(
      expect.arrayContaining([
        { name: domain, type: "MX", ttl: 86_400, values: ["10 mail.contoso.test"] },
        { name: `*.${domain}`, type: "MX", ttl: 86_400, values: ["10 mail.contoso.test"] },
        { name: `*.${domain}`, type: "TXT", ttl: 3600, values: [spf] },
      ]),
    );
    const { id, outs } = await must(dnsRecordSetProvider.create)(inputs);
    expect(await answers(domain)).toEqual([
      "MX 10 mail.contoso.test",
      "TXT MS=ms1",
      `TXT ${spf}`,
      "A 192.0.2.7",
    ]);
    expect([await answers(`x.${domain}`), await answers(`other.${zone}`)]).toEqual([below, other]);

    await must(dnsRecordSetProvider.delete)(id, outs);
    expect(await answers(domain)).toEqual(["MX 10 mail.contoso.test", `TXT ${spf}`, "A 192.0.2.7"]);
  });

  test("keeps SPF when the TTL of its MX is lowered", async () => {
    const mx = {
      type: "MX",
      values: ["10 mail.contoso.test"],
      ttl: 3600,
      mode: "exact",
      onDelete: "restore",
    };
    const { inputs } = await must(dnsRecordSetProvider.check)({}, rfc2136(mx));
    await must(dnsRecordSetProvider.create)(inputs);
    expect(await answers(domain)).toEqual(["MX 10 mail.contoso.test", `TXT ${spf}`, "A 192.0.2.7"]);
    expect(dns.recordSet(domain, "MX")?.ttl).toBe(3600);
  });

  test("keeps them when autodiscover below it is switched, and has all of autodiscover's back afterwards", async () => {
    const names = [domain, autodiscover, `x.${autodiscover}`, `x.${domain}`];
    const all = async () =>
      Object.fromEntries(await Promise.all(names.map(async (name) => [name, await answers(name)])));
    const before = await all();
    const cname = {
      name: autodiscover,
      type: "CNAME",
      values: ["autodiscover.outlook.com"],
      ttl: 3600,
      mode: "exact",
      onDelete: "restore",
    };
    const { inputs } = await must(dnsRecordSetProvider.check)({}, rfc2136(cname));
    const { id, outs } = await must(dnsRecordSetProvider.create)(inputs);
    expect(await all()).toEqual({ ...before, [autodiscover]: ["CNAME autodiscover.outlook.com"] });
    currentRun().of("contoso.com").apply({ waive: [] });
    await must(dnsRecordSetProvider.delete)(id, outs);
    expect(await all()).toEqual(before);
  });

  test("is refused by hand where not all of it can be set beside, and told what to set else", async () => {
    const observed = { zone, nameServers: [dns.hostPort], resolvers: [] };
    const proof = { observed, name: domain, type: "TXT", values: ["MS=ms1"], mode: "merge" };
    expect((await must(dnsManualProvider.check)({}, proof)).failures).toEqual([]);
    for (const { type } of records) dns.setRecordSet({ name: `*.${zone}`, type, ttl: 60, values: [] });
    dns.setRecordSet({ name: `*.${zone}`, type: "CNAME", ttl: 60, values: ["www.contoso.test"] });
    const { failures } = await must(dnsManualProvider.check)({}, proof);
    expect(reasons(failures)).toMatch(
      /wildcard \*\.contoso\.test then answers for it no more.*CNAME sales\.contoso\.test "www.*by hand first, at sales\.contoso\.test and \*\.sales/,
    );
  });

  test.each(["value", "set"] as const)("is refused at a host that keeps each %s", async (granularity) => {
    const cover = await wildcardOver({ zone, name: domain, nameServers: [dns.hostPort] });
    const bare = { records: [], otherTypes: [] };
    const proof = { name: domain, type: "TXT", mode: "merge", values: ["MS=ms1"] } as const;
    const { refused } = planHosted(bare, proof, { zone, granularity, previous: undefined, cover });
    expect(refused.map(({ code }) => code)).toEqual(["dns-wildcard-hidden"]);
    expect(refused[0]?.reason).toMatch(/TXT sales\.contoso\.test "v=spf1 mx -all".*MX sales.*MX \*\.sales/);
    const cname = { name: `y.${zone}`, type: "CNAME", mode: "exact", values: ["o.com"] } as const;
    const under = await wildcardOver({ zone, name: cname.name, nameServers: [dns.hostPort] });
    const service = planHosted(bare, cname, { zone, granularity, previous: undefined, cover: under });
    expect([service.refused, service.warnings.map(({ code }) => code)]).toEqual([
      [],
      ["dns-wildcard-hidden"],
    ]);
  });
});

describe("the TSIG secret", () => {
  test("is not needed by a preview, and is by an update", async () => {
    delete process.env["MAILSTAGE_TSIG_SECRET"];
    const checked = await must(dnsRecordSetProvider.check)({}, rfc2136({}));
    expect(checked.failures).toEqual([]);
    await expect(must(dnsRecordSetProvider.create)(checked.inputs)).rejects.toThrow(/MAILSTAGE_TSIG_SECRET/);
  });

  test("is told in the preview where it is wrong", async () => {
    process.env["MAILSTAGE_TSIG_SECRET"] = Buffer.from("another").toString("base64");
    const { failures } = await must(dnsRecordSetProvider.check)({}, rfc2136({}));
    expect(reasons(failures)).toMatch(/rejects the signature made with the TSIG key mailstage/);
  });
});

test("a domain whose MX says that it takes no mail is not prepared", async () => {
  dns.setRecordSet({ name: domain, type: "MX", ttl: 3600, values: ["0 ."] });
  const observed = { zone, nameServers: [dns.hostPort], resolvers: [] };
  const { failures } = await must(dnsBaselineProvider.check)({}, { domain, observed, host: "manual" });
  expect(reasons(failures)).toMatch(/0 \. says that the domain takes no mail \(RFC 7505\)/);
});

describe("two SPF policies that were there before", () => {
  beforeEach(() =>
    dns.setRecordSet({
      name: domain,
      type: "TXT",
      ttl: 60,
      values: [spf, "v=spf1 include:_spf.fabrikam.com ~all"],
    }),
  );

  test("do not keep the proof out", async () => {
    const { inputs, failures } = await must(dnsRecordSetProvider.check)({}, rfc2136({}));
    expect(failures).toEqual([]);
    await must(dnsRecordSetProvider.create)(inputs);
    expect(await answers(domain, ["TXT"])).toContain("TXT MS=ms1");
  });

  test("refuse the tenant's senders in preview", async () => {
    const values = ["MS=ms1", "v=spf1 include:spf.protection.outlook.com -all"];
    const { failures } = await must(dnsRecordSetProvider.check)({}, rfc2136({ values }));
    expect(reasons(failures)).toMatch(/2 SPF policies.*Join them/);
  });
});
