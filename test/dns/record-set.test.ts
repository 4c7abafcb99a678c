import fc from "fast-check";
import {
  canonicalName,
  canonicalValue,
  parseMx,
  type RecordType,
  recordSet,
  sameValues,
} from "../../src/dns/index.js";

describe("names", () => {
  test.each([
    ["Contoso.COM.", "contoso.com"],
    ["münchen.example", "xn--mnchen-3ya.example"],
    ["_dmarc.contoso.com", "_dmarc.contoso.com"],
    ["*.contoso.com", "*.contoso.com"],
    ["1.2", "1.2"],
    [".", "."],
  ])("%s is written %s", (written, canonical) => {
    expect(canonicalName(written)).toBe(canonical);
  });

  test.each([
    "",
    "a..b",
    "a b.com",
    "büch\ner.de",
    `${"a".repeat(64)}.com`,
    Array(60).fill("abcde").join("."),
  ])("%p is no name", (name) => {
    expect(() => canonicalName(name)).toThrow(/is not a DNS name/);
  });
});

describe("values", () => {
  test.each<[RecordType, string, string]>([
    ["MX", " 010  Mail.Contoso.com. ", "10 mail.contoso.com"],
    ["MX", "0 .", "0 ."],
    ["TXT", 'v=spf1 "odd" -all', 'v=spf1 "odd" -all'],
    ["TXT", "", ""],
    ["CNAME", "Autodiscover.Outlook.com.", "autodiscover.outlook.com"],
    ["NS", "NS1.contoso.com.", "ns1.contoso.com"],
    ["A", "192.0.2.1", "192.0.2.1"],
    ["AAAA", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["SOA", "NS1.x. h.x. 07 1 2 3 4", "ns1.x h.x 7 1 2 3 4"],
  ])("%s %p is %p", (type, written, canonical) => {
    expect(canonicalValue(type, written)).toBe(canonical);
    expect(canonicalValue(type, canonical)).toBe(canonical);
  });

  test.each<[RecordType, string]>([
    ["MX", "mail.contoso.com"],
    ["MX", "65536 mail.contoso.com"],
    ["MX", "-1 mail.contoso.com"],
    ["CNAME", "a..b"],
    ["A", "1.2.3"],
    ["A", "::1"],
    ["AAAA", "192.0.2.1"],
    ["AAAA", "fe80::1%eth0"],
    ["SOA", "ns1.x h.x 1 2"],
  ])("%s %p is refused", (type, value) => {
    expect(() => canonicalValue(type, value)).toThrow(/dns|is not|is empty/i);
  });

  test("an MX is taken apart", () => {
    expect(parseMx("10 Mail.contoso.com")).toEqual({ preference: 10, exchange: "mail.contoso.com" });
  });

  test("sets are compared without regard to order, spelling and repetition", () => {
    expect(sameValues("MX", ["10 A.x", "20 b.x"], ["20 b.x.", "10 a.x", "10 a.x"])).toBe(true);
    expect(sameValues("MX", ["10 a.x"], ["10 a.x", "20 b.x"])).toBe(false);
    expect(sameValues("TXT", ["A"], ["a"])).toBe(false);
  });

  test("canonical text is its own canonical text, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => canonicalValue("TXT", text) === text),
      { numRuns: 200 },
    );
  });
});

describe("record sets", () => {
  test("values are sorted, MX by preference, each once", () => {
    const { values } = recordSet({
      name: "x.y",
      type: "MX",
      ttl: 1,
      values: ["100 a.x", "20 b.x", "20 B.x."],
    });
    expect(values).toEqual(["20 b.x", "100 a.x"]);
  });

  test.each([
    [{ ttl: 1, values: [] }, /no value/],
    [{ ttl: -1, values: ["a.b"] }, /TTL -1/],
    [{ ttl: 1.5, values: ["a.b"] }, /TTL 1.5/],
    [{ ttl: 1, values: ["a.b", "c.d"] }, /only one/],
  ])("%p is refused as a CNAME", (part, message) => {
    expect(() => recordSet({ name: "x.y", type: "CNAME", ...part })).toThrow(message);
  });
});
