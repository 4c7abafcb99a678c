import { captureZone, parseZone, startDnsServer } from "../../lab/dns/index.js";

const FILE = `
$ORIGIN contoso.com.
$TTL 1h            ; default
@   IN SOA ns1 hostmaster (
        2026110201 ; serial
        1h 15m 2w 5m )
    IN NS  ns1
    86400 IN MX 10 Mail
    IN 7200 MX 20 backup.example.net.
@   TXT "v=spf1 ip4:192.0.2.1" " -all"
    TXT site=abc
    TXT "semi;colon \\"quoted\\" (not a group) gr\\195\\182\\195\\159e"
ns1 A 192.0.2.53
mail 300 A 192.0.2.1
 AAAA 2001:DB8::1
autodiscover CNAME mail
_sip._tcp SRV 0 0 443 sip.contoso.com.
`;

test("a zone file is read with all its abbreviations", () => {
  const { zone, skipped } = parseZone(FILE);
  expect(zone).toEqual({
    name: "contoso.com",
    primary: "ns1.contoso.com",
    serial: 2_026_110_201,
    negativeTtl: 300,
    records: [
      { name: "contoso.com", type: "NS", ttl: 3600, values: ["ns1.contoso.com"] },
      {
        name: "contoso.com",
        type: "MX",
        ttl: 7200,
        values: ["10 mail.contoso.com", "20 backup.example.net"],
      },
      {
        name: "contoso.com",
        type: "TXT",
        ttl: 3600,
        values: ['semi;colon "quoted" (not a group) größe', "site=abc", "v=spf1 ip4:192.0.2.1 -all"],
      },
      { name: "ns1.contoso.com", type: "A", ttl: 3600, values: ["192.0.2.53"] },
      { name: "mail.contoso.com", type: "A", ttl: 300, values: ["192.0.2.1"] },
      { name: "mail.contoso.com", type: "AAAA", ttl: 3600, values: ["2001:db8::1"] },
      { name: "autodiscover.contoso.com", type: "CNAME", ttl: 3600, values: ["mail.contoso.com"] },
    ],
    services: [{ name: "_sip._tcp.contoso.com", ttl: 3600, value: "0 0 443 sip.contoso.com" }],
  });
  expect(skipped).toEqual([]);
});

test("what dig axfr prints is read", () => {
  const { zone } = parseZone(`
; <<>> DiG 9.18 <<>> axfr contoso.com
contoso.com.		3600	IN	SOA	ns1.contoso.com. h.contoso.com. 5 3600 900 1209600 300
contoso.com.		600	IN	MX	10 mail.contoso.com.
contoso.com.		3600	IN	SOA	ns1.contoso.com. h.contoso.com. 5 3600 900 1209600 300
;; Query time: 0 msec`);
  expect(zone).toMatchObject({ name: "contoso.com", serial: 5, records: [{ type: "MX", ttl: 600 }] });
});

test("every line that cannot be read is named", () => {
  expect(() =>
    parseZone("@ A 1.2.3.4\n\na.b. 60 A 1.2.3\na.b. 60 A 1.2.3.4\nx.y. 60 MX mail.z.\n$INCLUDE other\n"),
  ).toThrow(
    /4 problems:.*file:1: @ is relative.*file:3: .*is not an IPv4.*file:5: MX x\.y has no value.*file:6: \$INCLUDE/s,
  );
  expect(() => parseZone('a.b. 60 TXT "open')).toThrow(/does not end/);
});

test("a live zone is copied without a zone transfer", async () => {
  const { zone } = parseZone(FILE);
  const served = zone.records.filter(({ name }) => name !== "ns1.contoso.com");
  const server = await startDnsServer({ zones: [{ ...zone, records: served }], keys: [] });
  try {
    const copy = await captureZone("contoso.com", { nameServers: [server.hostPort] });
    const { services: _, ...withoutServices } = zone;
    expect(copy).toEqual({ ...withoutServices, records: expect.arrayContaining(served) });
    expect(copy.records).toHaveLength(served.length);
  } finally {
    await server.close();
  }
});
