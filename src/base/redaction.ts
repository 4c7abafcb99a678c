import { secretForms } from "./secret-forms.js";
import { isSecretVariable } from "./secret-names.js";

export { secretForms } from "./secret-forms.js";

/** Every noted secret with its forms, which are made when a text is first told: most runs have nothing to tell. */
const noted = new Map<string, readonly string[] | undefined>();
/** Made of all that was kept, when one stands in a text; undefined since another was kept. */
let anyNoted: RegExp | undefined;

function* notedForms(): Generator<string> {
  for (const [secret, made] of noted) {
    const forms = made ?? secretForms(secret);
    if (made === undefined) noted.set(secret, forms);
    yield* forms;
  }
}

/** Notes a secret this process was given, so that no problem it tells holds it. */
export function keepSecret(secret: string | undefined): void {
  if (secret === undefined || noted.has(secret)) return;
  noted.set(secret, undefined);
  anyNoted = undefined;
}

/** Notes everything in the environment that names itself a secret, as it is now. */
export function keepEnvironment(): void {
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && value.length >= 8 && isSecretVariable(name)) keepSecret(value);
}

/** A text with `***` in place of every secret that was noted, in any of its forms. */
export function withoutSecrets(text: string): string {
  // To look for each is quicker than to make one expression of all, and nearly every text holds none.
  if (!notedForms().some((form) => text.includes(form))) return text;
  anyNoted ??= anyOf([...notedForms()]);
  return anyNoted === undefined ? text : text.replace(anyNoted, "***");
}

/** The length of the longest form of a noted secret, in characters. */
export function longestForm(): number {
  let longest = 0;
  for (const { length } of notedForms()) longest = Math.max(longest, length);
  return longest;
}

/** Matches any of these texts, the longest first; undefined for none. */
export function anyOf(forms: readonly string[]): RegExp | undefined {
  if (forms.length === 0) return undefined;
  const sorted = [...new Set(forms)].sort((left, right) => right.length - left.length);
  return new RegExp(sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}
