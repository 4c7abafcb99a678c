import { types } from "node:util";
import { anyOf, keepEnvironment, longestForm, secretForms, withoutSecrets } from "./redaction.js";

const longest = 600;
/** So much of a text is looked at: expressions over tens of megabytes would take minutes. */
const mostLookedAt = 20_000;

/**
 * Makes a service's text fit for an error message: known secrets, bearer tokens and client secrets are taken out,
 * control characters (NUL padding, terminal escapes) become spaces, the rest is one line of at most 600 characters
 * without a full stop at its end.
 * @param secrets values this call handed to the service, which it may echo
 */
export function scrub(text: string, secrets: readonly string[] = []): string {
  keepEnvironment();
  const forms = secrets.flatMap(secretForms);
  // What is cut off must not leave the beginning of a secret behind.
  const margin = forms.reduce((most, form) => Math.max(most, form.length), longestForm());
  const cut = text.length > mostLookedAt + margin;
  const own = anyOf(forms);
  const whole = cut ? text.slice(0, mostLookedAt + margin) : text;
  let clean = withoutSecrets(own === undefined ? whole : whole.replace(own, "***"));
  if (cut && margin > 0) clean = clean.slice(0, -margin);
  clean = clean
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .replace(/\beyJ[\w-]{10,}(\.[\w-]+){0,2}/g, "***")
    .replace(/\b(bearer|client_secret=|client_assertion=|password=)\s*[^\s"'&,;]{4,}/gi, "$1***")
    .replace(/\s+/g, " ")
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean.replace(/[.\s]+$/, "");
}

/** The text of a failure; errors of another realm (a test's sandbox, a worker) are errors too. */
export function failureText(error: unknown): string {
  return types.isNativeError(error) ? scrub(error.message) : "an unknown failure";
}
