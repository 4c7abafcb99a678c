import { unwrapped, wrapped } from "../../src/base/wrapped.js";

const names = Array.from({ length: 20 }, (_, index) => `somebody.of.the.office${index}@contoso.com`);
const long = `wave1: 20 mailboxes failed: ${names.join(", ")}. Mend the cause`;
const list = ["wave1: 2 users left as they are", `  - ${long}`, "  + proxyAddresses: a  b"].join("\n");

test.each([
  ["one line", long, 0],
  ["a list", list, 0],
  ["what Pulumi begins", long, 110],
  ["a word that is longer", `see https://contoso.com/${"x".repeat(200)} for it`, 0],
  ["nothing", "", 110],
])("%s is broken at its blanks, and read again as it was", (_what, text, before) => {
  const printed = wrapped(text, before);
  expect(unwrapped(printed)).toBe(text);
  // As the CLI shows it, to the right.
  expect(unwrapped(printed.replace(/^/gm, "    ")).replace(/^ {4}/gm, "")).toBe(text);
  const [first = "", ...others] = printed.split("\n");
  for (const line of [" ".repeat(before) + first, ...others])
    expect(line.length > 150 && / \S/.test(line.trim())).toBe(false);
});
