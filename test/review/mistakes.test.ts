import { describeProblem, MailstageError, type Problem } from "../../src/base/problem.js";
import { changedBehindOurBack } from "../../src/dns/changed-by-others.js";
import {
  type DesiredRecordSet,
  hostProblems,
  mailSafetyProblems,
  plannedSet,
  planRecordSet,
  type RecordSet,
} from "../../src/dns/index.js";
import { exitCodeOf, readPreview, reviewMarkdown, reviewOf } from "../../src/reports/review/index.js";
import { preview, stageStep, step } from "./sample-preview.js";

/** The mistakes of test/dns-hosts/ten-mistakes.test.ts as a reviewer meets them, with the words of the code of today. */
const spf = "v=spf1 mx -all";
const set = (type: RecordSet["type"], ttl: number, ...values: string[]): RecordSet => ({
  name: "contoso.com",
  type,
  ttl,
  values,
});
const change = (live: RecordSet, wanted: Partial<DesiredRecordSet>) =>
  planRecordSet(live, { name: live.name, type: live.type, mode: "exact", values: [], ...wanted });
const context = {
  zone: "contoso.com",
  tenantMx: ["0 contoso-com.mail.protection.outlook.com"],
  formerMx: ["10 mail.contoso.com"],
};
const mx = set("MX", 3600, "10 mail.contoso.com");
const refusedOf = (live: RecordSet, wanted: Partial<DesiredRecordSet>) =>
  mailSafetyProblems(change(live, wanted), context).refused;
function thrownBy(work: () => unknown): readonly Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof MailstageError) return error.problems;
    throw error;
  }
}

test.each<[string, readonly Problem[], RegExp]>([
  [
    "an SPF policy that would be dropped",
    refusedOf(set("TXT", 3600, spf, "MS=ms1"), { values: ["MS=ms1"] }),
    /the SPF policy .* would vanish/,
  ],
  [
    "a second SPF policy",
    thrownBy(() =>
      change(set("TXT", 3600, spf, "v=spf1 include:other.example -all"), {
        mode: "merge",
        values: ["v=spf1 include:spf.protection.outlook.com -all"],
      }),
    ),
    /there would be 2 SPF policies/,
  ],
  [
    "an MX that the tenant does not name",
    refusedOf(mx, { values: ["0 contoso.mail.protection.outlook.com"], ttl: 3600 }),
    /contoso\.mail\.protection\.outlook\.com is neither what the tenant names/,
  ],
  [
    "a proof among the mail servers",
    refusedOf(mx, { values: ["10 mail.contoso.com", "5 ms30846482.msv1.invalid"], ttl: 3600 }),
    /verification record ms30846482\.msv1\.invalid has the preference 5/,
  ],
  [
    "a TTL that rises before the switch",
    refusedOf(mx, { values: ["10 mail.contoso.com"], ttl: 86_400 }),
    /TTL would rise from 3600 s to 86400 s before the mail is switched/,
  ],
  [
    "a change of somebody else",
    changedBehindOurBack(set("MX", 3600, "10 elsewhere.example"), mx, mx),
    /10 elsewhere\.example/,
  ],
  [
    "a host that does not serve the zone",
    hostProblems("contoso.com", "rfc2136", ["a.ns.cloudflare.com", "b.ns.cloudflare.com"]),
    /[Cc]loudflare/,
  ],
])("%s is refused on the first screen", (_name, problems, expected) => {
  const messages = problems.map((problem) => ({ severity: "error", message: describeProblem(problem) }));
  const made = reviewOf(readPreview(preview([stageStep()], messages)));
  expect(exitCodeOf(made.verdict)).toBe(1);
  expect(reviewMarkdown(made).split("\n").slice(0, 12).join("\n")).toMatch(expected);
});

test("a TTL that the sender policy gets with the rest of its set, and a proxied name, are dangers on top", () => {
  const text = change(set("TXT", 86_400, spf, "MS=ms1"), { mode: "merge", values: ["MS=ms2"], ttl: 300 });
  const kept = { zone: "contoso.com", name: "contoso.com", type: "TXT", mode: "merge", ttl: 300 };
  const made = reviewOf(
    readPreview(
      preview([
        step("create", "DnsRecordSet", "text", {
          new: { ...kept, values: ["MS=ms2"], planned: [plannedSet(text)] },
        }),
        step(
          "create",
          "",
          "autodiscover",
          {
            new: {
              zoneId: "z",
              name: "autodiscover.contoso.com",
              type: "CNAME",
              ttl: 1,
              content: "autodiscover.outlook.com",
              proxied: true,
            },
          },
          "cloudflare:index/dnsRecord:DnsRecord",
        ),
      ]),
    ),
  );
  expect(made.dangers).toEqual([
    expect.stringMatching(/TTL of the sender policy .* changes from 1 day to 5 min/),
    expect.stringContaining("CNAME autodiscover.contoso.com is proxied"),
  ]);
  expect(exitCodeOf(made.verdict)).toBe(2);
});
