import fc from "fast-check";
import { isSpf, mergeSpf, spfLookups, spfWarnings } from "../../src/dns/index.js";

const INCLUDE = "spf.protection.outlook.com";

test.each([
  [undefined, "v=spf1 include:spf.protection.outlook.com ~all"],
  ["v=spf1 -all", "v=spf1 include:spf.protection.outlook.com -all"],
  ["v=spf1 mx a:x.y ~all", "v=spf1 mx a:x.y include:spf.protection.outlook.com ~all"],
  ["v=spf1 mx ?all exp=e.x", "v=spf1 mx include:spf.protection.outlook.com ?all exp=e.x"],
  ["v=spf1 mx redirect=_spf.x", "v=spf1 mx include:spf.protection.outlook.com redirect=_spf.x"],
  ["v=spf1", "v=spf1 include:spf.protection.outlook.com"],
  ["v=spf1 INCLUDE:SPF.protection.outlook.com -all", "v=spf1 INCLUDE:SPF.protection.outlook.com -all"],
  ["v=spf1 +include:spf.protection.outlook.com -all", "v=spf1 +include:spf.protection.outlook.com -all"],
])("%p with the include is %p", (current, merged) => {
  expect(mergeSpf(current, INCLUDE)).toBe(merged);
  expect(mergeSpf(current, `include:${INCLUDE}`)).toBe(merged);
});

test("merging twice is merging once, and no term is lost", () => {
  const term = fc.constantFrom(
    "mx",
    "a",
    "ip4:192.0.2.1",
    "include:a.b",
    "-all",
    "~all",
    "redirect=x.y",
    "exp=z",
  );
  fc.assert(
    fc.property(fc.array(term), (terms) => {
      const current = ["v=spf1", ...terms].join(" ");
      const merged = mergeSpf(current, INCLUDE);
      expect(mergeSpf(merged, INCLUDE)).toBe(merged);
      expect(merged.split(" ").filter((one) => one !== `include:${INCLUDE}`)).toEqual(current.split(" "));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["v=spf1 -all", true],
  ["V=SPF1", true],
  ["v=spf10 -all", false],
  ["spf2.0/pra", false],
])("%p is a policy: %p", (value, expected) => {
  expect(isSpf(value)).toBe(expected);
});

test.each([
  ["v=spf1 ip4:1.2.3.4 ip6:::1 -all", 0],
  ["v=spf1 a mx ptr a:x mx:y a/24 -include:z exists:w redirect=v", 9],
  ["v=spf1 all exp=x", 0],
])("%p costs %p lookups", (value, lookups) => {
  expect(spfLookups(value)).toBe(lookups);
});

test("more than ten lookups and +all are warned of", () => {
  const eleven = Array.from({ length: 11 }, (_, index) => `include:s${index}.x`).join(" ");
  expect(spfWarnings(`v=spf1 ${eleven} -all`)).toEqual([expect.stringContaining("at least 11 DNS lookups")]);
  expect(spfWarnings("v=spf1 +all")).toEqual([expect.stringContaining("anybody")]);
  expect(spfWarnings("v=spf1 include:a.b -all")).toEqual([]);
});
