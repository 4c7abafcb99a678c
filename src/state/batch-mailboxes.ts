import { type MailboxesByBatch, MailboxSet } from "../plan/mailbox-set.js";

/** A wave's mailboxes as state has them: the names of its one migration batch, or those of several by the batch's name. */
export interface BatchMailboxes {
  /** By `joinNames`, where the wave is one batch of its own name. */
  readonly mailboxes?: string | undefined;
  /** Each by `joinNames`, otherwise. */
  readonly mailboxesByBatch?: Readonly<Record<string, string>> | undefined;
}

/** Which mailboxes are in which batch, as state has it: a wave of one batch of its own name needs no name for it. */
export function batchMailboxes(
  wave: string,
  byBatch: MailboxesByBatch,
): { mailboxes: string | undefined; mailboxesByBatch: Record<string, string> | undefined } {
  const [only, ...others] = Object.entries(byBatch);
  if (only?.[0] === wave && others.length === 0)
    return { mailboxes: only[1].lines(), mailboxesByBatch: undefined };
  const kept = Object.entries(byBatch).map(([batch, own]): [string, string] => [batch, own.lines()]);
  return { mailboxes: undefined, mailboxesByBatch: Object.fromEntries(kept) };
}

/** The names of a wave's batches; looks into no list. */
export function batchNames(wave: string, kept: BatchMailboxes): string[] {
  return Object.keys(textsOf(wave, kept));
}

/** Which mailboxes are in which batch. @throws MailstageError `state-damaged`, naming the batch */
export function mailboxesByBatch(wave: string, kept: BatchMailboxes): Record<string, MailboxSet> {
  return Object.fromEntries(
    Object.entries(textsOf(wave, kept)).map(([batch, names]) => [
      batch,
      MailboxSet.ofLines(names, `migration batch ${batch}`),
    ]),
  );
}

function textsOf(
  wave: string,
  { mailboxes, mailboxesByBatch: several }: BatchMailboxes,
): Readonly<Record<string, string>> {
  return several ?? (mailboxes === undefined ? {} : { [wave]: mailboxes });
}
