import type { Problem } from "../base/problem.js";
import type { Finding } from "./findings.js";
import { termsIn } from "./owned-term.js";
import type { RecordSetChange } from "./plan-record-set.js";
import type { RecordSet } from "./record-set.js";
import { hasSpfTerm, isSpf, spfSenders, spfWarnings } from "./spf.js";

/** What a change would do to the domain's SPF policy. */
export function spfFindings(subject: string, change: RecordSetChange, owned: readonly string[]): Finding[] {
  if (change.type !== "TXT") return [];
  const before = change.before?.values.filter(isSpf) ?? [];
  const after = change.after?.values.filter(isSpf) ?? [];
  const findings: Finding[] = [];
  const foreign = before.filter((value) => !owned.includes(value));
  if (foreign.length > 0 && after.length === 0)
    findings.push({
      code: "spf-dropped",
      subject,
      reason: `the SPF policy "${foreign[0]}" would vanish, and receivers would distrust the domain's mail`,
      hint: "Keep it in the record set's values",
    });
  else if (after.length === 1) {
    const ours = termsIn(owned);
    const lost = foreign
      .flatMap(spfSenders)
      .filter((term) => !after.some((policy) => hasSpfTerm(policy, term)) && !ours.includes(term));
    if (lost.length > 0)
      findings.push({
        code: "spf-dropped",
        subject,
        reason: `the SPF policy would no longer allow ${lost.join(", ")}`,
        hint: "Merge the include into the present policy in place of replacing it",
      });
  }
  // What was wrong before us, and is made no worse, is told but does not stop anything.
  const inherited = after.length > 1 && after.every((value) => before.includes(value));
  if (inherited)
    findings.push(
      ...inheritedSpfProblems(change.after).map((problem) => ({ ...problem, warning: true }) as const),
    );
  else if (after.length > 1)
    findings.push({
      code: "spf-second",
      subject,
      reason: `there would be ${after.length} SPF policies, and receivers reject a domain with more than one`,
      hint: "Join them into one v=spf1 record",
    });
  if (change.ttlChange !== undefined && change.kept.some(isSpf))
    findings.push({
      code: "ttl-side-effect",
      subject,
      reason: `the SPF policy's TTL changes from ${change.ttlChange.from} s to ${change.ttlChange.to} s with the rest of its set`,
      hint: "Leave the TTL out to keep the set's own",
      warning: true,
    });
  for (const reason of after.flatMap(spfWarnings))
    findings.push({ code: "spf-weak", subject, reason, warning: true });
  return findings;
}

/** More than one SPF policy that stands there already: nothing of ours, and no term can be put into two. */
export function inheritedSpfProblems(txt: RecordSet | undefined): Problem[] {
  const count = txt?.values.filter(isSpf).length ?? 0;
  if (txt === undefined || count < 2) return [];
  return [
    {
      code: "spf-second",
      subject: `TXT ${txt.name}`,
      reason: `there are already ${count} SPF policies, and receivers reject a domain with more than one`,
      hint: "Join them into one v=spf1 record",
    },
  ];
}
