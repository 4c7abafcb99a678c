import { parseMx, sameValues } from "./record-set.js";

/** Hosts of an MX set, canonical, in its order. @throws MailstageError dns-value */
export function exchangesOf(values: readonly string[]): string[] {
  return values.map((value) => parseMx(value).exchange);
}

/** Whether an exchanger, canonical, only proves ownership of the domain (`ms12345678.msv1.invalid`), and takes no mail. */
export const isProofExchange = (exchange: string): boolean => exchange.endsWith(".msv1.invalid");

/** The same of an MX value (`32767 ms12345678.msv1.invalid`). @throws MailstageError dns-value */
export function isProofMx(value: string): boolean {
  return isProofExchange(parseMx(value).exchange);
}

/** Whether all mail goes to hosts the tenant names, or has named: there is an MX, and no other host in it. Preferences do not matter. */
export function goesTo(values: readonly string[], tenantMx: readonly string[]): boolean {
  const tenant = new Set(exchangesOf(tenantMx));
  return values.length > 0 && exchangesOf(values).every((host) => tenant.has(host));
}

/** Whether any mail goes to a host the tenant names, or has named. */
export function touches(values: readonly string[], tenantMx: readonly string[]): boolean {
  const tenant = new Set(exchangesOf(tenantMx));
  return exchangesOf(values).some((host) => tenant.has(host));
}

/** Whether mail goes the same way by both: the same values, but for proofs of ownership. */
export function sameMail(left: readonly string[], right: readonly string[]): boolean {
  const mail = (values: readonly string[]) => values.filter((value) => !isProofMx(value));
  return sameValues("MX", mail(left), mail(right));
}
