import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MailstageError } from "../../src/base/problem.js";
import { readZoneFile } from "../../src/cli/zone-file.js";

const plan = { domain: "contoso.com", dns: { host: "manual" } } as const;
const read = (text: string, of: Parameters<typeof readZoneFile>[1] = plan) => {
  const { records, services, skipped } = readZoneFile(text, of, "zone.txt");
  const lines = records.flatMap(({ name, type, ttl, values }) =>
    values.map((value) => `${name} ${ttl} ${type} ${value}`),
  );
  return { lines, services, skipped };
};
const zone = (name: string) => readFileSync(join(__dirname, "zones", name), "utf8");
const subjects = (text: string) => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof MailstageError)
      return error.problems.map(({ subject, reason }) => `${subject}: ${reason}`);
    throw error;
  }
  return [];
};

/** As hosts export them, from public bug reports: comments, `$ORIGIN`, names without the zone, parentheses, octets by number. */
describe("a zone file", () => {
  test("of Cloudflare, with comments and automatic TTLs", () => {
    expect(read(zone("cloudflare.zone"))).toEqual({
      lines: [
        "contoso.com 300 A 192.0.2.10",
        "mail.contoso.com 300 A 192.0.2.20",
        "autodiscover.contoso.com 300 CNAME mail.contoso.com",
        "www.contoso.com 300 CNAME contoso.com",
        "contoso.com 300 MX 10 mail.contoso.com",
        "contoso.com 300 TXT v=spf1 mx ip4:192.0.2.20 -all",
        "_dmarc.contoso.com 300 TXT v=DMARC1; p=none; rua=mailto:d@contoso.com",
      ],
      services: [],
      skipped: [],
    });
    expect(read(zone("rrcomment.zone")).lines).toContain("contoso.com 3600 TXT v=spf1 mx -all");
  });

  test.each(["godaddy.zone", "azure.zone", "relative-names.zone"])("of %s, with relative names", (name) => {
    const { lines, skipped } = read(zone(name));
    expect(lines).toEqual(
      expect.arrayContaining([
        "contoso.com 3600 MX 10 mail.contoso.com",
        "contoso.com 3600 TXT v=spf1 mx ip4:192.0.2.20 -all",
        "autodiscover.contoso.com 3600 CNAME mail.contoso.com",
      ]),
    );
    expect(lines.filter((line) => line.startsWith("mail.contoso.com "))).toHaveLength(1);
    expect(skipped).toEqual([]);
  });

  test("whose TXT records have comments after them, parentheses and octets by number", () => {
    expect(read(zone("rrcomment-txt.zone")).lines).toEqual(
      expect.arrayContaining([
        "contoso.com 3600 TXT v=spf1 mx -all",
        "contoso.com 3600 TXT google-site-verification=abc",
      ]),
    );
    expect(read(zone("txt-umlaut.zone")).lines).toContain("contoso.com 3600 TXT Größe; owner=Jörg");
  });

  test("as dig prints it, with strings that are one text", () => {
    const { lines } = read(`; <<>> DiG 9.18 <<>> AXFR contoso.com
contoso.com.\t3600\tIN\tSOA\tns1.contoso.com. admin.contoso.com. 1 2 3 4 5
contoso.com.\t3600\tIN\tNS\tns1.contoso.com.
contoso.com.\t86400\tIN\tMX\t20 backup.contoso.com.
contoso.com.\t86400\tIN\tMX\t10 Mail.contoso.com.
contoso.com.\t300\tIN\tTXT\t"v=spf1 mx " "-all"
contoso.com.\t300\tIN\tTXT\t"say \\"hi\\"; \\097"
www.contoso.com. 300 A 192.0.2.80
`);
    expect(lines).toEqual([
      "contoso.com 86400 MX 10 mail.contoso.com",
      "contoso.com 86400 MX 20 backup.contoso.com",
      'contoso.com 300 TXT say "hi"; a',
      "contoso.com 300 TXT v=spf1 mx -all",
      "www.contoso.com 300 A 192.0.2.80",
    ]);
  });

  test("keeps services, and names what the lab does not serve", () => {
    const { lines, services, skipped } = read(`$TTL 600
$ORIGIN contoso.com.
@ MX 10 mail
_autodiscover._tcp SRV 0 0 443 mail
@ CAA 0 issue "letsencrypt.org"
other.example. MX 10 mail.other.example.
`);
    expect(lines).toEqual(["contoso.com 600 MX 10 mail.contoso.com"]);
    expect(services).toEqual([
      { name: "_autodiscover._tcp.contoso.com", ttl: 600, value: "0 0 443 mail.contoso.com" },
    ]);
    expect(skipped).toEqual([
      "line 5: CAA contoso.com",
      "MX other.example, which is outside the zone contoso.com",
    ]);
  });

  test("of a zone above the domain, wildcards included", () => {
    const above = { domain: "sales.contoso.com", dns: { host: "manual", zone: "contoso.com" } } as const;
    expect(read("* 60 MX 10 mail\n", above).lines).toEqual(["*.contoso.com 60 MX 10 mail.contoso.com"]);
    expect(() => read("x.other. 60 MX 10 mail.other.\n")).toThrow(
      /zone\.txt: has no record in the zone contoso\.com/,
    );
  });

  test("tells every line that is no record", () => {
    expect(subjects("contoso.com. IN MX 10 mail\n\n@ A\n* 60 A 1.2.3\n* 60 SRV 1 2\n")).toEqual([
      "zone.txt:1: has no TTL, and there is no $TTL",
      "zone.txt:3: A contoso.com has no value",
      'zone.txt:4: A "1.2.3" is not an IPv4 address',
      "zone.txt:5: SRV *.contoso.com is not a priority, weight, port and target",
    ]);
    expect(subjects('@ 60 MX 10 a\n@ 60 TXT "open\n')).toEqual(["zone.txt:2: a quoted string does not end"]);
    expect(subjects("@ 60 MX 10 a\n@ 60 TXT (a\n")).toEqual(["zone.txt:2: a parenthesis is not closed"]);
    expect(subjects("@ 60 TXT a)\n")).toEqual(["zone.txt:1: a parenthesis is closed that was not opened"]);
  });
});
