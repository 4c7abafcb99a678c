import * as pulumi from "@pulumi/pulumi";
import type { NativeRecord } from "../../stacks/dns/native-record.js";

/** What each host's own resources are declared with; the engine is not needed for that. */
const declared: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      declared.push(args);
      return { id: args.id ?? args.name, state: args.inputs };
    },
    call: (args) => args.inputs,
  });
});
beforeEach(() => {
  declared.length = 0;
});

const settled = () => new Promise((done) => setTimeout(done, 50));
const native = (
  record: Partial<NativeRecord["record"]> & Pick<NativeRecord["record"], "type" | "values">,
): NativeRecord => ({
  resource: "one",
  zone: "contoso.com",
  name: "contoso.com",
  record: { slot: 1, ttl: 3600, spelling: {}, ...record },
});

describe("cloudflare.DnsRecord", () => {
  const declare = async (record: NativeRecord) => {
    const { cloudflareRecord } = await import("../../stacks/dns/cloudflare.js");
    cloudflareRecord("zone1")(record, {});
    await settled();
    return declared.map(({ type, inputs }) => ({ type, ...inputs }));
  };

  test.each([
    [
      { type: "MX", values: ["10 mail.contoso.com"] },
      { content: "mail.contoso.com", priority: 10 },
    ],
    [{ type: "TXT", values: ['say "hi"'] }, { content: '"say \\"hi\\""' }],
    [{ type: "TXT", values: ["x".repeat(300)] }, { content: `"${"x".repeat(255)}" "${"x".repeat(45)}"` }],
    [{ type: "CNAME", values: ["autodiscover.outlook.com"] }, { content: "autodiscover.outlook.com" }],
  ] as const)("%j", async ({ type, values }, content) => {
    expect(await declare(native({ type, values: [...values] }))).toEqual([
      { zoneId: "zone1", name: "contoso.com", ttl: 3600, proxied: false, ...content, type },
    ]);
  });

  test("keeps the host's spelling, the automatic TTL and a proxy that were there before", async () => {
    const record = native({
      type: "A",
      values: ["192.0.2.1"],
      ttl: 300,
      automatic: true,
      proxied: true,
      spelling: { "192.0.2.1": "192.0.2.1" },
    });
    expect(await declare(record)).toMatchObject([{ ttl: 1, proxied: true, content: "192.0.2.1" }]);
  });
});

describe("azure-native.dns.RecordSet", () => {
  const declare = async (record: NativeRecord) => {
    const { azureRecordSet } = await import("../../stacks/dns/azure.js");
    azureRecordSet("rg")(record, {});
    await settled();
    return declared.map(({ type, inputs }) => ({ type, ...inputs }));
  };

  test.each([
    [
      { type: "MX", values: ["10 a.example", "20 b.example"] },
      {
        mxRecords: [
          { preference: 10, exchange: "a.example" },
          { preference: 20, exchange: "b.example" },
        ],
      },
    ],
    [
      { type: "TXT", values: ["one", "x".repeat(300)] },
      { txtRecords: [{ value: ["one"] }, { value: ["x".repeat(255), "x".repeat(45)] }] },
    ],
    [
      { type: "CNAME", values: ["autodiscover.outlook.com"] },
      { cnameRecord: { cname: "autodiscover.outlook.com" } },
    ],
    [{ type: "A", values: ["192.0.2.1"] }, { aRecords: [{ ipv4Address: "192.0.2.1" }] }],
  ] as const)("%j", async ({ type, values }, body) => {
    expect(await declare(native({ type, values: [...values] }))).toEqual([
      {
        type: "azure-native:dns:RecordSet",
        resourceGroupName: "rg",
        zoneName: "contoso.com",
        relativeRecordSetName: "@",
        recordType: type,
        ttl: 3600,
        ...body,
      },
    ]);
  });

  test("keeps the strings another's TXT was written in", async () => {
    const record = native({ type: "TXT", values: ["abcd"], spelling: { abcd: '["ab","cd"]' } });
    expect(await declare(record)).toMatchObject([{ txtRecords: [{ value: ["ab", "cd"] }] }]);
  });
});
