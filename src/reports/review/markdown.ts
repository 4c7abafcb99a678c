import { plainLines } from "../../base/plain.js";
import { count, counted } from "../../base/words.js";
import { dns } from "./markdown-dns.js";
import { licenses, waves } from "./markdown-mailboxes.js";
import { code, fenced, table, text } from "./markdown-text.js";
import type { Review } from "./model.js";

/** How the Markdown is to fit where it is posted. */
export interface MarkdownOptions {
  /** Most bytes: GitHub takes 65,536 characters a comment, Azure DevOps 150,000. @default 65,536 */
  readonly limit?: number;
  /** Where the whole review is, as text; named when something had to be left out. */
  readonly pointer?: string;
}

/** Names in a folded list at the most, tried one after the other until the review fits. */
const folds = [2000, 500, 100, 20, 0] as const;

/** First line of every review: by it a pipeline finds its comment and writes it anew. */
function marker(stack: string | null): string {
  return `<!-- mailstage review: ${(stack ?? "").replace(/[^\w.-]/g, "_")} -->`;
}

/** The review as Markdown for a comment: the dangers and what it means first, lists folded, never over the limit. */
export function reviewMarkdown(review: Review, options: MarkdownOptions = {}): string {
  const limit = options.limit ?? 65_536;
  const pointer = `*Some of it is left out here; all of it is in ${text(options.pointer ?? "the review's HTML and JSON files")}.*`;
  const whole = (sections: readonly string[]) =>
    `${sections.filter((section) => section !== "").join("\n\n")}\n`;
  for (const most of folds) {
    const all = sectionsOf(review, most);
    const cut = most !== folds[0] && longLists(review) > most;
    const markdown = whole(cut ? [...all, pointer] : all);
    if (Buffer.byteLength(markdown) <= limit) return markdown;
  }
  const kept = sectionsOf(review, 0);
  while (kept.length > 1 && Buffer.byteLength(whole([...kept, pointer])) > limit) kept.pop();
  const markdown = whole([...kept, pointer]);
  return Buffer.byteLength(markdown) <= limit ? markdown : whole([marker(review.stack), pointer]);
}

const longLists = (review: Review) =>
  Math.max(
    0,
    ...review.waves.flatMap(({ added, removed, moved }) => [added.length, removed.length, moved.length]),
  );

/** The sections in the order of their importance: where there is no room the last go first. */
function sectionsOf(review: Review, most: number): string[] {
  return [
    heading(review),
    broken(review),
    alert("CAUTION", review.dangers.map(text)),
    refused(review),
    waived(review),
    stage(review),
    dns(review),
    waves(review, most),
    licenses(review),
    gates(review),
    others(review),
    warnings(review),
    details(review, most),
    binding(review),
  ];
}

function heading({ stack, domain, stage: change, summary, mode }: Review): string {
  const where = domain === null ? "Migration" : `Migration of ${text(domain)}`;
  const what =
    mode === "drift"
      ? "drift"
      : change === null
        ? "review"
        : change.from === change.to
          ? `stage ${change.to}`
          : `${change.from ?? "start"} → ${change.to}`;
  return `${marker(stack)}\n## ${where}: ${what}\n\n**${text(summary)}**`;
}

/** A box in the host's colour for it: red for CAUTION, yellow for WARNING. */
function alert(kind: "CAUTION" | "WARNING", items: readonly string[]): string {
  return items.length === 0 ? "" : [`> [!${kind}]`, ...items.map((item) => `> - ${item}`)].join("\n");
}

/** Rules of the policy pack, on top: what is mandatory refuses the change, whatever else is in order. */
function broken({ violations }: Review): string {
  const of = (wanted: "mandatory" | "advisory") =>
    violations
      .filter(({ level }) => level === wanted)
      .map(({ policy, message }) => `Rule ${code(policy)}: ${text(message)}`);
  return [alert("CAUTION", most(of("mandatory"))), alert("WARNING", most(of("advisory")))]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A hundred at the most, and how many more. */
const most = (items: readonly string[], more = "") =>
  items.length > 100 ? [...items.slice(0, 100), `${more}and ${count(items.length - 100)} more`] : items;

function refused({ errors, verdict }: Review): string {
  if (errors.length === 0) return "";
  const title = verdict === "gate-open" ? "What is missing" : "Why it is refused";
  const items = errors.map(({ text: reason }) => linesOf(reason));
  return `### ${title}\n\n${most(items, "- ").join("\n")}`;
}

/** A message as an item of a list, line by line. */
function linesOf(message: string): string {
  const [first = "", ...rest] = plainLines(message);
  return [`- ${text(first)}`, ...rest.map((line) => `  <br>${text(line)}`)].join("\n");
}

function waived({ waivers }: Review): string {
  if (waivers.length === 0) return "";
  const words = { new: "is waived from now on", standing: "is waived", withdrawn: "is asked again" };
  return alert(
    "WARNING",
    waivers.map(({ gate, reason, status }) => `Gate ${code(gate)} ${words[status]}: ${text(reason)}`),
  );
}

function stage({ stage: change, verdict }: Review): string {
  if (change === null || change.from === change.to || verdict !== "changes") return "";
  return `${text(change.meaning)} ${text(change.undo)}`;
}

function gates({ gates: passages }: Review): string {
  return passages
    .map(({ stage: name, facts }) =>
      facts.length > 4
        ? `### Gate ${text(name)}: passed\n\n${unfolded(`${counted(facts.length, "precondition")} found in order`, facts)}`
        : [`### Gate ${text(name)}: passed`, ...facts.map((fact) => `- ${text(fact)}`)]
            .join("\n")
            .replace("\n", "\n\n"),
    )
    .join("\n\n");
}

/** A list below its headline, one item a line, folded. */
function unfolded(headline: string, items: readonly string[]): string {
  return `<details><summary>${headline}</summary>\n\n${items.map((item) => `- ${text(item)}`).join("\n")}\n\n</details>`;
}

function others({ others: changes }: Review): string {
  if (changes.length === 0) return "";
  const rows = changes.map(({ verb, subject, changes: inputs, meaning }) => [
    verb === "delete" || verb === "replace" ? `**${verb}**` : verb,
    text(subject),
    [...inputs.map(code), ...(meaning === null ? [] : [text(meaning)])].join("<br>"),
  ]);
  return `### Other\n\n${table(["Change", "What", "Values"], rows)}`;
}

function warnings({ warnings: messages }: Review): string {
  if (messages.length === 0) return "";
  return `### Warnings\n\n${messages.map(linesOf).join("\n")}`;
}

function details({ details: messages }: Review, most: number): string {
  const lines = messages.flatMap((message) => plainLines(message));
  if (lines.length === 0) return "";
  const shown = lines.slice(0, Math.max(most, 10));
  const rest = lines.length - shown.length;
  return [
    `<details><summary>What the resources said (${counted(lines.length, "line")})</summary>`,
    fenced(rest > 0 ? [...shown, `and ${count(rest)} more`] : shown),
    "</details>",
  ].join("\n\n");
}

function binding({ binding: hash }: Review): string {
  return hash === null ? "" : `Bound to state, plan and mailbox files: ${code(hash)}`;
}
