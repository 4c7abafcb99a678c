import { types } from "node:util";
import { ResultCodeError } from "ldapts";
import { defined } from "../../base/defined.js";
import { MailstageError, type Problem } from "../../base/problem.js";
import { failureText } from "../../base/scrub.js";

/** What Active Directory adds to code 49, after `data` in the diagnostic text (Windows logon error, hexadecimal). */
const logonFailures: Readonly<Record<string, string>> = {
  "525": "there is no such user",
  "52e": "the password is wrong",
  "530": "logon is not allowed at this time",
  "531": "logon is not allowed from this computer",
  "532": "the password has expired",
  "533": "the account is disabled",
  "701": "the account has expired",
  "773": "the password must be changed first",
  "775": "the account is locked out",
};

const tlsFailures: Readonly<Record<string, Pick<Problem, "reason" | "hint">>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: "its certificate is for other names",
    hint: "Use a host name the certificate lists, or give the domain controller a certificate with this name",
  },
  CERT_HAS_EXPIRED: {
    reason: "its certificate has expired",
    hint: "Renew the domain controller's certificate",
  },
  CERT_NOT_YET_VALID: {
    reason: "its certificate is not valid yet",
    hint: "Check both clocks and the certificate's dates",
  },
};

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
]);

const unreachable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);

/** The LDAP result code of an error (RFC 4511, appendix A); undefined where the server gave none. */
export function resultCode(error: unknown): number | undefined {
  const cause = error instanceof MailstageError ? error.cause : error;
  return cause instanceof ResultCodeError ? cause.code : undefined;
}

/** What ends a search before its end (RFC 4511, appendix A), with the remedy. */
const searchLimits: Readonly<Record<number, readonly [string, string]>> = {
  3: [
    "took longer than it, or mailstage, lets one take",
    "Ask another domain controller, or again when this one has less to do; is proxyAddresses indexed there, as in Active Directory?",
  ],
  4: [
    "found more entries than it gives in one",
    "Set directory.pageSize in the plan to no more than its MaxPageSize or size limit allows",
  ],
  11: [
    "needed more than its administrative limits allow",
    "Ask another domain controller, or have its LDAP policy or its limits for directory.bindDn raised; a smaller directory.pageSize needs less at once",
  ],
};

/** A search that failed, with the server's own words; the code is found by `resultCode`. */
export function searchProblem(error: unknown, server: string, base: string): Problem {
  const status = resultCode(error);
  const where = base === "" ? "its root" : base;
  const common = {
    subject: server,
    operation: "LDAP search",
    ...defined({ status }),
  };
  const limit = searchLimits[status ?? -1];
  if (limit !== undefined)
    return {
      ...common,
      code: "directory-search",
      reason: `ended a search under ${where} that ${limit[0]}`,
      hint: limit[1],
    };
  if (status === 10)
    return {
      ...common,
      code: "directory-search",
      reason: `does not hold ${where}${referredTo(error)}`,
      hint: "Set directory.url in the plan to a domain controller of the domain that holds it",
    };
  if (isConnectionLoss(error))
    return {
      ...common,
      code: "directory-unanswered",
      reason: `did not answer a search under ${where}: ${/timed out$/.test(failureText(error)) ? "no answer came for a minute" : "the connection was lost again and again"}`,
      hint: "Is the domain controller up, and does a firewall between cut connections? Then run again",
    };
  return {
    ...common,
    code: "directory-search",
    reason: `cannot be searched under ${where}: ${failureText(error) || "no reason given"}`,
    hint:
      status === undefined
        ? "Its answer is not LDAP as this version knows it; check that the address is a domain controller's"
        : "Check directory.baseDn in the plan and the rights of directory.bindDn",
  };
}

/** The server that a referral names: ` (it names corp.contoso.com)`; empty where it names nobody. */
export function referredTo(error: unknown): string {
  const cause = error instanceof MailstageError ? error.cause : error;
  const text = types.isNativeError(cause) ? cause.message : "";
  const [, quoted, url] = /\bref \d+: '([^'\n]{1,255})'|\bldaps?:\/\/([^\s/]{1,255})/.exec(text) ?? [];
  const name = quoted ?? url;
  return name === undefined ? "" : ` (it names ${name})`;
}

/** Runs a decoder of one attribute. @throws MailstageError directory-value where the value is not what the attribute holds */
export function decoded<T>(subject: string, attribute: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new MailstageError(
      {
        code: "directory-value",
        subject,
        reason: `its ${attribute} cannot be read: ${failureText(error)}`,
        operation: "LDAP search",
        hint: "Look at the attribute with ldp.exe or another LDAP client; a domain controller never sends it so",
      },
      { cause: error },
    );
  }
}

/** Whether an operation ended without an answer: what it did is not known until it is read back. */
export function isConnectionLoss(error: unknown): boolean {
  if (!types.isNativeError(error) || error instanceof ResultCodeError) return false;
  return (
    unreachable.has(systemCode(error)) ||
    /^(Socket error|Socket connection not established|Connection closed|Connection timeout)|timed out$/.test(
      error.message,
    )
  );
}

/**
 * Whether a failure passes by itself within seconds: the server is busy (51) or shutting down (52) and did nothing, or
 * the connection was cut. A server that cannot be reached is not asked again and again.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ResultCodeError) return error.code === 51 || error.code === 52;
  if (!isConnectionLoss(error) || !types.isNativeError(error)) return false;
  const code = systemCode(error);
  return code === "" ? !/time(d )?out$/.test(error.message) : code === "ECONNRESET" || code === "EPIPE";
}

function systemCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Why the directory could not be connected to or bound, with the remedy. Never the password. */
export function connectProblem(error: unknown, server: string, account: string): Problem {
  const base = { subject: server, operation: "LDAP bind" };
  const status = resultCode(error);
  if (error instanceof ResultCodeError) {
    if (status === 49) {
      const data = /\bdata ([0-9a-f]+)/i.exec(error.message)?.[1]?.toLowerCase();
      const why = data === undefined ? undefined : logonFailures[data];
      return {
        ...base,
        code: "directory-credentials",
        status: 49,
        reason: `refused the account ${account}${why === undefined ? "" : `: ${why}`}`,
        hint: "Check the account's name (DN, user@domain or DOMAIN\\user) and its password",
      };
    }
    if (status === 8 || status === 13)
      return {
        ...base,
        code: "directory-strong-auth",
        status,
        reason: "takes no password over an unprotected connection, or demands signing",
        hint: "Use ldaps://, or ldap:// on a server that offers StartTLS",
      };
    return {
      ...base,
      code: "directory-refused",
      status: error.code,
      reason: `refused: ${failureText(error)}`,
    };
  }
  if (!types.isNativeError(error))
    return { ...base, code: "directory-unreachable", reason: "failed without a reason" };
  const code = systemCode(error);
  const tls = tlsFailures[code];
  if (tls !== undefined) return { ...base, ...tls, code: "directory-tls", status: code };
  if (untrusted.has(code))
    return {
      ...base,
      code: "directory-tls",
      status: code,
      reason:
        "its certificate is not issued by an authority this machine trusts, or an intermediate is missing",
      hint: "Put the issuing authority's certificate (PEM) in a file and name it in NODE_EXTRA_CA_CERTS",
    };
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO")
    return {
      ...base,
      code: "directory-tls",
      status: code,
      reason: "no TLS session could be agreed on",
      hint: "Check that the port speaks TLS (ldaps: 636) and that the server offers TLS 1.2 or later",
    };
  return {
    ...base,
    code: "directory-unreachable",
    reason: unreachable.has(code) ? `cannot be reached: ${code}` : `cannot be reached: ${failureText(error)}`,
    hint: "Check host, port, firewall and that the domain controller is up",
  };
}
