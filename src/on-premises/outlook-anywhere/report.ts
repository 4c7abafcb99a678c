import { defined } from "../../base/defined.js";
import type { Problem } from "../../base/problem.js";

/** What is looked at, in the order of the report. */
export type CheckName =
  | "autodiscover"
  | "resolve"
  | "connect"
  | "tls-protocol"
  | "certificate-chain"
  | "certificate-name"
  | "certificate-validity"
  | "certificate-principal"
  | "rpc-in-data"
  | "rpc-out-data"
  | "authentication"
  | "logon"
  | "exchange-server"
  | "exchange-ports"
  | "mailbox-access";

/**
 * One thing that was looked at. `warning`: works today, yet may fail the migration; `not-judged`: cannot be seen from
 * here, or not before another finding is settled.
 */
export interface Finding {
  readonly check: CheckName;
  readonly verdict: "passed" | "failed" | "warning" | "not-judged";
  /** The object looked at: `mail.contoso.com:443`, `a.user@contoso.com`. */
  readonly subject: string;
  /** What was seen, without a full stop and without a secret. */
  readonly detail: string;
  /** What to do next, or what settles a finding that was not judged, without a full stop. */
  readonly hint?: string;
}

/** What the on-premises side looks like from here. */
export interface PreflightReport {
  readonly findings: readonly Finding[];
  /** FQDN of the RPC proxy, as the plan or Autodiscover names it. */
  readonly rpcProxyServer?: string;
  /** FQDN of the Exchange server, as the plan or Autodiscover names it; it need not resolve outside. */
  readonly exchangeServer?: string;
  /** The method the migration endpoint can be made with: the one asked for, where the RPC proxy offers it. */
  readonly authentication?: "Basic" | "Ntlm";
  /** One problem for each failed finding; empty when nothing failed. */
  readonly problems: readonly Problem[];
}

/** The problems of a report: a failed finding is one, a warning is not. */
export function problemsOf(findings: readonly Finding[]): Problem[] {
  return findings
    .filter((finding) => finding.verdict === "failed")
    .map((finding) => ({
      code: `outlook-anywhere-${finding.check}`,
      subject: `Outlook Anywhere ${finding.subject}`,
      reason: finding.detail,
      ...defined({ hint: finding.hint }),
    }));
}
