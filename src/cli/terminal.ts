import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Text in a style, plain where the stream is no terminal or NO_COLOR is set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** A line of the command's result, on stdout. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** A heading: a blank line before it. */
export function heading(text: string): void {
  print();
  print(styled("bold", text));
}

/** A line about what is going on, on stderr. */
export function note(line: string): void {
  process.stderr.write(`${styled("dim", line, process.stderr)}\n`);
}

/** Says on stderr what is going on until the work is done, where a person looks on: a terminal. Nothing is left of it. */
export async function whileSaying<T>(text: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  process.stderr.write(styled("dim", text, process.stderr));
  return work.finally(() => process.stderr.write("\r\x1b[K"));
}
