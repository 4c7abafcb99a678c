import { duration } from "../../base/words.js";
import type { RecordChange, Review } from "../../reports/review/index.js";
import { heading, print, styled } from "../terminal.js";
import type { DemoStep } from "./stages.js";

/** Longest line of the story, columns. */
const columns = 140;
const cut = (text: string) => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`);

/** One line of a step, under its word: `review`, `up`, `wait`. */
function line(word: string, text: string): void {
  print(cut(`   ${word.padEnd(8)}${text}`));
}

/** The step's title and the lines of the plan that its pull request changes. */
export function tellStep({ title, stage, phases = {} }: DemoStep, former: string | undefined): void {
  heading(styled("cyan", `━━ ${title}`));
  const edits = [
    ...(former === stage ? [] : [`stage: ${former === undefined ? stage : `${former} → ${stage}`}`]),
    ...Object.entries(phases).map(([wave, phase]) => `${wave}: phase: ${phase}`),
  ];
  line("plan", edits.length === 0 ? "as it is" : edits.join(" · "));
}

/** What a reviewer reads first: the review's headline, its dangers, its DNS rows, or why it is refused. */
export function tellReview({ summary, dangers, zones, errors }: Review): void {
  line("review", summary);
  for (const danger of dangers) line("", `! ${danger}`);
  for (const { records } of zones) for (const change of records) line("", recordLine(change));
  for (const { text } of errors.slice(0, 3)) line("", text.split("\n")[0] ?? "");
}

function recordLine({ verb, type, name, before, after }: RecordChange): string {
  const shown = (side: RecordChange["after"]) =>
    side === null
      ? "nothing"
      : `${side.values.map((value) => value ?? "known at the update").join(", ")} (${side.ttl === null ? "TTL as it is" : `${side.ttl} s`})`;
  const sides = before === null ? shown(after) : `${shown(before)} → ${shown(after)}`;
  return `${verb} ${type} ${name}: ${sides}`;
}

/** What the lab shows of an update. */
export function tellUpdate(went: boolean, changes: readonly string[]): void {
  const [first = went ? "nothing to change yet" : "refused for now", ...rest] = changes;
  line("up", first);
  for (const change of rest) line("", change);
}

/** Why the next update comes later, and when. */
export function tellWait({ wait }: DemoStep, missing: string, seconds: number): void {
  line("wait", styled("yellow", `${duration(seconds)}: ${missing} (${wait.why})`));
}
