import { styleText } from "node:util";
import { wrapped } from "../base/wrapped.js";

type Style = Parameters<typeof styleText>[0];

/** Text in a style, plain where the stream is no terminal or NO_COLOR is set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** Lines of the command's result, on stdout, for people: none is wider than a screen. */
export function print(text = ""): void {
  printWhole(wrapped(text));
}

/** Lines of the command's result, on stdout, that are copied or read by programs: a command, a path, JSON. None is broken. */
export function printWhole(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A heading: a blank line before it. */
export function heading(text: string): void {
  print();
  print(styled("bold", text));
}

/** A line about what is going on, or went wrong, on stderr. */
export function note(text: string, style: Style = "dim"): void {
  process.stderr.write(`${styled(style, wrapped(text), process.stderr)}\n`);
}

/** Says on stderr what is going on until the work is done, where a person looks on: a terminal. Nothing is left of it. */
export async function whileSaying<T>(text: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  process.stderr.write(styled("dim", text, process.stderr));
  return work.finally(() => process.stderr.write("\r\x1b[K"));
}
