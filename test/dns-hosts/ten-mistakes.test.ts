import { changedBehindOurBack } from "../../src/dns/changed-by-others.js";
import {
  type Granularity,
  type HostedMemory,
  type HostedName,
  type HostedRequest,
  planHosted,
} from "../../src/dns/hosts/index.js";
import { hostProblems, type RecordSet } from "../../src/dns/index.js";

/**
 * Ten mistakes that would lose or misroute mail. Each is refused or flagged where a preview meets it: `planHosted` runs in
 * the preview of zones at Cloudflare (`value`) and Azure (`set`), `mailSafetyProblems` and `changedBehindOurBack` in
 * that of RFC 2136 servers and of hosts changed by hand.
 */
const zone = "contoso.com";
const spf = "v=spf1 mx -all";
const tenantMx = ["0 contoso-com.mail.protection.outlook.com"];
const formerMx = ["10 mail.contoso.com"];

const set = (type: RecordSet["type"], values: string[], ttl = 3600, name = zone): RecordSet => ({
  name,
  type,
  ttl,
  values,
});

function standing(...sets: RecordSet[]): HostedName {
  return {
    otherTypes: [],
    records: sets.flatMap(({ name, type, ttl, values }) =>
      values.map((value, index) => ({
        importId: `${type}${index}`,
        name,
        type,
        ttl,
        values: [value],
        spelling: { [value]: value },
      })),
    ),
  };
}

function codes(problems: readonly { code: string }[]): string[] {
  return problems.map(({ code }) => code);
}

function plan(
  granularity: Granularity,
  live: HostedName,
  request: Partial<HostedRequest>,
  previous?: { request: HostedRequest; memory: HostedMemory },
) {
  return planHosted(
    live,
    { name: zone, type: "MX", mode: "exact", ttl: 3600, values: [], ...request },
    { zone, granularity, tenantMx, formerMx, previous },
  );
}

describe.each(["value", "set"] as const)(
  "ten mistakes, where a host keeps each %s as an object",
  (granularity) => {
    test("1: an SPF policy that would be dropped", () => {
      const { refused } = plan(granularity, standing(set("TXT", [spf, "MS=ms1"])), {
        type: "TXT",
        values: ["MS=ms1"],
      });
      expect(codes(refused)).toEqual(["spf-dropped"]);
    });

    test("2: a second SPF policy", () => {
      const live = standing(set("TXT", [spf, "v=spf1 include:other.example -all"]));
      const wanted = {
        type: "TXT",
        mode: "merge",
        values: ["v=spf1 include:spf.protection.outlook.com -all"],
      } as const;
      expect(() => plan(granularity, live, wanted)).toThrow(/2 SPF policies/);
    });

    test("3: a mail server nobody named", () => {
      const { refused } = plan(granularity, standing(set("MX", formerMx)), {
        values: ["0 contoso.mail.protection.outlook.com"],
      });
      expect(codes(refused)).toEqual(["mx-wrong-host"]);
    });

    test("4: the verification MX published as mail MX", () => {
      const alone = plan(granularity, standing(set("MX", formerMx)), { values: ["32767 ms1.msv1.invalid"] });
      expect(codes(alone.refused)).toContain("mx-verification-as-mail");
      const first = plan(granularity, standing(set("MX", formerMx)), {
        values: [...formerMx, "5 ms1.msv1.invalid"],
      });
      expect(codes(first.refused)).toEqual(["mx-verification-as-mail"]);
    });

    test("5: a TTL that rises before the switch", () => {
      const { refused } = plan(granularity, standing(set("MX", formerMx, 3600)), {
        values: formerMx,
        ttl: 86_400,
      });
      expect(codes(refused)).toEqual(["mx-ttl-raised"]);
    });

    test("6: a TTL side effect on SPF is flagged, and none happens unasked", () => {
      const live = standing(set("TXT", [spf], 86_400));
      const asked = plan(granularity, live, { type: "TXT", mode: "merge", ttl: 300, values: ["MS=ms1"] });
      expect(codes(asked.warnings)).toEqual(["ttl-side-effect"]);
      const unasked = plan(granularity, live, {
        type: "TXT",
        mode: "merge",
        ttl: undefined,
        values: ["MS=ms1"],
      });
      expect(unasked.warnings).toEqual([]);
      expect(unasked.memory.records.map(({ ttl }) => ttl)).toEqual([86_400]);
    });

    test("7: autodiscover is never proxied, whatever it was before", () => {
      const name = `autodiscover.${zone}`;
      const live = standing(set("CNAME", ["mail.contoso.com"], 300, name));
      const proxied = { ...live, records: live.records.map((record) => ({ ...record, proxied: true })) };
      const { memory, refused } = plan(granularity, proxied, {
        name,
        type: "CNAME",
        values: ["autodiscover.outlook.com"],
      });
      expect(refused).toEqual([]);
      expect(memory.records).toMatchObject([{ values: ["autodiscover.outlook.com"] }]);
      expect(memory.records[0]).not.toHaveProperty("proxied");
    });

    test("8: a CNAME beside other data; addresses alone are removed first", () => {
      const name = `autodiscover.${zone}`;
      const wanted = { name, type: "CNAME", values: ["autodiscover.outlook.com"] } as const;
      const beside = plan(granularity, standing(set("TXT", ["note"], 300, name)), wanted);
      expect(codes(beside.refused)).toEqual(["cname-beside-data"]);
      const service = plan(granularity, { records: [], otherTypes: ["SRV"] }, wanted);
      expect(codes(service.refused)).toEqual(["cname-beside-data"]);
      const addresses = plan(granularity, standing(set("A", ["192.0.2.1"], 300, name)), wanted);
      expect(addresses.refused).toEqual([]);
      expect(addresses.memory.clear).toMatchObject([{ type: "A", values: ["192.0.2.1"] }]);
    });

    test("9: a record changed behind our back", () => {
      const request: HostedRequest = { name: zone, type: "MX", mode: "exact", ttl: 3600, values: formerMx };
      const { memory } = plan(granularity, standing(set("MX", formerMx)), request);
      const live = standing(set("MX", ["10 elsewhere.example"]));
      const { refused } = plan(granularity, live, { values: tenantMx }, { request, memory });
      expect(codes(refused)).toEqual(["record-changed"]);
      const half = standing(set("MX", [...formerMx, ...tenantMx]));
      expect(plan(granularity, half, { values: tenantMx }, { request, memory }).refused).toEqual([]);
    });
  },
);

test("9, with RFC 2136: a value, a TTL or a missing set that is nobody's of ours", () => {
  const [before, after] = [set("MX", formerMx), set("MX", tenantMx)];
  expect(changedBehindOurBack(set("MX", ["10 elsewhere.example"]), before, after)).toHaveLength(1);
  expect(changedBehindOurBack(set("MX", formerMx, 60), before, after)).toHaveLength(1);
  expect(changedBehindOurBack(undefined, before, after)).toHaveLength(1);
  expect(changedBehindOurBack(before, before, after)).toEqual([]);
  expect(changedBehindOurBack(after, before, after)).toEqual([]);
});

test("10: a zone served by other name servers than the plan's host", () => {
  const cloudflare = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"];
  expect(codes(hostProblems(zone, "azure", cloudflare))).toEqual(["dns-wrong-host"]);
  expect(codes(hostProblems(zone, "rfc2136", cloudflare))).toEqual(["dns-wrong-host"]);
  expect(codes(hostProblems(zone, "cloudflare", ["ns1.old.example"], cloudflare))).toEqual([
    "dns-wrong-host",
  ]);
  expect(hostProblems(zone, "cloudflare", cloudflare, cloudflare)).toEqual([]);
  expect(hostProblems(zone, "cloudflare", ["ns1.contoso.com"], ["ns1.contoso.com"])).toEqual([]);
});
