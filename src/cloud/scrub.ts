const longest = 600;

/**
 * Makes a service's text fit for an error message: known secrets, bearer tokens and client secrets are taken out,
 * control characters (NUL padding, terminal escapes) become spaces, the rest is one line of at most 600 characters
 * without a full stop at its end.
 * @param secrets values this call handed to the service, which it may echo
 */
export function scrub(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  const known = [
    ...secrets,
    process.env["AZURE_CLIENT_SECRET"],
    process.env["AZURE_CLIENT_CERTIFICATE_PASSWORD"],
  ]
    .filter((secret) => secret !== undefined)
    .filter((secret) => secret.length > 3)
    .sort((left, right) => right.length - left.length);
  for (const secret of known)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
      clean = clean.replaceAll(form, "***");
  clean = clean
    .replace(/\beyJ[\w-]{10,}(\.[\w-]+){0,2}/g, "***")
    .replace(/\b(bearer|client_secret=|client_assertion=|password=)\s*[^\s"'&,;]{4,}/gi, "$1***")
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.\s]+$/, "");
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}
