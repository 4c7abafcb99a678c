/**
 * What pulumi up would do, in words: review/review.md, .html and .json, and review/bound.json, what it was made of.
 * Exit code 0 with or without changes (output `verdict`), 3 a gate is not passed yet, 1 refused or failed.
 */
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { signedIn } from "./identity.mjs";
import { commentLimit, harmless, output, refresh, run, runPage, stack, summarize, warn } from "./run.mjs";

const verdicts = { 0: "no-change", 2: "changes", 3: "gate-open" };

// Only what this run says may be commented or applied.
await rm("review", { recursive: true, force: true });
const review = ["review", "--stack", stack, "--out", "review", "--bind", "review/bound.json", ...refresh];
const limits = ["--limit", `${commentLimit}`, "--pointer", `The whole review is with this run: ${runPage}`];
const code = await signedIn((environment) =>
  run("mailstage", [...review, ...limits], { environment, quiet: true }),
);
output("verdict", verdicts[code] ?? "error");
summarize("review/review.md");
// Why it failed stands in the review.
if (code === 1 && existsSync("review/review.md"))
  for (const line of readFileSync("review/review.md", "utf8").split("\n")) console.error(harmless(line));
if (code === 3) warn("A gate is not passed yet. The review says which, and when to run this again.");
process.exitCode = code === 2 ? 0 : code;
