import { createServer } from "node:http";
import fc from "fast-check";
import { azureZone, cloudflareZone } from "../../src/dns/hosts/index.js";
import { staticTokens } from "../cloud/tokens.js";
import { thorough } from "../engine/attempts.js";
import { spoilt } from "./mutations.js";
import { named } from "./named-failure.js";

const zone = "contoso.com";
const zoneId = "0123456789abcdef0123456789abcdef";
const place = { subscriptionId: "0a1b2c3d-1111-4222-8333-444455556666", resourceGroup: "dns", zone };
const mx = { id: "r1", name: zone, type: "MX", content: "mail.contoso.com", priority: 10, ttl: 3600 };
const txt = { id: "r2", name: zone, type: "TXT", content: '"v=spf1 mx -all"', ttl: 1, proxied: false };
const set = {
  id: "x",
  type: "Microsoft.Network/dnsZones/MX",
  properties: { TTL: 3600, MXRecords: [{ preference: 10, exchange: "mail.contoso.com." }] },
};
const texts = {
  id: "x",
  type: "Microsoft.Network/dnsZones/TXT",
  properties: { TTL: 60, TXTRecords: [{ value: ["v=spf1", " -all"] }], targetResource: {} },
};
const wanted = { importId: `${zoneId}/r1`, name: zone, type: "MX", values: ["10 mail.contoso.com"] } as const;

describe("answers of DNS hosts that are not as they should be", () => {
  let body: Buffer = Buffer.alloc(0);
  let status = 200;
  let asked = 0;
  const count = { cases: 0, refused: 0 };
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  });
  const base = () => {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  };
  beforeAll(async () => {
    process.env["MAILSTAGE_RETRY_BASE_MS"] = "0.01";
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    process.stdout.write(`hostile DNS hosts: ${count.cases} answers, ${count.refused} refused by name\n`);
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });

  const cloudflare = () => cloudflareZone(zoneId, "token", base());
  const azure = () => azureZone(place, staticTokens(), base());
  const pages = { page: 1, total_pages: 1 };
  const operations: readonly [string, object, () => Promise<unknown>][] = [
    ["Cloudflare's records", { result: [mx, txt], result_info: pages }, () => cloudflare().at(zone)],
    [
      "Cloudflare's zone",
      { result: { name: zone, name_servers: ["a.ns.cloudflare.com"] } },
      () => cloudflare().nameServers(),
    ],
    ["Cloudflare's record before its removal", { result: mx }, () => cloudflare().remove(wanted)],
    ["Azure's MX record sets", set, () => azure().at(zone)],
    ["Azure's TXT record sets", texts, () => azure().at(zone)],
    ["Azure's zone", { properties: { nameServers: ["ns1-01.azure-dns.com."] } }, () => azure().nameServers()],
    ["Azure's record set before its removal", set, () => azure().remove(wanted)],
  ];

  test.each(operations)(
    "%s, spoilt anywhere, are a result or a failure that names what was wrong",
    async (_name, answer, work) => {
      status = 200;
      body = Buffer.from(JSON.stringify(answer));
      expect(await named(work())).toHaveProperty("result");
      await fc.assert(
        fc.asyncProperty(
          spoilt(JSON.stringify(answer)),
          fc.constantFrom(200, 200, 200, 403, 400),
          async (given, code) => {
            [body, status] = [given, code];
            count.cases += 1;
            if ("failure" in (await named(work()))) count.refused += 1;
          },
        ),
        { numRuns: thorough ? 1000 : 30, endOnFailure: true },
      );
      expect(Object.prototype).not.toHaveProperty("polluted");
    },
    600_000,
  );

  test("Cloudflare's list whose pages never end is given up", async () => {
    status = 200;
    body = Buffer.from(JSON.stringify({ result: [mx], result_info: { page: 1, total_pages: 1e308 } }));
    asked = 0;
    expect(await named(cloudflare().at(zone))).toEqual({
      failure: expect.stringMatching(/Cloudflare zone .* does not end after 50 pages/),
    });
    expect(asked).toBe(50);
  });
});
