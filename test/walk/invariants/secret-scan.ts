import { disguises } from "../../abuse/secret-search.js";

/** A form of a secret. */
interface Form {
  /** `MAILSTAGE_SOURCE_PASSWORD in base64 of utf8`. */
  readonly name: string;
  readonly octets: Buffer;
}

/** Octets by which it is decided how far to leap. */
const window = 3;

/** Looks for many forms of secrets at once (Wu and Manber): each run of a walk prints as much as a book. */
export class SecretScan {
  readonly #secrets = new Set<string>();
  #forms: Form[] = [];
  #least = Number.POSITIVE_INFINITY;
  #leaps = new Uint8Array(1 << 16);

  /** Looks for this one too from now on. */
  add(name: string, secret: string): void {
    // Shorter ones stand everywhere.
    if (secret.length < 8 || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    for (const [how, octets] of disguises(secret)) this.#forms.push({ name: `${name} ${how}`, octets });
    this.#least = Math.min(255, ...this.#forms.map(({ octets }) => octets.length));
    this.#leaps = new Uint8Array(1 << 16).fill(this.#least - window + 1);
    for (const { octets } of this.#forms)
      for (let at = window - 1; at < this.#least; at += 1) {
        const hash = hashAt(octets, at);
        this.#leaps[hash] = Math.min(this.#leaps[hash] ?? 0, this.#least - 1 - at);
      }
  }

  /** The first form that stands there. */
  find(text: string | Buffer): string | undefined {
    const octets = Buffer.from(text);
    for (let at = this.#least - 1; at < octets.length; ) {
      const leap = this.#leaps[hashAt(octets, at)] ?? 1;
      if (leap > 0) {
        at += leap;
        continue;
      }
      const begin = at - this.#least + 1;
      for (const form of this.#forms)
        if (octets.subarray(begin, begin + form.octets.length).equals(form.octets)) return form.name;
      at += 1;
    }
    return undefined;
  }
}

const hashAt = (octets: Buffer, at: number) =>
  (((octets[at - 2] ?? 0) << 10) ^ ((octets[at - 1] ?? 0) << 5) ^ (octets[at] ?? 0)) & 0xffff;
