import { deflateRawSync, inflateRawSync } from "node:zlib";
import { MailstageError } from "../errors/index.js";

/** More than a wave can have, bytes: what claims to be longer is damaged. */
const longest = 64 * 1024 * 1024;

/**
 * Names in few bytes, for state that nobody reads in a review: sorted, a line each, deflated (RFC 1951), in base64. Pulumi
 * passes state on, and logs it, several times a run. To read one: `node -p 'zlib.inflateRawSync(Buffer.from("…","base64"))+""'`.
 * @param names without line ends; a repeated one counts once
 */
export function packNames(names: Iterable<string>): string {
  const text = [...new Set(names)].sort().join("\n");
  return text === "" ? "" : deflateRawSync(text).toString("base64");
}

/**
 * What `packNames` was given, sorted.
 * @param subject whose names, for the error
 * @throws MailstageError `state-damaged` where the text was not made by `packNames`
 */
export function unpackNames(packed: string, subject: string): string[] {
  if (packed === "") return [];
  try {
    return inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: longest }).toString().split("\n");
  } catch {
    throw new MailstageError({
      code: "state-damaged",
      subject,
      reason: "has names in the stack's state that cannot be read",
      hint: "Take the state of before from the backups of your state store: pulumi stack import",
    });
  }
}
