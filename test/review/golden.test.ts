import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  exitCodeOf,
  readPreview,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
} from "../../src/review/index.js";

/**
 * Reviews of one migration, from previews of the real engine against the lab (secrets and addresses of the lab taken out).
 * A golden file is written anew with UPDATE_GOLDEN=1 and looked at in the diff.
 */
const previews = join(__dirname, "previews");
const golden = join(__dirname, "golden");
const names = readdirSync(previews).map((file) => file.replace(/\.json$/, ""));
const review = (name: string) =>
  reviewOf(readPreview(readFileSync(join(previews, `${name}.json`), "utf8")), {
    seatsLeft: 9,
  });

describe("the review of each step of a migration", () => {
  test.each(names)("%s reads as its golden report", (name) => {
    const markdown = reviewMarkdown(review(name));
    const file = join(golden, `${name}.md`);
    if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(file)) {
      if (process.env["UPDATE_GOLDEN"] !== "1")
        throw new Error(`${file} is missing; UPDATE_GOLDEN=1 writes it`);
      writeFileSync(file, markdown);
    }
    expect(markdown).toBe(readFileSync(file, "utf8"));
  });

  test.each([
    ["01-prepare", 2],
    ["01-prepare-again", 0],
    ["02-verify-waiting", 0],
    ["02-verify-due", 2],
    ["06-route", 2],
    ["08-complete-again", 0],
    ["90-skip-stage", 1],
    ["91-gate-route-early", 3],
    ["92-rows-removed", 1],
    ["93-wave-removed", 1],
    ["94-gate-retire-early", 3],
  ])("%s ends with exit code %i", (name, code) => {
    expect(exitCodeOf(review(name).verdict)).toBe(code);
  });

  /** The first screen of a comment: what a reviewer sees without scrolling. */
  const firstScreen = (name: string) => reviewMarkdown(review(name)).split("\n").slice(0, 12).join("\n");

  test.each([
    ["90-skip-stage", /migrate would be skipped/],
    ["91-gate-route-early", /try again after \d{4}-\d\d-\d\d/],
    ["92-rows-removed", /4 of 5 mailboxes would be removed/],
    ["93-wave-removed", /wave2: was taken out of the plan although it has been started/],
    ["94-gate-retire-early", /72 hours/],
    ["95-waived", /CAUTION[\s\S]*wave1 is deleted[\s\S]*mx-switch-72h.*CHG-4711/],
    ["06-route-back", /CAUTION[\s\S]*mail arrives on premises again/],
  ])("%s shows what is wrong or dangerous on the first screen", (name, expected) => {
    expect(firstScreen(name)).toMatch(expected);
  });

  /** The ten mistakes of test/dns-hosts/ten-mistakes.test.ts, each in a preview of the real engine with the real resources. */
  test.each([
    ["dns-01-spf-dropped", 1, /the SPF policy .* would vanish/],
    ["dns-02-spf-second", 1, /there would be 2 SPF policies/],
    ["dns-03-mx-wrong-host", 1, /contoso\.mail\.protection\.outlook\.com is neither what the tenant names/],
    ["dns-04-proof-as-mail", 1, /verification record ms30846482\.msv1\.invalid has the preference 5/],
    ["dns-05-ttl-raised", 1, /TTL would rise from 3600 s to 86400 s before the mail is switched/],
    [
      "dns-06-ttl-side-effect",
      2,
      /CAUTION\][\s\S]*TTL of the sender policy [\s\S]* changes from 1 day to 5 min/,
    ],
    ["dns-07-proxied", 2, /CAUTION\][\s\S]*CNAME autodiscover\.contoso\.com is proxied/],
    ["dns-08-cname-beside", 1, /TXT note is at the same name, and a CNAME can stand only alone/],
    ["dns-09-changed-behind", 1, /10 elsewhere\.example/],
    ["dns-10-wrong-host", 1, /Cloudflare|cloudflare/],
  ])("mistake %s ends with exit code %i and is seen on the first screen", (name, code, expected) => {
    const made = review(name);
    expect(exitCodeOf(made.verdict)).toBe(code);
    expect(firstScreen(name)).toMatch(expected);
    expect(reviewHtml(made)).toContain(made.errors.length > 0 ? "Why it is refused" : "dangerous");
  });

  test("a preview in which nothing changes says so and nothing else", () => {
    expect(reviewMarkdown(review("08-complete-again")).split("\n")).toEqual([
      "<!-- mailstage review: test -->",
      "## Migration of contoso.com: stage complete",
      "",
      "**Nothing changes: everything is as the plan says.**",
      "",
    ]);
  });

  test("HTML and JSON tell the same: every address and record of the Markdown is in both", () => {
    const made = review("04-migrate");
    expect(JSON.parse(reviewJson(made))).toEqual(made);
    for (const { added } of made.waves)
      for (const address of added) expect(reviewHtml(made)).toContain(`<code>${address}</code>`);
  });
});
