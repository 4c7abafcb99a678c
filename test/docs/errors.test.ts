import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorEntries, errorTable, hints } from "./error-reference.js";
import { documentAt, repository } from "./markdown.js";

const path = "docs/errors.md";
const marks = ["<!-- errors: written by test/docs/errors.test.ts -->", "<!-- /errors -->"] as const;

function withTable(text: string): string {
  const start = text.indexOf(marks[0]) + marks[0].length;
  return `${text.slice(0, start)}\n\n${errorTable()}\n\n${text.slice(text.indexOf(marks[1]))}`;
}

// MAILSTAGE_WRITE_DOCS=1 brings the committed file up to date.
if (process.env["MAILSTAGE_WRITE_DOCS"] === "1")
  writeFileSync(join(repository, path), withTable(documentAt(path).text));

test("docs/errors.md lists the errors of today", () => {
  const { text } = documentAt(path);
  expect(text).toContain(marks[0]);
  expect(text).toContain(marks[1]);
  expect(text).toBe(withTable(text));
});

test("the list holds what each part of the program can refuse", () => {
  const codes = errorEntries().map(({ code }) => code);
  expect(codes).toEqual(
    expect.arrayContaining([
      "batch-before-72h",
      "bound-file",
      "bound-plan",
      "bound-stack",
      "bound-state",
      "conversion-no-cloud-guid",
      "csv-column-count",
      "csv-not-an-address",
      "mx-empty",
      "plan-missing",
      "plan-wrong-type",
      "stage-skipped",
      "user-not-synchronized",
    ]),
  );
});

test("a remedy is a sentence of its own, or a command that is run", () => {
  const small = hints().filter(
    ({ hint }) => /^[a-z]/.test(hint) && !/^(?:pulumi|mailstage) [a-z]/.test(hint),
  );
  expect(small).toEqual([]);
});
