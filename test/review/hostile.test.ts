import fc from "fast-check";
import { joinNames } from "../../src/base/name-list.js";
import { plainLine, shortened } from "../../src/base/plain.js";
import {
  readPreview,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
} from "../../src/reports/review/index.js";
import { code, fenced, text } from "../../src/reports/review/markdown-text.js";
import { html } from "../../src/reports/shared/html.js";
import { preview, stageStep, step } from "./sample-preview.js";

const hostile = [
  "a|b|c",
  "`code` ``more``",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "[link](javascript:alert(1))",
  "**bold** _it_ ~~gone~~",
  "</details></summary>",
  "\u001b[31mred\u001b[0m\u001b]0;title\u0007",
  "\r\nnew line\n| a | b |",
  "\u202emoc.osotnoc\u202c",
  "zero\u200bwidth\ufeff",
  "@everyone #1 &amp; &#x41;",
  "x".repeat(400),
  "--> <!-- mailstage review: other -->",
  "\ud800 lone",
  "\\",
];

/** What moves a cursor, hides or turns text. The reports' own line ends are no danger. */
const unsafe = /(?!\n)[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

function hostileReview(bad: string) {
  const inputs = {
    zone: bad,
    name: bad,
    type: "TXT",
    ttl: 3600,
    values: [bad],
    mode: "merge",
    former: { ttl: 60, values: [`old ${bad}`] },
    onDelete: "remove",
  };
  return reviewOf(
    readPreview(
      preview(
        [
          stageStep({ domain: bad, waive: [{ gate: bad, reason: bad }], phases: { [bad]: bad } }),
          step("create", "DnsRecordSet", "txt", { new: inputs }),
          step("create", "MigrationBatch", "w", {
            new: {
              wave: bad,
              domain: bad,
              started: true,
              parts: { [bad]: joinNames(["one", bad.replace(/\n/g, "")]) },
            },
          }),
          step("create", "LicenseAssignment", "l", {
            new: { wave: bad, mailboxes: 1, licenses: { sku: bad } },
          }),
          step("update", "MigrationEndpoint", "e", {
            old: { name: bad, account: "a" },
            new: { name: bad, account: bad },
          }),
          step("create", "Gate", "gate-migrate", { new: { stage: bad, facts: [bad], waived: [] } }),
        ],
        [
          { message: `warning: ${bad}`, severity: "warning" },
          { message: bad, severity: "info" },
          { message: `error: ${bad} x`, severity: "error" },
        ],
      ),
    ),
  );
}

describe("hostile strings", () => {
  test.each(hostile)("%j leaves Markdown, HTML and JSON intact", (bad) => {
    const review = hostileReview(bad);
    const markdown = reviewMarkdown(review);
    expect(markdown).not.toMatch(unsafe);
    expect(markdown.match(/<!-- mailstage review/g)).toHaveLength(1);
    // Our own tags and nothing else.
    const outsideFences = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, "");
    const tags = new Set([...outsideFences.matchAll(/<(?!!--)\/?([^\s>]*)/g)].map(([, name]) => name));
    expect([...tags].filter((name) => !["details", "summary", "code", "br"].includes(name ?? ""))).toEqual(
      [],
    );
    for (const rows of outsideFences.match(/(?:^\|.*\n?)+/gm) ?? []) {
      const widths = rows
        .trim()
        .split("\n")
        .map((row) => row.split(/(?<!\\)\|/).length);
      expect(new Set(widths).size).toBe(1);
    }
    const page = reviewHtml(review);
    expect(page).not.toMatch(unsafe);
    expect(page).not.toMatch(/<(?:script|img)/);
    const json = reviewJson(review);
    expect(json).not.toMatch(unsafe);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(review)));
  });

  test("any text: no table cell ends early, no markup begins, nothing is invisible", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (data) => {
        for (const made of [text(data), code(data)]) {
          expect(made).not.toMatch(unsafe);
          expect(made).not.toContain("|");
          expect(made).not.toContain("\n");
        }
        expect(text(data).replaceAll("<!-- -->", "")).not.toMatch(/[<>`*[\]\\]/);
        expect(html`${data}`.text).not.toMatch(/[<>"']/);
        expect(plainLine(plainLine(data))).toBe(plainLine(data));
      }),
      { numRuns: 500 },
    );
  });

  test("a fence is longer than any in what it holds", () => {
    expect(fenced(["a", "````", "b"]).split("\n")).toEqual(["`````", "a", "````", "b", "`````"]);
  });

  test("plain names stay readable", () => {
    expect(code("contoso-com.mail.protection.outlook.com")).toBe("`contoso-com.mail.protection.outlook.com`");
    expect(text("RPC_IN_DATA of CONTOSO")).toBe("RPC_IN_DATA of CONTOSO");
    expect(shortened("x".repeat(400), 10)).toBe("xxxxxxxxxx… (400 characters)");
  });
});

describe("the limit of a comment", () => {
  const locals = Array.from({ length: 6000 }, (_, index) => `somebody.with.a.long.name.${index}`);
  const huge = reviewOf(
    readPreview(
      preview([
        stageStep(),
        step("create", "MigrationBatch", "wave1", {
          new: { wave: "wave1", domain: "contoso.com", started: true, mailboxes: joinNames(locals) },
        }),
      ]),
    ),
  );

  test.each([65_536, 20_000, 2_000, 300])("%i bytes hold, with a pointer to all of it", (limit) => {
    const markdown = reviewMarkdown(huge, { limit, pointer: "the artefact review.html" });
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(limit);
    expect(markdown).toContain("the artefact review.html");
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
  });

  test("what fits is not cut and points nowhere", () => {
    expect(reviewMarkdown(huge, { limit: 1_000_000 })).not.toContain("left out");
  });
});
