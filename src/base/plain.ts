import { counted } from "./words.js";

/**
 * Data as text that is safe to print anywhere: nothing in it moves a cursor, colours a terminal, turns the reading
 * direction round or hides. Names and values come from DNS, CSVs and services, and a reviewer must see what is there.
 */

/** Terminal sequences: CSI, OSC and the two-character ones (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const terminal = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/** Control characters, lone surrogates, line separators, and what Unicode lets a renderer hide: overrides, zero-width, tags. */
const invisible = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/** A text on one line, with what cannot be seen written out: `\u202e`. Blanks and line ends become one blank each. */
export function plainLine(text: string): string {
  return text
    .replace(terminal, (sequence) => `\\e${sequence.slice(1)}`)
    .replace(/[ \t]*[\r\n\u0085\u2028\u2029][\s]*/g, " ")
    .replace(/\t/g, " ")
    .replace(invisible, escaped);
}

/** A text with its line ends, everything else as `plainLine` makes it. */
export function plainLines(text: string): string[] {
  return text
    .split(/\r\n|[\r\n\u0085\u2028\u2029]/)
    .map((line) => plainLine(line).trimEnd())
    .filter((line) => line !== "");
}

/** A text cut to a length, with its own length said: a 400-character label does not fill a reviewer's screen. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  return `${characters.slice(0, most).join("")}… (${counted(characters.length, "character")})`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
