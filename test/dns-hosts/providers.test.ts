import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import { dnsBaselineProvider } from "../../providers/dns-baseline.js";
import { dnsManualProvider, returning } from "../../providers/dns-manual.js";
import { dnsRecordSetProvider } from "../../providers/dns-record-set.js";
import { describeChange, type RecordSet } from "../../src/dns/index.js";
import { currentRun } from "../../src/plan/run.js";
import { dnsManualContract } from "../../src/state/dns-manual.js";

const zone = "contoso.com";
const autodiscover = `autodiscover.${zone}`;
const key = { name: "mailstage", algorithm: "hmac-sha256" } as const;
const secret = Buffer.from("a secret of the lab").toString("base64");

let dns: LabDns;
const project = mkdtempSync(join(tmpdir(), "mailstage-dns-"));
afterAll(() => rmSync(project, { recursive: true }));
beforeEach(async () => {
  process.env["MAILSTAGE_TSIG_SECRET"] = secret;
  process.env["MAILSTAGE_PROJECT_ROOT"] = project;
  const records: RecordSet[] = [
    { name: zone, type: "MX", ttl: 86_400, values: ["10 mail.contoso.com"] },
    { name: autodiscover, type: "A", ttl: 300, values: ["192.0.2.1"] },
  ];
  dns = await startDnsServer({ zones: [{ name: zone, records }], keys: [{ ...key, secret }] });
});
afterEach(() => dns.close());

/** What a handler answers, with the parts it must have. */
function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the handler has no such method or gave no answer");
  return value;
}

/** Autodiscover as `complete` asks for it. */
const cname = {
  name: autodiscover,
  type: "CNAME",
  ttl: 3600,
  values: ["autodiscover.outlook.com"],
  mode: "exact",
  onDelete: "restore",
};

describe("a CNAME over addresses, by RFC 2136", () => {
  const wanted = () => ({ server: dns.hostPort, zone, key, transport: "tcp", ...cname });

  test("they change places in one update, and back", async () => {
    const checked = await must(dnsRecordSetProvider.check)({}, wanted());
    expect(must(checked.inputs)).toMatchObject({
      displaced: [{ type: "A", values: ["192.0.2.1"], ttl: 300 }],
    });
    const { id, outs } = await must(dnsRecordSetProvider.create)(checked.inputs);
    expect(dns.requests.updates).toBe(1);
    expect(dns.recordSet(autodiscover, "CNAME")?.values).toEqual(["autodiscover.outlook.com"]);
    expect(dns.recordSet(autodiscover, "A")).toBeUndefined();
    // `pulumi destroy` takes nothing back; a plan that no longer asks for it does.
    await must(dnsRecordSetProvider.delete)(id, outs);
    expect(dns.recordSet(autodiscover, "CNAME")).toBeDefined();
    currentRun().of("contoso.com").apply({ waive: [] });
    await must(dnsRecordSetProvider.delete)(id, outs);
    expect(dns.requests.updates).toBe(2);
    expect(dns.recordSet(autodiscover, "A")).toMatchObject({ ttl: 300, values: ["192.0.2.1"] });
    expect(dns.recordSet(autodiscover, "CNAME")).toBeUndefined();
  });

  test("what was changed since the preview is not overwritten", async () => {
    const { inputs } = await must(dnsRecordSetProvider.check)({}, wanted());
    dns.setRecordSet({ name: autodiscover, type: "A", ttl: 300, values: ["192.0.2.99"] });
    await expect(must(dnsRecordSetProvider.create)(inputs)).rejects.toThrow(/preview was made from/);
    expect(dns.recordSet(autodiscover, "A")?.values).toEqual(["192.0.2.99"]);
  });

  test("a run killed after its update leaves to the next one what stood there, and what is ours", async () => {
    const first = await must(dnsRecordSetProvider.check)({}, wanted());
    await must(dnsRecordSetProvider.create)(first.inputs);
    const again = await must(dnsRecordSetProvider.check)({}, wanted());
    expect(must(again.inputs)).toMatchObject({
      former: null,
      displaced: [{ type: "A", values: ["192.0.2.1"], ttl: 300 }],
    });
    const proof = {
      ...wanted(),
      name: zone,
      type: "MX",
      mode: "merge",
      values: ["32767 ms1.msv1.invalid"],
    };
    const before = await must(dnsRecordSetProvider.check)({}, proof);
    await must(dnsRecordSetProvider.create)(before.inputs);
    const after = await must(dnsRecordSetProvider.check)({}, proof);
    expect(must(after.inputs)).toMatchObject({ former: { ttl: 86_400, values: ["10 mail.contoso.com"] } });
    const { outs } = await must(dnsRecordSetProvider.create)(after.inputs);
    expect(outs).toMatchObject({ owned: ["32767 ms1.msv1.invalid"] });
    expect(dns.requests.updates).toBe(2);
  });
});

test("a zone at Cloudflare is refused while the plan says RFC 2136", async () => {
  dns.setRecordSet({
    name: zone,
    type: "NS",
    ttl: 300,
    values: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
  });
  const observed = { zone, nameServers: [dns.hostPort] };
  const { failures } = await must(dnsBaselineProvider.check)({}, { domain: zone, observed, host: "rfc2136" });
  expect(failures?.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/Set dns.host to cloudflare/),
  ]);
});

test("by hand: believed only when the authoritative server answers it", async () => {
  const observed = { zone, nameServers: [dns.hostPort], resolvers: [] };
  const values = ["10 mail.contoso.com"];
  const { inputs } = await must(dnsManualProvider.check)(
    {},
    { observed, name: zone, type: "MX", ttl: 3600, values, mode: "exact", onDelete: "restore" },
  );
  const { id, outs } = await must(dnsManualProvider.create)(inputs);
  expect(outs.waiting).toEqual([expect.stringContaining("TTL 86400 s")]);
  expect((await must(dnsManualProvider.diff)(id, outs, inputs)).changes).toBe(false);
  dns.setRecordSet({ name: zone, type: "MX", ttl: 3600, values });
  expect((await must(dnsManualProvider.diff)(id, outs, inputs)).changes).toBe(true);
  expect((await must(dnsManualProvider.update)(id, outs, inputs)).outs.waiting).toEqual([]);
});

describe("by hand, on the way back", () => {
  const observed = () => ({ zone, nameServers: [dns.hostPort], resolvers: [] });
  const asked = async (request: object) =>
    dnsManualContract.inputs.parse(
      must((await must(dnsManualProvider.check)({}, { observed: observed(), ...request })).inputs),
    );
  const told = async (inputs: Parameters<typeof returning>[0], planned = true) =>
    (await returning(inputs, planned)).flatMap(describeChange);
  const publish = (type: RecordSet["type"], ttl: number, ...values: string[]) =>
    dns.setRecordSet({ name: autodiscover, type, ttl, values });
  const addresses = "+ A autodiscover.contoso.com 192.0.2.1 ttl=300";

  test("the addresses that made room are asked for again, and by a destroy nothing is", async () => {
    const inputs = await asked(cname);
    publish("A", 300);
    publish("CNAME", 3600, "autodiscover.outlook.com");
    expect(await told(inputs)).toEqual([
      "- CNAME autodiscover.contoso.com autodiscover.outlook.com",
      addresses,
    ]);
    expect(await told(inputs, false)).toEqual([]);
  });

  test("they are asked for also where the CNAME was never set, and not where they still stand", async () => {
    const inputs = await asked(cname);
    expect(await told(inputs)).toEqual([]);
    publish("A", 300);
    expect(await told(inputs)).toEqual([addresses]);
  });

  test("what somebody else has set since stays", async () => {
    const inputs = await asked(cname);
    publish("A", 300);
    publish("CNAME", 3600, "autodiscover.hoster.example");
    expect(await told(inputs)).toEqual([]);
  });

  test("a destroy asks for our proof to go, and not for the senders that are still used", async () => {
    const values = ["MS=ms1", "v=spf1 include:spf.protection.outlook.com -all"];
    const text = { name: zone, type: "TXT", values, mode: "merge", onDelete: "remove" };
    dns.setRecordSet({ name: zone, type: "TXT", ttl: 300, values: ["v=spf1 mx -all"] });
    const inputs = await asked(text);
    const merged = "v=spf1 mx include:spf.protection.outlook.com -all";
    dns.setRecordSet({ name: zone, type: "TXT", ttl: 300, values: ["MS=ms1", merged] });
    expect(await told(inputs, false)).toEqual([`- TXT ${zone} MS=ms1`, `= TXT ${zone} ${merged}`]);
    expect(await told(inputs)).toContain(`- TXT ${zone} ${merged}`);
  });
});
