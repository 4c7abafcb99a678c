import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { utcMinute } from "../../base/dates.js";
import { someOf } from "../../base/words.js";
import type { Finding } from "./report.js";

/** Roots to judge a chain by, under their `authorityOf`. */
export interface TrustedRoots {
  readonly trusted: ReadonlyMap<string, X509Certificate>;
  /** Trusted on this machine only (`NODE_EXTRA_CA_CERTS`): Microsoft 365 does not know them. */
  readonly local: ReadonlySet<string>;
}

/** What an authority is known by, whoever signed the certificate in hand: its subject and its key (RFC 5280, 6.1). */
export function authorityOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return `${certificate.subject}\n${key.toString("base64")}`;
}

/**
 * The path that is verified: what the server sends ends at the first authority that is trusted by itself. A root that an older
 * one has signed as well (a cross-signed root sent along) is that root, and the older one does not matter.
 * @param path the server's certificate first, then its issuers as they were sent
 */
export function verifiedPath(path: readonly X509Certificate[], { trusted }: TrustedRoots): X509Certificate[] {
  const verified: X509Certificate[] = [];
  for (const certificate of path) {
    const root = verified.length === 0 ? undefined : trusted.get(authorityOf(certificate));
    verified.push(root ?? certificate);
    if (root !== undefined) break;
  }
  return verified;
}

const day = 86_400_000;
/** OpenSSL errors about dates, which `judgeValidity` judges by itself. */
const dateErrors = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
/** Microsoft's procedure, "Prepare for a staged migration", step 1. */
const selfSignedHint =
  "Install a certificate issued by a trusted certification authority on the RPC proxy and bind it to the web site: " +
  "Outlook Anywhere can't be configured with a self-signed certificate";

type Judgement = Pick<Finding, "verdict" | "detail" | "hint">;

/**
 * Judges who signed the certificate, and nothing of its dates or names, so that one fault does not hide another.
 * @param path what `verifiedPath` gives
 * @param opensslError OpenSSL's own verdict; whatever it refuses for another reason than dates is refused here too
 */
export function judgeChain(
  path: readonly X509Certificate[],
  roots: TrustedRoots,
  opensslError: string | undefined,
): Judgement {
  const leaf = path[0];
  const last = path.at(-1);
  if (leaf === undefined || last === undefined)
    return { verdict: "failed", detail: "the server presents no certificate" };
  const broken = path.findIndex((certificate, index) => {
    const issuer = path[index + 1];
    return issuer !== undefined && !certificate.verify(issuer.publicKey);
  });
  if (broken >= 0)
    return {
      verdict: "failed",
      detail: `the signature of ${nameOf(path[broken])} was not made by ${nameOf(path[broken + 1])}`,
      hint: "Install the certificate again with the intermediate certificates its authority delivers",
    };
  // Not `checkIssued`: a self-signed certificate often lacks the key usage that would let it issue itself.
  const ownSignature = last.subject === last.issuer && last.verify(last.publicKey);
  if (!roots.trusted.has(authorityOf(last))) {
    if (ownSignature && path.length === 1)
      return {
        verdict: "failed",
        detail: "the certificate is self-signed, which Outlook Anywhere cannot use",
        hint: selfSignedHint,
      };
    if (ownSignature)
      return {
        verdict: "failed",
        detail: `the certificate is issued by a private authority, ${nameOf(last)}, which nobody outside trusts`,
        hint: selfSignedHint,
      };
    return {
      verdict: "failed",
      detail:
        `the chain ends at ${nameOf(last)}, whose issuer ${issuerOf(last)} is neither a trusted root nor sent by the ` +
        "server: an intermediate certificate is missing, or the authority is private",
      hint:
        "Install the intermediate certificates on the server; where the authority is private, use a certificate " +
        "issued by a trusted certification authority",
    };
  }
  if (opensslError !== undefined && !dateErrors.has(opensslError))
    return { verdict: "failed", detail: `the chain is refused: ${opensslError}`, hint: selfSignedHint };
  if (roots.local.has(authorityOf(last)))
    return {
      verdict: "warning",
      detail: `the chain ends at ${nameOf(last)}, which this machine trusts but Microsoft 365 may not`,
      hint: "Outside of a rehearsal, use a certificate issued by a public certification authority",
    };
  return { verdict: "passed", detail: `the chain ends at the trusted root ${nameOf(last)}` };
}

/** Judges whether the certificate is made for the host; wildcards count, the common name only without DNS names. */
export function judgeName(leaf: X509Certificate, host: string): Judgement {
  const match = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  const names = namesOf(leaf);
  if (match !== undefined) return { verdict: "passed", detail: `the certificate is made for ${match}` };
  return {
    verdict: "failed",
    detail: `the certificate is made for ${listed(names)}, not for ${host}`,
    hint: `Use one of the certificate's names as RPC proxy server, or a certificate that names ${host}`,
  };
}

/** Judges the dates of the certificate and of every issuer it came with. Less than 30 days left is a warning. */
export function judgeValidity(path: readonly X509Certificate[], now: Date): Judgement {
  const early = path.find((certificate) => certificate.validFromDate > now);
  const [first] = [...path].sort((a, b) => a.validToDate.getTime() - b.validToDate.getTime());
  if (first === undefined) return { verdict: "failed", detail: "the server presents no certificate" };
  const whose = first === path[0] ? "the certificate" : `the issuer's certificate ${nameOf(first)}`;
  const until = first.validToDate.toISOString().slice(0, 10);
  const left = Math.floor((first.validToDate.getTime() - now.getTime()) / day);
  if (first.validToDate < now)
    return { verdict: "failed", detail: `${whose} expired on ${until}`, hint: "Renew it" };
  if (early !== undefined) {
    return {
      verdict: "failed",
      detail: `${early === path[0] ? "the certificate" : nameOf(early)} is not valid before ${utcMinute(early.validFromDate)}`,
      hint: "Check the clock of the machine that issued it, or wait until it is valid",
    };
  }
  if (left < 30)
    return {
      verdict: "warning",
      detail: `${whose} expires in ${left} ${left === 1 ? "day" : "days"}, on ${until}`,
      hint: "Renew it before the migration begins: batches run for weeks",
    };
  return { verdict: "passed", detail: `${whose} is valid until ${until}` };
}

/**
 * Judges Autodiscover's `CertPrincipalName`, such as `msstd:mail.contoso.com`: Outlook compares it with the
 * certificate and refuses another one.
 */
export function judgePrincipal(leaf: X509Certificate, principal: string): Judgement {
  const wanted = principal.replace(/^msstd:/i, "").toLowerCase();
  const names = namesOf(leaf);
  if (wanted === "none" || names.includes(wanted))
    return { verdict: "passed", detail: `Autodiscover names the certificate's principal ${principal}` };
  return {
    verdict: "warning",
    detail: `Autodiscover names the certificate's principal ${principal}, the certificate ${listed(names)}`,
    hint: "Set-OutlookProvider EXPR -CertPrincipalName to a name the certificate has",
  };
}

/** Common name and DNS names, lower-case, without repetition. */
function namesOf(certificate: X509Certificate): string[] {
  const alternative = [...(certificate.subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)];
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  const names = [...(common === undefined ? [] : [common]), ...alternative.map((match) => match[1] ?? "")];
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function nameOf(certificate: X509Certificate | undefined): string {
  return certificate === undefined ? "nobody" : oneLine(certificate.subject);
}

function issuerOf(certificate: X509Certificate): string {
  return oneLine(certificate.issuer);
}

/** A distinguished name comes one attribute a line, and from a stranger: bounded, and no control characters. */
function oneLine(name: string): string {
  const text = name
    .trim()
    .replace(/\s*\n\s*/g, ", ")
    .replace(/\p{Cc}/gu, "?");
  return text === "" ? "(unnamed)" : text.slice(0, 200);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "no name" : someOf(names.map(oneLine));
}
