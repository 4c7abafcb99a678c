import { secretForms } from "./forms.js";

export { secretForms } from "./forms.js";

const kept = new Map<string, readonly string[]>();
/** Made of all that was kept, when a text is told; undefined since another was kept. */
let anyKept: RegExp | undefined;

/** Notes a secret this process was given, so that no problem it tells holds it. */
export function keepSecret(secret: string | undefined): void {
  if (secret === undefined || kept.has(secret)) return;
  kept.set(secret, secretForms(secret));
  anyKept = undefined;
}

/** Notes everything in the environment that names itself a secret, as it is now. */
export function keepEnvironment(): void {
  for (const [name, value] of Object.entries(process.env))
    if (/SECRET|PASSWORD|PASSPHRASE|TOKEN$|_KEY$/i.test(name) && !/(FILE|PATH|DIR|URL)$/i.test(name))
      if (value !== undefined && value.length >= 8) keepSecret(value);
}

/** A text with `***` in place of every secret that was noted, in any of its forms. */
export function withoutSecrets(text: string): string {
  if (kept.size === 0) return text;
  anyKept ??= anyOf([...kept.values()].flat());
  return anyKept === undefined ? text : text.replace(anyKept, "***");
}

/** The length of the longest form of a noted secret, in characters. */
export function longestForm(): number {
  return Math.max(0, ...[...kept.values()].flat().map((form) => form.length));
}

/** Matches any of these texts, the longest first; undefined for none. */
export function anyOf(forms: readonly string[]): RegExp | undefined {
  if (forms.length === 0) return undefined;
  const sorted = [...new Set(forms)].sort((left, right) => right.length - left.length);
  return new RegExp(sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}
