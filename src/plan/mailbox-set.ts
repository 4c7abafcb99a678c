import { joinNames, splitNames } from "../base/name-list.js";
import { addressIn, localIn } from "./names.js";

/**
 * Mailboxes of one domain, such as those of a batch: each by the local part of its address in lower case, as lists and state have
 * it, and one of another domain by its whole address. In order, none twice; what would change it makes another.
 */
export class MailboxSet implements Iterable<string> {
  readonly #lines: string;
  readonly #names: readonly string[];
  #members: ReadonlySet<string> | undefined;

  private constructor(lines: string, names: readonly string[]) {
    this.#lines = lines;
    this.#names = names;
  }

  /** Nobody. A field would be made before the class is: TypeScript's output fails at it. */
  static get none(): MailboxSet {
    return new MailboxSet("", []);
  }

  /** @param names as a set gives them; a repeated one counts once */
  static ofNames(names: Iterable<string>): MailboxSet {
    const lines = joinNames(names);
    return lines === "" ? MailboxSet.none : new MailboxSet(lines, lines.split("\n"));
  }

  /** @param addresses in whatever case */
  static ofAddresses(domain: string, addresses: Iterable<string>): MailboxSet {
    return MailboxSet.ofNames([...addresses].map((address) => localIn(domain, address)));
  }

  /** Those of rows with an address each, such as a CSV's, or Exchange's migration users. */
  static ofRows(domain: string, rows: readonly { readonly emailAddress: string }[]): MailboxSet {
    return MailboxSet.ofAddresses(
      domain,
      rows.map(({ emailAddress }) => emailAddress),
    );
  }

  /**
   * As state has it.
   * @param lines undefined for nobody
   * @param subject whose mailboxes, for the error
   * @throws MailstageError `state-damaged`
   */
  static ofLines(lines: string | undefined, subject: string): MailboxSet {
    return lines === undefined || lines === ""
      ? MailboxSet.none
      : new MailboxSet(lines, splitNames(lines, subject));
  }

  get size(): number {
    return this.#names.length;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]();
  }

  has(name: string): boolean {
    this.#members ??= new Set(this.#names);
    return this.#members.has(name);
  }

  /** Those in both. */
  and(other: MailboxSet): MailboxSet {
    return this.#filtered((name) => other.has(name));
  }

  /** Those that the other has not. */
  minus(other: MailboxSet): MailboxSet {
    return this.#filtered((name) => !other.has(name));
  }

  /** Those in either. */
  plus(other: Iterable<string>): MailboxSet {
    return MailboxSet.ofNames([...this.#names, ...other]);
  }

  equals(other: MailboxSet): boolean {
    return this.#lines === other.#lines;
  }

  /** As state has it: a line each. */
  lines(): string {
    return this.#lines;
  }

  /** Their addresses, in lower case. */
  addresses(domain: string): string[] {
    return this.#names.map((name) => (name.includes("@") ? name : addressIn(domain, name)));
  }

  #filtered(keep: (name: string) => boolean): MailboxSet {
    const names = this.#names.filter(keep);
    if (names.length === this.#names.length) return this;
    return names.length === 0 ? MailboxSet.none : new MailboxSet(names.join("\n"), names);
  }
}

/** Which mailboxes are in which migration batch, by the batch's name. */
export type MailboxesByBatch = Readonly<Record<string, MailboxSet>>;

/** All of them. */
export function everyMailbox(byBatch: MailboxesByBatch): MailboxSet {
  const [first = MailboxSet.none, ...others] = Object.values(byBatch);
  return others.length === 0 ? first : MailboxSet.ofNames([first, ...others].flatMap((set) => [...set]));
}
