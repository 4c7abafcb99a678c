import type { Problem } from "../base/problem.js";
import { loweredMxTtl } from "../plan/ttl.js";
import type { Finding } from "./findings.js";
import { isProofExchange } from "./mail-exchangers.js";
import type { RecordSetChange } from "./plan-record-set.js";
import { canonicalName, parseMx, type RecordSet } from "./record-set.js";
import { spfFindings } from "./spf-safety.js";
import type { WildcardCover } from "./wildcard.js";
import { wildcardFindings } from "./wildcard-safety.js";

/** What is known around a change, as far as the caller knows it. */
export interface MailSafetyContext {
  /** The zone, to recognise its apex. */
  readonly zone: string;
  /** MX values the tenant names in `serviceConfigurationRecords`: `0 contoso-com.mail.protection.outlook.com`. */
  readonly tenantMx?: readonly string[];
  /** MX values of the set that was adopted at `prepare`. */
  readonly formerMx?: readonly string[];
  /** Whether MX already points at the tenant; TTLs may rise again only then. */
  readonly switched?: boolean;
  /** Values that are ours (`owned` of the change applied last): an SPF policy among them may go. */
  readonly owned?: readonly string[];
  /** Record sets of other types at the same name that stay. */
  readonly others?: readonly RecordSet[];
  /** The wildcard that answers for the name as long as it does not exist. */
  readonly cover?: WildcardCover | undefined;
  /** Record sets that are written in the same change, so that the wildcard's answers stay. */
  readonly beside?: readonly RecordSet[];
}

/** Findings about a change: `refused` must stop it, `warnings` must be seen by its reviewer. */
export interface MailSafety {
  readonly refused: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const isNoMail = (exchange: string) => exchange === ".";

/** What a null MX says. */
const nullMx = "0 . says that the domain takes no mail (RFC 7505)";

/** The problem with an MX that says the domain takes no mail; none for any other. */
export function nullMxProblems(mx: RecordSet): Problem[] {
  if (!mx.values.map(parseMx).some(({ exchange }) => isNoMail(exchange))) return [];
  return [
    {
      code: "mx-null",
      subject: `MX ${mx.name}`,
      reason: nullMx,
      hint: "If mail is delivered to the domain all the same, publish its mail server first; else there is none to route",
    },
  ];
}

function mxFindings(subject: string, change: RecordSetChange, context: MailSafetyContext): Finding[] {
  if (change.type !== "MX") return [];
  const after = (change.after?.values ?? []).map(parseMx);
  const mail = after.filter(({ exchange }) => !isProofExchange(exchange) && !isNoMail(exchange));
  const verification = after.filter(({ exchange }) => isProofExchange(exchange));
  const findings: Finding[] = [];
  if (mail.length === 0 && (change.before !== undefined || after.length > 0))
    findings.push({
      code: verification.length > 0 ? "mx-verification-as-mail" : "mx-empty",
      subject,
      reason:
        verification.length > 0
          ? `only the verification record ${verification[0]?.exchange} would be left, which takes no mail`
          : after.length > 0
            ? nullMx
            : "the domain would be left without a mail server",
      hint: "Keep the present MX values until the tenant's own replace them; verify a domain without any by TXT",
    });
  const best = Math.min(...mail.map(({ preference }) => preference));
  for (const { preference, exchange } of mail.length === 0 ? [] : verification)
    if (preference <= Math.max(...mail.map((one) => one.preference)))
      findings.push({
        code: "mx-verification-as-mail",
        subject,
        reason: `the verification record ${exchange} has the preference ${preference} among mail servers that begin at ${best}`,
        hint: "Give it a preference greater than every mail server's, as Microsoft does with 32767",
      });

  const tenant = context.tenantMx?.map((value) => parseMx(value).exchange);
  const former = context.formerMx?.map((value) => parseMx(value).exchange) ?? [];
  if (tenant !== undefined)
    for (const { exchange } of mail)
      if (!tenant.includes(exchange) && !former.includes(exchange))
        findings.push({
          code: "mx-wrong-host",
          subject,
          reason: `${exchange} is neither what the tenant names (${tenant.join(", ") || "nothing yet"}) nor what was there before`,
          hint: "Publish the value of the domain's serviceConfigurationRecords, never a computed one",
        });
      else if (!tenant.includes(exchange) && mail.some((other) => tenant.includes(other.exchange)))
        findings.push({
          code: "mx-mixed",
          subject,
          reason: `${exchange} stays beside the tenant's server, so part of the mail still goes there`,
          warning: true,
        });
  // Up to an hour is what the procedure asks for, so it may also rise to that (Microsoft's procedure, "Reduce email delays").
  if (
    change.ttlChange !== undefined &&
    change.ttlChange.to > Math.max(change.ttlChange.from, loweredMxTtl) &&
    context.switched !== true
  )
    findings.push({
      code: "mx-ttl-raised",
      subject,
      reason: `its TTL would rise from ${change.ttlChange.from} s to ${change.ttlChange.to} s before the mail is switched, and the switch would take that long to be seen`,
      hint: "Raise it at retire, after the switch",
    });
  return findings;
}

function cnameFindings(subject: string, change: RecordSetChange, context: MailSafetyContext): Finding[] {
  const others = (context.others ?? []).filter((set) => set.name === change.name && set.type !== change.type);
  const findings: Finding[] = [];
  const clash = change.type === "CNAME" ? others : others.filter((set) => set.type === "CNAME");
  if (change.after !== undefined && clash.length > 0)
    findings.push({
      code: "cname-beside-data",
      subject,
      reason: `${clash.map((set) => `${set.type} ${set.values.join(", ")}`).join("; ")} is at the same name, and a CNAME can stand only alone`,
      hint: "Remove the other records in the same change",
    });
  if (change.type === "CNAME" && change.after !== undefined && change.name === canonicalName(context.zone))
    findings.push({
      code: "cname-at-apex",
      subject,
      reason: "the zone's apex has SOA and NS records, so it cannot be a CNAME",
      hint: "Name in dns.zone the zone that this name is below",
    });
  return findings;
}

/**
 * The mistakes with mail that plain data can show: an SPF policy dropped, doubled or narrowed, a wrong or missing MX, the
 * verification MX published as mail MX, a TTL raised before the switch, a TTL side effect on SPF, a CNAME beside other
 * data, and answers of a wildcard that would be hidden. All of them at once. Source: Graph `domainDnsRecord`, RFC 7208,
 * RFC 1034 §3.6.2, RFC 4592.
 */
export function mailSafetyProblems(change: RecordSetChange, context: MailSafetyContext): MailSafety {
  const subject = `${change.type} ${change.name}`;
  const findings: Finding[] = [
    ...spfFindings(subject, change, context.owned ?? []),
    ...mxFindings(subject, change, context),
    ...cnameFindings(subject, change, context),
    ...wildcardFindings(change, context.cover, context.beside ?? []),
  ];
  return {
    refused: findings.filter((finding) => finding.warning !== true),
    warnings: findings
      .filter((finding) => finding.warning === true)
      .map(({ warning: _, ...problem }) => problem),
  };
}
