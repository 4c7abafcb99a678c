import { readMailboxFiles } from "../src/plan/csv/index.js";
import { MailboxSet } from "../src/plan/mailbox-set.js";
import { localPart } from "../src/plan/names.js";
import { programRoot } from "../src/plan/project-root.js";
import { asRunError } from "./run-error.js";
import * as pulumi from "./sdk.js";

/** A wave's list, as the resources of a wave are told about it. */
export interface MailboxList {
  /** What each of them takes. */
  readonly file: { wave: string; domain: string; csv: string; digest: pulumi.Output<string> };
  /** Local parts of the addresses: `members`, and `mailboxes` of a migration batch. */
  readonly members: string;
  /** How many: `mailboxes` of licences and conversions. */
  readonly count: number;
}

/**
 * Reads and checks a wave's CSV, for a program that declares resources of a wave alone.
 * @param list name of the wave, its domain, the path of its CSV relative to the folder of Pulumi.yaml, and how its users sign in
 * @throws pulumi.RunError with every problem of the file
 */
export function mailboxList({
  wave,
  domain,
  csv,
  signOn = "cloud",
}: {
  wave: string;
  domain: string;
  csv: string;
  signOn?: "cloud" | "adfs";
}): MailboxList {
  return asRunError(() => {
    const root = programRoot(pulumi.getRootDirectory());
    const [{ digest, rows } = { digest: "", rows: [] }] = readMailboxFiles(root, {
      domain,
      signOn,
      waves: [{ name: wave, csv }],
    });
    const listed = MailboxSet.ofNames(rows.map(({ emailAddress }) => localPart(emailAddress)));
    return { file: fileOf({ wave, domain, csv, digest }), members: listed.lines(), count: rows.length };
  });
}

/** What the resources of a wave are told about its CSV, once that was read. */
export function fileOf({
  digest,
  ...file
}: {
  wave: string;
  domain: string;
  csv: string;
  digest: string;
}): MailboxList["file"] {
  // Secret: whoever knows all of a file but one short password could find that by its digest.
  return { ...file, digest: pulumi.secret(digest) };
}
