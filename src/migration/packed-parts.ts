import { packNames, unpackNames } from "./packed-names.js";

/** A wave's mailboxes as state has them: the names of its one migration batch, or those of several by the batch's name. */
export interface PackedParts {
  /** Packed, where the wave is one batch of its own name. */
  readonly mailboxes?: string | undefined;
  /** Packed each, otherwise. */
  readonly parts?: Readonly<Record<string, string>> | undefined;
}

/** Packs which mailboxes are in which batch: a wave of one batch of its own name needs no name for it. */
export function packParts(
  wave: string,
  parts: Readonly<Record<string, readonly string[]>>,
): { mailboxes: string | undefined; parts: Record<string, string> | undefined } {
  const [only, ...others] = Object.entries(parts);
  if (only?.[0] === wave && others.length === 0) return { mailboxes: packNames(only[1]), parts: undefined };
  const packed = Object.entries(parts).map(([part, locals]): [string, string] => [part, packNames(locals)]);
  return { mailboxes: undefined, parts: Object.fromEntries(packed) };
}

/** The names of a wave's batches; looks into no list. */
export function partNames(wave: string, packed: PackedParts): string[] {
  return Object.keys(textsOf(wave, packed));
}

/** Which mailboxes are in which batch. @throws MailstageError `state-damaged`, naming the batch */
export function unpackParts(wave: string, packed: PackedParts): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(textsOf(wave, packed)).map(([part, names]) => [
      part,
      unpackNames(names, `migration batch ${part}`),
    ]),
  );
}

function textsOf(wave: string, { mailboxes, parts }: PackedParts): Readonly<Record<string, string>> {
  return parts ?? (mailboxes === undefined ? {} : { [wave]: mailboxes });
}
