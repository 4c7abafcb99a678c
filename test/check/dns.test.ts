import { type LabDns, startDnsServer, type Zone } from "../../lab/dns/index.js";
import { describeProblem } from "../../src/base/problem.js";
import { checkDns } from "../../src/cli/check/dns.js";
import type { RecordSet } from "../../src/dns/index.js";
import { type PlanInput, parsePlan } from "../../src/plan/index.js";
import { smallPlan } from "../engine/rehearsal.js";

const domain = "contoso.com";
const key = { name: "mailstage", algorithm: "hmac-sha256" } as const;
const secret = Buffer.from("a secret of the lab").toString("base64");
const mx: RecordSet = { name: domain, type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] };
const twoSpf: RecordSet = {
  name: domain,
  type: "TXT",
  ttl: 3600,
  values: ["v=spf1 mx -all", "v=spf1 include:_spf.fabrikam.com ~all"],
};

describe("what check says of the zone", () => {
  let dns: LabDns;
  afterEach(() => dns.close());

  const check = async (
    zone: Partial<Zone> & { readonly records: readonly RecordSet[] },
    { plan = {}, tsig = secret }: { readonly plan?: Partial<PlanInput>; readonly tsig?: string | null } = {},
  ) => {
    const types =
      zone.name === "limited" ? (["TXT"] as const) : zone.name === "mx-only" ? (["MX"] as const) : undefined;
    dns = await startDnsServer({
      zones: [{ ...zone, name: domain }],
      keys: [{ ...key, secret, ...(types === undefined ? {} : { types }) }],
    });
    const { nameServers, ...rest } = { nameServers: [dns.hostPort], ...plan.dns };
    const parsed = parsePlan({
      ...smallPlan,
      ...plan,
      dns: { host: "rfc2136", server: dns.hostPort, key: { name: key.name }, ...rest, nameServers },
    });
    const observed = { zone: domain, nameServers: [dns.hostPort], resolvers: [] };
    const { facts, warnings, problems } = await checkDns(parsed, observed, () => tsig ?? undefined);
    return { facts, warnings: warnings.map(describeProblem), problems: problems.map(describeProblem) };
  };

  test("a zone in order, and a key that is proved without a change", async () => {
    const found = await check({ records: [mx], serial: 7 });
    expect(found).toEqual({
      facts: [
        "MX contoso.com is 10 mail.contoso.com with a TTL of 3600 s",
        expect.stringMatching(/takes updates signed with mailstage: proved by some that change nothing/),
      ],
      warnings: [],
      problems: [],
    });
    expect(dns.zones()).toMatchObject([{ serial: 7 }]);
  });

  test("a missing secret is a warning, a wrong one and a missing right are problems", async () => {
    const without = await check({ records: [mx] }, { tsig: null });
    expect([without.problems, without.warnings]).toEqual([
      [],
      [expect.stringMatching(/TSIG key mailstage: has no secret here.*MAILSTAGE_TSIG_SECRET/)],
    ]);
    await dns.close();
    const wrong = await check({ records: [mx] }, { tsig: Buffer.from("another").toString("base64") });
    expect(wrong.problems).toEqual([expect.stringMatching(/rejects the signature.*MAILSTAGE_TSIG_SECRET/)]);
    await dns.close();
    const limited = await check({ name: "limited", records: [mx] });
    expect(limited.problems).toEqual([
      expect.stringMatching(/^MX contoso\.com: the server refuses the TSIG key mailstage/),
      expect.stringMatching(/^CNAME autodiscover/),
      expect.stringMatching(/^A autodiscover/),
      expect.stringMatching(/^AAAA autodiscover/),
    ]);
  });

  test.each<[string, Partial<PlanInput>, readonly string[]]>([
    ["the proof is an MX", { verification: "mx" }, []],
    ["the senders are added", { verification: "mx", spf: "add" }, ["TXT contoso.com"]],
    ["the proof is a text", { spf: "keep" }, ["TXT contoso.com"]],
  ])("the right to the texts is proved where they are changed: %s", async (_when, plan, asked) => {
    const { problems } = await check({ name: "mx-only", records: [mx] }, { plan });
    expect(problems.filter((line) => line.startsWith("TXT")).map((line) => line.split(":")[0])).toEqual(
      asked,
    );
  });

  test("the rights at autodiscover are those of the name that complete writes", async () => {
    const { problems } = await check(
      { name: "mx-only", records: [mx] },
      { plan: { cloudNamespace: "cloud.contoso.com" } },
    );
    expect(problems).toEqual([
      expect.stringMatching(/^TXT contoso\.com: /),
      expect.stringMatching(/^CNAME autodiscover\.cloud\.contoso\.com: /),
      expect.stringMatching(/^A autodiscover\.cloud\.contoso\.com: /),
      expect.stringMatching(/^AAAA autodiscover\.cloud\.contoso\.com: /),
    ]);
  });

  test("a null MX says that the domain takes no mail", async () => {
    const { problems } = await check({ records: [{ ...mx, values: ["0 ."] }] });
    expect(problems).toEqual([
      expect.stringMatching(/^MX contoso\.com: 0 \. says that the domain takes no mail \(RFC 7505\)/),
    ]);
  });

  test("two SPF policies are a warning, unless the plan adds to them", async () => {
    const kept = await check({ records: [mx, twoSpf] }, { plan: { spf: "keep" } });
    expect([kept.problems, kept.warnings]).toEqual([
      [],
      [expect.stringMatching(/^TXT contoso\.com: there are already 2 SPF policies/)],
    ]);
    await dns.close();
    const added = await check({ records: [mx, twoSpf] }, { plan: { spf: "add" } });
    expect(added.problems).toEqual([expect.stringMatching(/2 SPF policies.*migrate cannot add/)]);
  });

  test("an SRV record that leads Outlook to the old server is told", async () => {
    const service = { name: `_autodiscover._tcp.${domain}`, ttl: 300, value: "0 0 443 mail.contoso.com" };
    const { warnings } = await check({ records: [mx], services: [service] });
    expect(warnings).toEqual([
      expect.stringMatching(/SRV _autodiscover\._tcp\.contoso\.com names mail\.contoso\.com:443/),
    ]);
  });
});
