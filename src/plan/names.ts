import { domainToASCII } from "node:url";
import { z } from "zod";

// The patterns go into the JSON Schema, whose readers may or may not set the u flag: no \p{…}, no flags.
/** ASCII letters and digits, and the letters beyond: no blanks, punctuation or full-width forms. */
const letter = "A-Za-z0-9\\u00a1-\\u1fff\\u2070-\\u2fff\\u3005-\\ud7ff\\uf900-\\ufdcf";
const label = `[${letter}](?:[${letter}_-]{0,61}[${letter}])?`;
const port = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

/** At least two labels of at most 63 characters, the last not a number: an IPv4 address is not a domain name. */
const domainPattern = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)+(?!\\d+$)${label}$`);
const hostPortPattern = new RegExp(`^(?:\\[[0-9A-Fa-f:]+\\]|[^\\s/:@\\[\\]]+)(?::${port})?$`);
const localPartPattern = new RegExp(`^(?=.{1,64}$)${atom}(?:\\.${atom})*$`);
const addressPattern = new RegExp(
  `^(?=.{1,254}$)(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+(?!\\d+$)${label}$`,
);

function domainMistake(input: unknown): string {
  const example = "must be a domain name such as contoso.com";
  if (typeof input !== "string") return example;
  if (input.endsWith(".")) return `${example}, without the trailing dot`;
  if (input.includes("://")) return `${example}, without a scheme`;
  if (input.includes("@")) return `${example}, without the part up to @`;
  return example;
}

/** A DNS name (RFC 1123, `_` allowed) without a trailing dot, lower-cased; IDN stays as written, `src/dns` makes A-labels. */
export const dnsName = z
  .string()
  .regex(domainPattern, { error: (issue) => domainMistake(issue.input) })
  .toLowerCase();

/** A server's DNS name, or its IPv4 address where it has no name, as in a rehearsal on loopback. */
export const serverName = z
  .string()
  .regex(new RegExp(`${domainPattern.source}|^\\d{1,3}(?:\\.\\d{1,3}){3}$`), {
    error: (issue) => domainMistake(issue.input),
  })
  .toLowerCase();

/** A host to connect to, with an optional port: `10.0.0.53`, `127.0.0.1:5353`, `[::1]:53`. */
export const hostPort = z
  .string()
  .regex(hostPortPattern, "must be host or host:port, such as 10.0.0.53 or dns1.contoso.com:5353");

/** A GUID as Entra and Azure write it. */
export const guid = z.guid({ error: "must be a GUID such as 6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34" });

/** `ldaps://` or `ldap://`, host and optional port; no user, no path: those have fields of their own. */
export const ldapUrl = z
  .string()
  .regex(
    new RegExp(`^ldaps?://(?:\\[[0-9A-Fa-f:]+\\]|[^\\s/:@\\[\\]?#]+)(?::${port})?/?$`),
    "must be ldaps://host[:port] or ldap://host[:port] and nothing more",
  );

/** A service's base URL: tokens are sent there, so only a loopback address may do without TLS. */
export const serviceUrl = z
  .string()
  .regex(
    new RegExp(
      `^(?:https://[^\\s/:@?#]+|https?://(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\]))(?::${port})?(?:/[^\\s@?#]*)?$`,
    ),
    "must be an https:// URL (http:// only on loopback), without user, query or fragment",
  );

/** An SMTP address (RFC 5321 dot-string), trimmed, lower-cased, its domain in A-labels: see `normalAddress`. */
export const emailAddress = z
  .string()
  .regex(addressPattern, "must be an e-mail address such as pilarp@contoso.com")
  .overwrite(normalAddress);

/** One spelling for one mailbox: trimmed, lower case, an internationalized domain as A-labels (RFC 5890). */
export function normalAddress(address: string): string {
  const lower = address.trim().toLowerCase();
  const at = lower.lastIndexOf("@");
  const domain = lower.slice(at + 1);
  return at < 0 ? lower : lower.slice(0, at + 1) + asciiDomain(domain);
}

/** The address of a mailbox of a domain, which lists and state have by its local part. */
export function addressIn(domain: string, local: string): string {
  return `${local}@${domain}`;
}

/** The local part of an address of the domain, in lower case; an address of another domain stays whole. */
export function localIn(domain: string, address: string): string {
  const lower = address.toLowerCase();
  return lower.endsWith(`@${domain}`) ? lower.slice(0, -domain.length - 1) : lower;
}

/** What stands before the last `@` of an address. */
export function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf("@"));
}

/** A domain in A-labels, for comparing; a name that has none is returned lower-cased as it is. */
export function asciiDomain(domain: string): string {
  const lower = domain.toLowerCase();
  // domainToASCII would take `1.2` for an IPv4 address, and drop line ends and tabs from within a name.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  return /^[\x00-\x7f]*$|\s/.test(lower) ? lower : domainToASCII(lower) || lower;
}

/** Whether `address` is a single SMTP address of the dot-string form; quoted local parts are not: Exchange forbids them. */
export function isAddress(address: string): boolean {
  return addressPattern.test(address);
}

/** Whether `local` may stand before the `@` of an address. */
export function isLocalPart(local: string): boolean {
  return localPartPattern.test(local);
}

/** In the cloud's namespace, as Microsoft's procedure asks: `autodiscover.cloud.contoso.com` where that is another one. */
export function autodiscoverName(plan: {
  readonly domain: string;
  readonly cloudNamespace?: string | undefined;
}): string {
  return `autodiscover.${plan.cloudNamespace ?? plan.domain}`;
}
