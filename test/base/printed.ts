/** What is counted in texts: plural words that a number can stand before. */
export const nouns =
  "accounts|addresses|batches|characters|conditions|days|entries|facts|files|gates|hours|licen[cs]es|lines|mailboxes|members|minutes|objects|operations|people|policies|preconditions|problems|records|resources|rows|seats|servers|sets|stacks|users|values|waves";

const one = "account|address|batch|licen[cs]e|mailbox|member|record|row|seat|stack|user|wave";

// What Pulumi says of operations that were cut off is its own.
const wrong = new RegExp(
  `(?<![\\w.,:/-])1 (?!pending operations)(?:(?!(?:of|that) )[a-z-]+ ){0,3}?(?:${nouns}|(?:${one}) (?:of it )?(?:are|were|have))\\b(?![/.-]\\S)`,
  "g",
);

/** Where a printed text says many of what is one: `1 users`, `1 mailbox are`. */
export function miscounted(text: string): string[] {
  return [...text.matchAll(wrong)].map(([found]) => found);
}

/** @throws Error naming what a printed text counts wrongly */
export function holdCounts(text: string): void {
  const found = miscounted(text);
  if (found.length > 0) throw new Error(`printed for one: ${[...new Set(found)].join(", ")}`);
}

/** Widest line of what is printed, columns. */
const widest = 160;

/** Messages of Pulumi's own, which are wide: of a run that was interrupted, of a lock, of a program that died, of its log. */
const pulumis = /the Pulumi CLI was|currently locked by|unhandled exception|pending operations|^[IWEF]\d{4} /;

/** What the CLI prints to be copied: commands for Pulumi, a shell or the Exchange Management Shell, and places. */
const copied = /^ {2}(pulumi|\.|plan:) |^by hand |^(The plan, the lists|All that Pulumi)/;

/**
 * @param text what is printed
 * @param before how many columns Pulumi sets before each line, and before the first: four for a message of the engine, with `warning: `;
 *   ten for a policy's
 * @throws Error with a line that is too wide and has blanks to break it at
 */
export function holdWidth(text: string, before = { each: 0, first: 0 }): void {
  if (pulumis.test(text)) return;
  for (const [index, line] of text.split("\n").entries())
    if (
      line.length + (index === 0 ? before.first : before.each) > widest &&
      line.split(" ").every((word) => word.length < 60) &&
      !copied.test(line)
    )
      throw new Error(`printed wider than ${widest} columns: ${line}`);
}

/**
 * @param args the arguments of `mailstage`
 * @param printed what it printed; a review on stdout is Markdown, HTML or JSON, and a schema JSON
 * @throws Error with a line for people that is too wide
 */
export function holdPrinted(
  args: readonly string[],
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): void {
  holdWidth(stderr);
  if (args[0] !== "review" && args[0] !== "schema" && !args.includes("--json")) holdWidth(stdout);
}
