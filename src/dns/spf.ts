import type { Problem } from "../base/problem.js";

/** Whether a TXT value is an SPF policy (RFC 7208 §4.5): exactly one may stand at a name. */
export function isSpf(value: string): boolean {
  return /^v=spf1(?: |$)/i.test(value);
}

/** The terms after `v=spf1`, in order. */
function spfTerms(value: string): string[] {
  return value
    .split(/ +/)
    .slice(1)
    .filter((term) => term !== "");
}

/** A term without its case and its optional `+`, to compare by. */
function termKey(term: string): string {
  return term.toLowerCase().replace(/^\+/, "");
}

const isAll = (term: string) => /^[-+~?]?all$/i.test(term);
const isModifier = (term: string) => /^[a-z][a-z0-9_.-]*=/i.test(term);

/** The terms that name senders: all but the closing `all` and the modifiers (`redirect=`, `exp=`). */
export function spfSenders(value: string): string[] {
  return spfTerms(value).filter((term) => !isAll(term) && !isModifier(term));
}

/** Whether a policy already has a term, whatever its case. */
export function hasSpfTerm(value: string, term: string): boolean {
  return spfTerms(value).some((present) => termKey(present) === termKey(term));
}

/** A policy with terms put before `all` (after it they would never be looked at) or at the mechanisms' end; present ones are not repeated. */
export function addSpfTerms(value: string, added: readonly string[]): string {
  const missing = added.filter((term) => !hasSpfTerm(value, term));
  if (missing.length === 0) return value;
  const terms = spfTerms(value);
  const end = terms.findIndex((term) => isAll(term));
  const modifier = terms.findIndex((term) => isModifier(term));
  const place = end >= 0 ? end : modifier >= 0 ? modifier : terms.length;
  return ["v=spf1", ...terms.slice(0, place), ...missing, ...terms.slice(place)].join(" ");
}

/** A policy without the given terms; everything else stays where it is. */
export function removeSpfTerms(value: string, removed: readonly string[]): string {
  const gone = new Set(removed.map(termKey));
  if (!spfTerms(value).some((term) => gone.has(termKey(term)))) return value;
  return ["v=spf1", ...spfTerms(value).filter((term) => !gone.has(termKey(term)))].join(" ");
}

/**
 * The domain's SPF policy with one more include, idempotent. Without a policy a new one is made that ends in `~all`, because
 * nobody has yet listed the domain's other senders; where the tenant names a whole policy, publish that instead.
 * @param include a domain such as `spf.protection.outlook.com`, with or without `include:`
 */
export function mergeSpf(current: string | undefined, include: string): string {
  const term = `include:${include.replace(/^include:/i, "")}`;
  return current === undefined ? `v=spf1 ${term} ~all` : addSpfTerms(current, [term]);
}

/** DNS lookups the policy's own terms cost a receiver (RFC 7208 §4.6.4); those inside an include come on top. */
export function spfLookups(value: string): number {
  return spfTerms(value).filter((term) =>
    /^[-+~?]?(include:|exists:|ptr\b|mx\b|a(?:[:/]|$))|^redirect=/i.test(term),
  ).length;
}

/** What a receiver may stumble over in a policy, as sentences. */
export function spfWarnings(value: string): string[] {
  const lookups = spfLookups(value);
  const warnings: string[] = [];
  if (lookups > 10)
    warnings.push(
      `the SPF policy needs at least ${lookups} DNS lookups, and receivers give up after 10 (RFC 7208 §4.6.4)`,
    );
  if (spfTerms(value).some((term) => /^\+?all$/i.test(term)))
    warnings.push("the SPF policy ends in +all, which lets anybody send for the domain");
  return warnings;
}

/**
 * What a policy lacks once users send from the tenant: with `-all` or `~all` receivers refuse, or distrust, mail from servers it
 * does not name. A domain without a policy, and one that ends otherwise, loses nothing. Pure.
 * @param tenant the policy the tenant names
 */
export function spfGap(policies: readonly string[], domain: string, tenant: string): Problem[] {
  return policies
    .filter((policy) => spfTerms(policy).some((term) => /^[-~]all$/i.test(term)))
    .flatMap((policy): Problem[] => {
      const missing = spfSenders(tenant).filter((term) => !hasSpfTerm(policy, term));
      if (missing.length === 0) return [];
      return [
        {
          code: "spf-lacks-tenant",
          subject: `TXT ${domain}`,
          reason: `the SPF policy "${policy}" does not name ${missing.join(" ")}: receivers refuse or distrust what converted users send, since that comes from Exchange Online`,
          hint: "Add it to the policy before the first mailbox is converted, or set spf: add in the plan",
        },
      ];
    });
}
