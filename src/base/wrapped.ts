/** Longest line of what a run prints, with what Pulumi indents it by: four columns, and more for one of several reasons or of a policy. */
const columns = 160;
const pulumiIndents = 10;
/** How long the longest word is that Pulumi sets before a message, columns. */
export const severityLabel = "warning: ".length;
/** What a line goes on with; nothing else of ours begins so far to the right. */
const further = "        ";

/**
 * A text with its lines broken at blanks, so that none is longer than a screen is wide. A word is never broken.
 * @param before how long what Pulumi prints before the text is, columns
 */
export function wrapped(text: string, before = 0): string {
  return text
    .split("\n")
    .map((line, index) => brokenLine(line, index === 0 ? before : 0))
    .join("\n");
}

/** The same text in whole lines, as readers of it take it. */
export function unwrapped(text: string): string {
  return text.replace(/\n {8,}(?=\S)/g, " ");
}

function brokenLine(line: string, before: number): string {
  const [first = "", ...words] = line.split(/(?<=\S) (?=\S)/);
  let text = first;
  let width = before + first.length;
  for (const word of words) {
    const fits = width + 1 + word.length <= columns - pulumiIndents;
    text += fits ? ` ${word}` : `\n${further}${word}`;
    width = (fits ? width + 1 : further.length) + word.length;
  }
  return text;
}
