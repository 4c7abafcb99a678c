import type { Problem } from "../../base/problem.js";
import { agree, counted } from "../../base/words.js";

/** A file's text as UTF-8 without a byte order mark, and what was wrong with its encoding. */
export interface DecodedFile {
  readonly utf8: Buffer;
  readonly problems: readonly Problem[];
}

const hint = 'Save the file as "CSV UTF-8" (or any Unicode text encoding)';

/**
 * Decodes UTF-8 and UTF-16 with or without a byte order mark. What cannot be decoded becomes U+FFFD and one problem
 * that names the first line, so that the other checks still see the rest (Microsoft's procedure, "CSV file format", the note on encoding).
 */
export function decodeFile(bytes: Uint8Array, path: string): DecodedFile {
  if (startsWith(bytes, [0xff, 0xfe, 0, 0]) || startsWith(bytes, [0, 0, 0xfe, 0xff]))
    return {
      utf8: Buffer.alloc(0),
      problems: [encodingProblem(path, "is UTF-32, which Exchange does not read")],
    };
  const encoding = detectEncoding(bytes);
  const decoded = encoding === "utf-8" ? decodeUtf8(bytes, path) : decodeUtf16(bytes, path, encoding);
  const zero = decoded.utf8.indexOf(0);
  if (zero < 0) return decoded;
  // csv-parse passes over one after a closing quotation mark, and nobody types one.
  const where = `${path}:${countLines(decoded.utf8.toString("utf8", 0, zero)) + 1}`;
  return { ...decoded, problems: [...decoded.problems, encodingProblem(where, "has a NUL character")] };
}

function decodeUtf16(bytes: Uint8Array, path: string, encoding: "utf-16le" | "utf-16be"): DecodedFile {
  const text = new TextDecoder(encoding).decode(bytes);
  const wrong = text.search(/�/u);
  return {
    utf8: Buffer.from(text),
    problems:
      wrong < 0
        ? []
        : [
            encodingProblem(
              `${path}:${countLines(text.slice(0, wrong)) + 1}`,
              `has a character that is not valid ${encoding.toUpperCase()}`,
            ),
          ],
  };
}

/** Windows-1252 text is what an editor writes that was not told otherwise; as UTF-8 it breaks at the first accent. */
function decodeUtf8(bytes: Uint8Array, path: string): DecodedFile {
  const body = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes;
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    strict.decode(buffer);
    return { utf8: buffer, problems: [] };
  } catch {
    const lines: number[] = [];
    let line = 1;
    for (let start = 0; start < buffer.length; line++) {
      const feed = buffer.indexOf(0x0a, start);
      const end = feed < 0 ? buffer.length : feed + 1;
      try {
        strict.decode(buffer.subarray(start, end));
      } catch {
        lines.push(line);
      }
      start = end;
    }
    const more =
      lines.length > 1
        ? `, and so ${agree(lines.length - 1, "has", "have")} ${counted(lines.length - 1, "more line")}`
        : "";
    return {
      utf8: Buffer.from(buffer.toString("utf8")),
      problems: [
        encodingProblem(
          `${path}:${lines[0] ?? 1}`,
          `has a character that is not valid UTF-8 (Windows-1252, perhaps)${more}`,
        ),
      ],
    };
  }
}

/** Without a mark, UTF-16 betrays itself by its zero bytes: the header row starts the file, and is ASCII. */
function detectEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (startsWith(bytes, [0xff, 0xfe])) return "utf-16le";
  if (startsWith(bytes, [0xfe, 0xff])) return "utf-16be";
  const zeros: [even: number, odd: number] = [0, 0];
  const sample = bytes.subarray(0, 2 * "EmailAddress".length);
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2 === 0 ? 0 : 1]++;
  });
  const most = Math.floor(sample.length / 2) * 0.75;
  if (sample.length >= 4 && zeros[1] >= most && zeros[0] === 0) return "utf-16le";
  if (sample.length >= 4 && zeros[0] >= most && zeros[1] === 0) return "utf-16be";
  return "utf-8";
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/** How many lines end in the text, by CRLF, LF or CR. */
export function countLines(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

function encodingProblem(subject: string, reason: string): Problem {
  return { code: "csv-encoding", subject, reason, hint };
}
