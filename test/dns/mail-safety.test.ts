import {
  type DesiredRecordSet,
  type MailSafetyContext,
  mailSafetyProblems,
  planRecordSet,
  type RecordSet,
} from "../../src/dns/index.js";

const ZONE = "contoso.com";
const TENANT = "0 contoso-com.mail.protection.outlook.com";
const FORMER = ["10 mail.contoso.com", "20 backup.contoso.com"];
const mx: RecordSet = { name: ZONE, type: "MX", ttl: 3600, values: FORMER };
const txt: RecordSet = {
  name: ZONE,
  type: "TXT",
  ttl: 86_400,
  values: ["v=spf1 ip4:192.0.2.1 -all", "site=1"],
};

function judged(
  before: RecordSet | undefined,
  desired: Partial<DesiredRecordSet>,
  context: Partial<MailSafetyContext> = {},
) {
  const base = before ?? { name: ZONE, type: "MX" as const, values: [] };
  const change = planRecordSet(before, {
    name: base.name,
    type: base.type,
    values: base.values,
    mode: "exact",
    ...desired,
  });
  const { refused, warnings } = mailSafetyProblems(change, { zone: ZONE, ...context });
  return { refused: refused.map(({ code }) => code), warnings: warnings.map(({ code }) => code) };
}

const safe = { refused: [], warnings: [] };
const tenant = { tenantMx: [TENANT], formerMx: FORMER };

describe("what is right is let through", () => {
  test.each<[string, RecordSet | undefined, Partial<DesiredRecordSet>, Partial<MailSafetyContext>]>([
    ["the TTL of MX rises to an hour before the switch", { ...mx, ttl: 300 }, { ttl: 3600 }, tenant],
    ["the TTL of MX is lowered", mx, { ttl: 600 }, tenant],
    ["MX goes to the tenant", mx, { values: [TENANT] }, tenant],
    ["MX goes back", { ...mx, values: [TENANT] }, { values: FORMER }, tenant],
    [
      "the TTL rises after the switch",
      { ...mx, values: [TENANT] },
      { ttl: 86_400 },
      { ...tenant, switched: true },
    ],
    ["the verification TXT joins", txt, { values: ["MS=ms1"], mode: "merge" }, {}],
    [
      "the verification MX stands behind the mail servers",
      mx,
      { values: ["32767 ms1.msv1.invalid"], mode: "merge" },
      tenant,
    ],
    ["SPF is merged", txt, { values: ["v=spf1 include:o.com -all"], mode: "merge" }, {}],
    [
      "our own SPF goes",
      { ...txt, values: ["v=spf1 include:o.com -all"] },
      { values: [] },
      { owned: ["v=spf1 include:o.com -all"] },
    ],
    [
      "autodiscover is a plain CNAME",
      undefined,
      { name: `autodiscover.${ZONE}`, type: "CNAME", values: ["autodiscover.outlook.com"] },
      {},
    ],
  ])("%s", (_what, before, desired, context) => {
    expect(judged(before, desired, context)).toEqual(safe);
  });
});

describe("what would harm mail is refused", () => {
  test.each<[string, string, RecordSet | undefined, Partial<DesiredRecordSet>, Partial<MailSafetyContext>]>([
    ["SPF is dropped", "spf-dropped", txt, { values: ["site=1"] }, {}],
    ["the whole TXT set is dropped", "spf-dropped", txt, { values: [] }, {}],
    ["SPF loses a sender", "spf-dropped", txt, { values: ["v=spf1 include:o.com -all", "site=1"] }, {}],
    ["SPF is doubled", "spf-second", txt, { values: [...txt.values, "v=spf1 include:o.com -all"] }, {}],
    [
      "MX goes to a host the tenant did not name",
      "mx-wrong-host",
      mx,
      { values: ["0 contoso.mail.protection.outlook.com"] },
      tenant,
    ],
    ["MX is emptied", "mx-empty", mx, { values: [] }, tenant],
    ["MX says no mail", "mx-empty", mx, { values: ["0 ."] }, tenant],
    [
      "the verification MX replaces the mail servers",
      "mx-verification-as-mail",
      mx,
      { values: ["0 ms1.msv1.invalid"] },
      tenant,
    ],
    [
      "the verification MX comes before a mail server",
      "mx-verification-as-mail",
      mx,
      { values: ["15 ms1.msv1.invalid"], mode: "merge" },
      tenant,
    ],
    ["the TTL rises before the switch", "mx-ttl-raised", mx, { ttl: 86_400 }, tenant],
    [
      "a CNAME stands beside an address",
      "cname-beside-data",
      undefined,
      { name: `autodiscover.${ZONE}`, type: "CNAME", values: ["o.com"] },
      { others: [{ name: `autodiscover.${ZONE}`, type: "A", ttl: 1, values: ["192.0.2.1"] }] },
    ],
    [
      "data stands beside a CNAME",
      "cname-beside-data",
      undefined,
      { name: `x.${ZONE}`, type: "TXT", values: ["y"] },
      { others: [{ name: `x.${ZONE}`, type: "CNAME", ttl: 1, values: ["o.com"] }] },
    ],
    ["a CNAME stands at the apex", "cname-at-apex", undefined, { type: "CNAME", values: ["o.com"] }, {}],
  ])("%s: %s", (_what, code, before, desired, context) => {
    expect(judged(before, desired, context).refused).toEqual([code]);
  });

  test("all at once", () => {
    const wrong = judged(mx, { values: ["0 wrong.example", "0 ms1.msv1.invalid"], ttl: 7200 }, tenant);
    expect(wrong.refused.sort()).toEqual(["mx-ttl-raised", "mx-verification-as-mail", "mx-wrong-host"]);
  });
});

describe("what a reviewer should see is a warning", () => {
  test.each<[string, string, RecordSet, Partial<DesiredRecordSet>, Partial<MailSafetyContext>]>([
    [
      "SPF gets another TTL with its set",
      "ttl-side-effect",
      txt,
      { values: ["MS=ms1"], mode: "merge", ttl: 3600 },
      {},
    ],
    [
      "the former server stays beside the tenant's",
      "mx-mixed",
      { ...mx, values: ["10 mail.contoso.com"] },
      { values: ["10 mail.contoso.com", TENANT] },
      tenant,
    ],
    [
      "SPF lets anybody send",
      "spf-weak",
      { ...txt, values: ["v=spf1 +all"] },
      { values: ["MS=ms1"], mode: "merge" },
      {},
    ],
  ])("%s: %s", (_what, code, before, desired, context) => {
    expect(judged(before, desired, context)).toEqual({ refused: [], warnings: [code] });
  });
});
