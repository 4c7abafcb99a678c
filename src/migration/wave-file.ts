import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MailstageError, throwIfAny } from "../base/problem.js";
import { parseMailboxFile } from "../plan/csv/index.js";
import { MailboxSet } from "../plan/mailbox-set.js";

/** A wave's CSV as the plan was reviewed with it. */
export interface WaveFile {
  /** The file, passwords included: held in memory for the update of its wave, whose requests are made from it, and never kept. */
  readonly bytes: Uint8Array;
  /** Primary SMTP addresses, in the file's order. */
  readonly addresses: readonly string[];
}

/**
 * The addresses a resource was last applied to, for `read`: the CSV is another as soon as somebody edits it, and a refresh must go on.
 * @returns undefined for state of an earlier version, which does not tell them
 */
export function appliedAddresses(wave: {
  readonly wave: string;
  readonly domain: string;
  readonly members?: string | undefined;
}): string[] | undefined {
  if (wave.members === undefined) return undefined;
  return MailboxSet.ofLines(wave.members, `wave ${wave.wave}`).addresses(wave.domain);
}

/**
 * Reads a wave's CSV when it is applied.
 * @param root the folder of Pulumi.yaml, to which `csv` is relative
 * @throws MailstageError when it is missing, faulty, or not the file whose SHA-256 the preview saw
 */
export function readWave(
  root: string,
  wave: { readonly wave: string; readonly csv: string; readonly digest: string; readonly domain: string },
): WaveFile {
  const subject = wave.csv;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(root, wave.csv));
  } catch (cause) {
    throw new MailstageError(
      {
        code: "csv-unreadable",
        subject,
        reason: "cannot be read",
        hint: "The file must be there whenever pulumi up runs",
      },
      { cause },
    );
  }
  if (createHash("sha256").update(bytes).digest("hex") !== wave.digest)
    throw new MailstageError({
      code: "csv-changed",
      subject,
      reason: "was changed since the preview, so that what would be sent is not what was reviewed",
      hint: "Run pulumi preview again and review it",
    });
  const { file, problems } = parseMailboxFile(bytes, wave.csv, {
    wave: wave.wave,
    domain: wave.domain,
    // What is asked of lists besides, where users sign in by AD FS, the program has asked of this very file.
    signOn: "cloud",
  });
  throwIfAny(problems);
  return { bytes, addresses: file?.rows.map((row) => row.emailAddress) ?? [] };
}
