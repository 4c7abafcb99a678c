import { existsSync } from "node:fs";
import { join } from "node:path";
import { claimsIn, missingTest, namedFiles } from "./claims.js";
import { documentAt, repository, tableRows } from "./markdown.js";

const coverage = documentAt("docs/coverage.md");
const rows = tableRows(coverage.text).filter(([first]) => first !== "Sentence");

test("every file that the coverage table names exists", () => {
  expect(namedFiles(coverage.text).filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});

test("every test that the coverage table quotes exists", () => {
  expect(
    rows.flatMap(([, , tests = ""]) => claimsIn(tests).flatMap((claim) => missingTest(claim) ?? [])),
  ).toEqual([]);
});

test("every sentence is answered by a file and a test, or the table says that it is not", () => {
  expect(rows.length).toBeGreaterThan(60);
  const open = rows.filter(([, where = "", tests = ""]) => {
    const answered = namedFiles(where).length > 0 && claimsIn(tests).length > 0;
    return !answered && !/^(Not covered|By people)\b/.test(where);
  });
  expect(open.map(([sentence]) => sentence)).toEqual([]);
});

test("every test that docs/promises.md quotes exists", () => {
  const promises = documentAt("docs/promises.md").text;
  const cells = tableRows(promises).flatMap((row) => row.filter((cell) => /`test\//.test(cell)));
  const claims = cells.flatMap(claimsIn);
  expect(claims.length).toBeGreaterThan(8);
  expect(claims.flatMap((claim) => missingTest(claim) ?? [])).toEqual([]);
});
