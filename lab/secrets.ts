/** What a lab's services know a client by, named as a run is given it. */
export const secretNames = [
  "MAILSTAGE_SOURCE_PASSWORD",
  "MAILSTAGE_DIRECTORY_PASSWORD",
  "AZURE_CLIENT_SECRET",
  "MAILSTAGE_TSIG_SECRET",
  "CLOUDFLARE_API_TOKEN",
] as const;
export type SecretName = (typeof secretNames)[number];

/** The secrets that a lab's services accept now: one that was rotated is refused from then on. */
export class LabSecrets {
  readonly #now: Map<SecretName, string>;
  /** All there ever were. */
  readonly #ever: Set<string>;

  constructor(secrets: Readonly<Record<SecretName, string>>) {
    this.#now = new Map(secretNames.map((name) => [name, secrets[name]]));
    this.#ever = new Set(this.#now.values());
  }

  /** @throws Error for a name that is none */
  of(name: SecretName): string {
    const value = this.#now.get(name);
    if (value === undefined) throw new Error(`the lab knows no ${name}`);
    return value;
  }

  get ever(): ReadonlySet<string> {
    return this.#ever;
  }

  rotate(name: SecretName, value: string): void {
    this.#now.set(name, value);
    this.#ever.add(value);
  }
}
