import { type MailboxesByBatch, MailboxSet } from "../plan/mailbox-set.js";

/** A wave's mailboxes as state has them: the names of its one migration batch, or those of several by the batch's name. */
export interface BatchMailboxes {
  /** By `joinNames`, where the wave is one batch of its own name. */
  readonly mailboxes?: string | undefined;
  /** Each by `joinNames`, otherwise. */
  readonly parts?: Readonly<Record<string, string>> | undefined;
}

/** Which mailboxes are in which batch, as state has it: a wave of one batch of its own name needs no name for it. */
export function batchMailboxes(
  wave: string,
  parts: MailboxesByBatch,
): { mailboxes: string | undefined; parts: Record<string, string> | undefined } {
  const [only, ...others] = Object.entries(parts);
  if (only?.[0] === wave && others.length === 0) return { mailboxes: only[1].lines(), parts: undefined };
  const kept = Object.entries(parts).map(([part, own]): [string, string] => [part, own.lines()]);
  return { mailboxes: undefined, parts: Object.fromEntries(kept) };
}

/** The names of a wave's batches; looks into no list. */
export function batchNames(wave: string, kept: BatchMailboxes): string[] {
  return Object.keys(textsOf(wave, kept));
}

/** Which mailboxes are in which batch. @throws MailstageError `state-damaged`, naming the batch */
export function mailboxesByBatch(wave: string, kept: BatchMailboxes): Record<string, MailboxSet> {
  return Object.fromEntries(
    Object.entries(textsOf(wave, kept)).map(([part, names]) => [
      part,
      MailboxSet.ofLines(names, `migration batch ${part}`),
    ]),
  );
}

function textsOf(wave: string, { mailboxes, parts }: BatchMailboxes): Readonly<Record<string, string>> {
  return parts ?? (mailboxes === undefined ? {} : { [wave]: mailboxes });
}
