import { promisify, types } from "node:util";
import { gunzip } from "node:zlib";
import { answerTooLarge } from "./retry-strategy.js";

/** Most octets of one answer, unpacked: a page of 1,000 objects has a few million. */
export const mostAnswerBytes = 64 * 1024 * 1024;

/** An answer whose body cannot be had. */
export class BodyError extends Error {
  /** Node's or zlib's code, or `answerTooLarge`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "BodyError";
    this.code = code;
  }
}

const unpack = promisify(gunzip);

/**
 * The whole body of an answer as text. Octets that are no UTF-8 become U+FFFD.
 * @param packed whether it is compressed by gzip
 * @throws BodyError when it is cut off, broken or larger than `mostAnswerBytes`
 */
export async function readBody(stream: NodeJS.ReadableStream | undefined, packed: boolean): Promise<string> {
  if (stream === undefined) return "";
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      length += bytes.length;
      // Leaving the loop destroys the stream, and with it the connection.
      if (length > mostAnswerBytes) throw tooLarge();
    }
    const bytes = Buffer.concat(chunks);
    return (packed ? await unpack(bytes, { maxOutputLength: mostAnswerBytes }) : bytes).toString("utf8");
  } catch (error) {
    if (error instanceof BodyError) throw error;
    const code = types.isNativeError(error) && "code" in error ? String(error.code) : "unknown";
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new BodyError(code, `the answer cannot be read to its end (${code})`);
  }
}

function tooLarge(): BodyError {
  return new BodyError(answerTooLarge, `the answer is larger than ${mostAnswerBytes / 2 ** 20} MB`);
}
