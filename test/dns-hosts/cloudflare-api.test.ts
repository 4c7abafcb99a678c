import { z } from "zod";
import { startCloudflareApi } from "../../lab/cloudflare/index.js";
import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import { cloudflareZone, fromCloudflare, toCloudflare } from "../../src/dns/hosts/index.js";

const reply = z.looseObject({ result: z.looseObject({ id: z.string().optional() }).nullable() });
const zone = "contoso.com";
const zoneId = "0123456789abcdef0123456789abcdef";
const token = "lab-token";

describe("the lab's Cloudflare API", () => {
  let dns: LabDns;
  let api: Awaited<ReturnType<typeof startCloudflareApi>>;
  beforeEach(async () => {
    const records = [
      { name: zone, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] },
      { name: `autodiscover.${zone}`, type: "A", ttl: 300, values: ["192.0.2.1"] },
    ] as const;
    dns = await startDnsServer({
      zones: [{ name: zone, records: records.map((set) => ({ ...set, values: [...set.values] })) }],
      keys: [],
    });
    api = await startCloudflareApi({ dns, zone, zoneId, token, now: () => new Date() });
  });
  afterEach(() => Promise.all([api.close(), dns.close()]));

  const send = async (method: string, path: string, body?: object, bearer = token) => {
    const response = await fetch(`${api.url}/zones/${zoneId}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: reply.parse(await response.json()) };
  };
  const record = {
    name: zone,
    type: "MX",
    content: "backup.contoso.net",
    priority: 20,
    ttl: 3600,
    proxied: false,
  };

  test("a record has an id, is read, changed and removed by it, and is what DNS answers", async () => {
    const id = (await send("POST", "/dns_records", record)).body.result?.id;
    expect(dns.recordSet(zone, "MX")?.values).toEqual(["10 mail.contoso.com", "20 backup.contoso.net"]);
    await send("PUT", `/dns_records/${id}`, { ...record, priority: 30, settings: {}, tags: [] });
    expect((await send("GET", `/dns_records/${id}`)).body.result).toMatchObject({ id, priority: 30 });
    await send("PATCH", `/dns_records/${id}`, { content: "other.contoso.net" });
    expect(dns.recordSet(zone, "MX")?.values).toContain("30 other.contoso.net");
    expect((await send("DELETE", `/dns_records/${id}`)).body.result).toEqual({ id });
    expect(await send("GET", `/dns_records/${id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: 81044 }] },
    });
  });

  test("each record has a TTL of its own, and the set is served with the least", async () => {
    const id = (await send("POST", "/dns_records", { ...record, ttl: 300 })).body.result?.id;
    expect(dns.recordSet(zone, "MX")).toMatchObject({ ttl: 300 });
    await send("DELETE", `/dns_records/${id}`);
    expect(dns.recordSet(zone, "MX")).toMatchObject({ ttl: 3600, values: ["10 mail.contoso.com"] });
  });

  test("PUT replaces a record as a whole: a comment and tags it does not name are gone", async () => {
    const body = { ...record, comment: "ask Dana", tags: ["team:mail"] };
    const id = (await send("POST", "/dns_records", body)).body.result?.id;
    expect((await send("GET", `/dns_records/${id}`)).body.result).toMatchObject({
      comment: "ask Dana",
      tags: ["team:mail"],
      comment_modified_on: expect.any(String),
    });
    await send("PUT", `/dns_records/${id}`, record);
    expect((await send("GET", `/dns_records/${id}`)).body.result).toMatchObject({ comment: null, tags: [] });
  });

  test.each([
    ["an identical record", { ...record, content: "mail.contoso.com", priority: 10 }, 81058],
    [
      "a CNAME beside an address",
      { name: `autodiscover.${zone}`, type: "CNAME", content: "x.example", ttl: 1 },
      81053,
    ],
    ["a CNAME at the apex beside MX", { name: zone, type: "CNAME", content: "x.example", ttl: 1 }, 81054],
    ["a TTL out of range", { ...record, ttl: 30 }, 9021],
    ["an MX without priority", { ...record, priority: undefined }, 9100],
    ["a proxied MX", { ...record, proxied: true }, 9004],
    ["a field it does not know", { ...record, weight: 1 }, 9207],
  ])("%s is refused", async (_, body, code) => {
    expect(await send("POST", "/dns_records", body)).toMatchObject({
      status: 400,
      body: { success: false, errors: [{ code }] },
    });
  });

  test("a bad token is refused, and our client says what to set", async () => {
    expect(await send("GET", "", undefined, "bad")).toMatchObject({
      status: 403,
      body: { errors: [{ code: 9109 }] },
    });
    await expect(cloudflareZone(zoneId, "bad", api.url).at(zone)).rejects.toThrow(
      /Invalid access token \(9109\).*CLOUDFLARE_API_TOKEN/,
    );
  });

  test("our client reads what stands at a name, and removes only what it has seen", async () => {
    const client = cloudflareZone(zoneId, token, api.url);
    expect(await client.nameServers()).toEqual(["ns1.contoso.com"]);
    const [address] = (await client.at(`autodiscover.${zone}`)).records;
    expect(address).toMatchObject({ type: "A", ttl: 300, values: ["192.0.2.1"] });
    if (address === undefined) throw new Error("no address");
    await expect(client.remove({ ...address, values: ["192.0.2.9"] })).rejects.toThrow(
      /changed by somebody else/,
    );
    await client.remove(address);
    expect(dns.recordSet(`autodiscover.${zone}`, "A")).toBeUndefined();
    await client.remove(address);
  });

  test("a record changed in the zone itself shows in the API", async () => {
    dns.setRecordSet({
      name: zone,
      type: "MX",
      ttl: 60,
      values: ["10 mail.contoso.com", "5 new.contoso.com"],
    });
    const { records } = await cloudflareZone(zoneId, token, api.url).at(zone);
    expect(records.map(({ ttl, values }) => [ttl, values[0]])).toEqual([
      [60, "5 new.contoso.com"],
      [60, "10 mail.contoso.com"],
    ]);
  });
});

test.each(["v=spf1 mx -all", 'with "quotes" and \\', "ü".repeat(200), "x".repeat(600)])(
  "TXT %p survives its way to Cloudflare and back",
  (text) => {
    expect(fromCloudflare("TXT", toCloudflare("TXT", text).content)).toBe(text);
  },
);

test("TXT typed without quotes is read as it stands", () => {
  expect(fromCloudflare("TXT", "v=spf1 -all")).toBe("v=spf1 -all");
});
