import { type LabDns, startDnsServer } from "../../lab/dns/index.js";
import { proposePlan, surveyZone } from "../../src/cli/init/index.js";
import { parsePlan } from "../../src/plan/index.js";
import { contoso, hostings } from "./zones.js";

describe("the survey of a zone", () => {
  let dns: LabDns;
  let other: LabDns;
  beforeAll(async () => {
    dns = await startDnsServer({ zones: [], keys: [] });
    other = await startDnsServer({ zones: [], keys: [] });
  });
  beforeEach(() => {
    dns.load([contoso(hostings.rfc2136)]);
    other.load([]);
  });
  afterAll(async () => {
    await dns.close();
    await other.close();
  });

  test("tells MX, TTLs, name servers and the primary", async () => {
    expect(await surveyZone("Contoso.com", { nameServers: [dns.hostPort] })).toMatchObject({
      zone: "contoso.com",
      mx: { ttl: 86_400, values: ["10 mail.contoso.com"] },
      nameServers: ["ns.isp.example", "ns1.contoso.com"],
      nameServersTtl: 172_800,
      primary: "ns1.contoso.com",
      recognized: undefined,
      proposed: "rfc2136",
      warnings: [],
    });
  });

  test("warns of an MX that says the domain takes no mail", async () => {
    dns.setRecordSet({ name: "contoso.com", type: "MX", ttl: 3600, values: ["0 ."] });
    const { warnings } = await surveyZone("contoso.com", { nameServers: [dns.hostPort] });
    expect(warnings).toMatchObject([{ code: "mx-null", reason: expect.stringContaining("RFC 7505") }]);
  });

  test("finds the zone above a domain that is none, and the plan names it", async () => {
    const choice = { nameServers: [dns.hostPort] };
    const survey = await surveyZone("sales.contoso.com", choice);
    expect(survey).toMatchObject({ zone: "contoso.com", mx: { values: ["5 mail.contoso.com"] } });
    const plan = proposePlan({
      inputs: {
        domain: "sales.contoso.com",
        tenant: "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34",
        testMailbox: "pilarp@sales.contoso.com",
        account: "CONTOSO\\migadmin",
      },
      survey,
      host: survey.proposed,
      keyName: "k",
      sku: "ENTERPRISEPACK",
      choice: {},
    });
    expect(parsePlan(plan).dns).toMatchObject({
      host: "rfc2136",
      zone: "contoso.com",
      server: "ns1.contoso.com",
      key: { name: "k" },
    });
  });

  test("warns of a lame server and goes on with the good one", async () => {
    const survey = await surveyZone("contoso.com", { nameServers: [other.hostPort, dns.hostPort] });
    expect(survey.mx.values).toEqual(["10 mail.contoso.com"]);
    expect(survey.warnings.map(({ code }) => code)).toEqual(["dns-lame"]);
  });

  test("warns of name servers that disagree, and takes no host that only one of them names", async () => {
    dns.load([contoso(hostings.cloudflare)]);
    other.load([contoso(hostings.manual)]);
    const survey = await surveyZone("contoso.com", { nameServers: [dns.hostPort, other.hostPort] });
    expect(survey.warnings.map(({ code }) => code)).toContain("dns-split");
    expect(survey).toMatchObject({ recognized: undefined, proposed: "manual" });
    expect(survey.nameServers).toEqual([...hostings.cloudflare, ...hostings.manual].sort());
  });

  test("a server that has no such zone is named", async () => {
    await expect(surveyZone("contoso.com", { nameServers: [other.hostPort] })).rejects.toThrow(
      `DNS server ${other.hostPort} answers REFUSED`,
    );
  });
});
