import { lostAnswers } from "../../lab/dns/lost-answers.js";
import type { RecordSet } from "../../src/dns/index.js";

const domain = "contoso.test";
const set = (name: string, type: RecordSet["type"], ...values: string[]): RecordSet => ({
  name,
  type,
  ttl: 60,
  values,
});
const lost = (before: readonly RecordSet[], after: readonly RecordSet[], of = domain) =>
  lostAnswers({ name: domain, records: before }, { name: domain, records: after }, of).map(
    ({ name, type, value }) => `${type} ${name} ${value}`,
  );

const spf = "v=spf1 ip4:192.0.2.1 -all";
const mx = set(domain, "MX", "10 mail.contoso.test");
const web = set(`www.${domain}`, "A", "192.0.2.80");

describe("an answer that a name gives no more", () => {
  test("is an alarm where it is a neighbour's", () => {
    expect(lost([mx, web], [mx])).toEqual([`A www.${domain} 192.0.2.80`]);
    expect(lost([set(domain, "TXT", "site=1", spf)], [set(domain, "TXT", spf)])).toEqual([
      `TXT ${domain} site=1`,
    ]);
  });

  test("is an alarm where it is a sender of the SPF policy, or the policy", () => {
    expect(lost([set(domain, "TXT", spf)], [set(domain, "TXT", "MS=ms1")])).toEqual([
      `TXT ${domain} ip4:192.0.2.1`,
    ]);
  });

  test("is none where it was asked for", () => {
    const before = [mx, set(domain, "TXT", "MS=ms1", "v=spf1 include:spf.protection.outlook.com ~all")];
    expect(lost(before, [set(domain, "MX", "0 tenant.test")])).toEqual([]);
    const autodiscover = `autodiscover.${domain}`;
    expect(lost([set(autodiscover, "A", "192.0.2.1")], [set(autodiscover, "CNAME", "o.test")])).toEqual([]);
    expect(lost([set(domain, "TXT", spf)], [{ ...set(domain, "TXT", spf), ttl: 1 }])).toEqual([]);
    // Where the plan's cloudNamespace is.
    expect(lost([set(`autodiscover.cloud.${domain}`, "CNAME", "autodiscover.outlook.com")], [])).toEqual([]);
    expect(lost([set(`autodiscover.cloud.${domain}`, "CNAME", "exchange.test")], [])).toHaveLength(1);
    const cloud = (type: "A" | "CNAME", value: string) => [set(`autodiscover.cloud.${domain}`, type, value)];
    expect(lost(cloud("A", "192.0.2.1"), cloud("CNAME", "autodiscover.outlook.com"))).toEqual([]);
    expect(lost(cloud("A", "192.0.2.1"), cloud("CNAME", "o.test"))).toHaveLength(1);
  });

  test("is an alarm where a wildcard gave it, also for names that nobody has yet", () => {
    const sales = `sales.${domain}`;
    const wildcard = [set(`*.${domain}`, "MX", "10 mail.contoso.test"), set(`*.${domain}`, "TXT", spf)];
    const proof = set(sales, "TXT", "MS=ms1");
    expect(lost(wildcard, [...wildcard, proof], sales)).toEqual([
      `TXT ${sales} ip4:192.0.2.1`,
      `MX nobody.${sales} 10 mail.contoso.test`,
      `TXT nobody.${sales} ${spf}`,
    ]);
    const kept = [`*.${sales}`, sales].flatMap((name) => wildcard.map((one) => ({ ...one, name })));
    expect(lost(wildcard, [...wildcard, ...kept], sales)).toEqual([]);
  });
});
