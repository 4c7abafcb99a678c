import ts from "typescript";
import { parsed, placeOf, sources, visitAll } from "../docs/sources.js";
import { miscounted, nouns } from "./printed.js";

const verbs =
  "are|become|come|copy|do|fail|get|give|have|hold|keep|lack|leave|lose|name|need|remain|start|stay|wait|were|work";

/** A number, and then what is counted, after so many words at most. */
const numbered = (most: number) => new RegExp(`^ (?:[a-z-]+,? ){0,${most}}?(?:${nouns})\\b`);
/** What is counted by a call, and then a verb for many of it: `${mailboxes(added)} of it are`. */
const forMany = new RegExp(`^(?: (?!would|could|may|can)[a-z-]+){0,4}? (?:${verbs})\\b`);

const counted = /^(?:counted|mailboxes)\(/;
const number = /\.(?:length|size)$|^count\(| [-+*/] |\?\? 0|toLocaleString\(/;
const name = /^[a-z]\w*$/;
/** Names of what is no number, or never 1. */
const others = new Set([
  "emptyPagesAtMost",
  "kind",
  "longestName",
  "mostPages",
  "keptWithoutLicenseDays",
  "proofSettlesMinutes",
  "unlicensedDays",
  "switchWaitHours",
  "shortestPassword",
  "type",
]);

/** What cannot be right for 1 in a span of a template: its verb or its noun is for many whatever the number. */
function isForMany(expression: string, text: string): boolean {
  if (counted.test(expression)) return forMany.test(text);
  if (number.test(expression)) return numbered(3).test(text) || forMany.test(text);
  return name.test(expression) && !others.has(expression) && numbered(1).test(text);
}

test("a number is followed by the form that goes with it, 1 mailbox is or 2 mailboxes are", () => {
  const found: string[] = [];
  for (const file of sources("providers", "src", "stacks", "policy"))
    visitAll(parsed(file), (node) => {
      if (!ts.isTemplateSpan(node)) return;
      const expression = node.expression.getText();
      if (isForMany(expression, node.literal.text))
        found.push(`${placeOf(node)}: \${${expression}}${node.literal.text}`);
    });
  expect(found).toEqual([]);
});

test.each([
  ["found.length", " migrated users have no licence", true],
  ["mailboxes(added.length)", " are copied", true],
  ["mailboxes(added.length)", " of it were copied", true],
  ["done", " of ", false],
  ['counted(days, "day")', " left", false],
])("%s%s: %p", (expression, text, isWrong) => {
  expect(isForMany(expression, text)).toBe(isWrong);
});

test.each([
  ["wave1: 1 mailboxes failed", ["1 mailboxes"]],
  ["wave south: 1 migrated users have no licence; 2 users have none", ["1 migrated users"]],
  ["1 mailbox are in no batch", ["1 mailbox are"]],
  ["exists already with 1 mailbox that mailboxes/wave2.csv does not list", []],
  ["1 of 3 mailboxes is synced, 1 mailbox failed, 21 mailboxes are; stage 1: users stay", []],
])("in what is printed, %p is found to count wrongly in %p", (text, found) => {
  expect(miscounted(text)).toEqual(found);
});
