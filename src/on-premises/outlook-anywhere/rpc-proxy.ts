import { schemesOf } from "./challenge.js";
import type { Answer } from "./http.js";
import type { Finding } from "./report.js";

/** The verbs of RPC over HTTP: one for each direction (MS-RPCH 2.1.2.1). */
export type RpcVerb = "RPC_IN_DATA" | "RPC_OUT_DATA";

type Judgement = Pick<Finding, "verdict" | "detail" | "hint">;

/** Path of the RPC proxy on its server. */
export const rpcProxyPath = "/rpc/rpcproxy.dll";
/** What Outlook sends with both verbs. */
export const rpcHeaders = { Accept: "application/rpc", "User-Agent": "MSRPC", "Cache-Control": "no-cache" };

/** Judges what the RPC proxy answers to a verb without credentials: a 401 that says how to authenticate is right. */
export function judgeAnonymous(verb: RpcVerb, answer: Answer): Judgement {
  const asked = `${verb} ${rpcProxyPath}`;
  if (answer.status === 401) {
    const schemes = schemesOf(answer.challenges);
    if (schemes.length > 0)
      return { verdict: "passed", detail: `${asked} asks for authentication: ${schemes.join(", ")}` };
    return {
      verdict: "failed",
      detail: `${asked} answers 401 without WWW-Authenticate, so no way to authenticate is offered`,
      hint: "Enable Basic authentication on the Rpc virtual directory in IIS (Enable-OutlookAnywhere sets it)",
    };
  }
  const explained = explain(answer);
  return {
    verdict: "failed",
    detail: `${asked} answers ${answer.status}: ${explained.reason}`,
    hint: explained.hint,
  };
}

/** Judges what the RPC proxy answers to the account. */
export function judgeLogon(answer: Answer, account: string, method: "Basic" | "Ntlm"): Judgement {
  if (answer.status === 200 && isRpc(answer))
    return { verdict: "passed", detail: `the RPC proxy accepts ${account} by ${method}` };
  if (answer.status === 401)
    return {
      verdict: "failed",
      detail: `the RPC proxy refuses ${account} by ${method}`,
      hint:
        "Check the account's name and password, that it is neither locked nor expired, and that it may log on to the " +
        "RPC proxy; one attempt was made",
    };
  if (/RPC Error: ?[0-9a-f]+/i.test(answer.body) || answer.status === 503)
    return {
      verdict: "warning",
      detail: `the RPC proxy accepts ${account} by ${method}, but cannot reach the Exchange server (${answer.status})`,
      hint: "Check ValidPorts of the RPC proxy and that ports 6001, 6002 and 6004 of the Exchange server are open to it",
    };
  const { reason, hint } = explain(answer, true);
  return {
    verdict: "failed",
    detail: `the RPC proxy answers ${account} with ${answer.status}: ${reason}`,
    hint,
  };
}

function isRpc(answer: Answer): boolean {
  return /^application\/rpc\b/i.test(answer.contentType);
}

/** Why a status is not the right one, and what to do (public reports, 2026-11; IIS status codes). */
function explain(answer: Answer, loggedOn = false): { reason: string; hint: string } {
  const { status } = answer;
  if (status === 404)
    return {
      reason: "there is no RPC proxy at this address",
      hint: "Install the RPC over HTTP Proxy component on the server and enable Outlook Anywhere, or correct rpcProxyServer",
    };
  if (status === 403) return explainForbidden(/403\.(\d{1,2})/.exec(answer.body)?.[1]);
  if (status === 200 && isRpc(answer))
    return {
      reason: "the RPC proxy lets anybody in",
      hint: "Turn anonymous access of the Rpc virtual directory off and Basic authentication on",
    };
  if (status === 200)
    return {
      reason: loggedOn
        ? "a web page instead of application/rpc, so something else than the RPC proxy answers"
        : "a web page without asking for authentication, so this is not the RPC proxy's virtual directory",
      hint: "Publish /rpc/* of the Exchange server at this name, not another web site",
    };
  if (status >= 300 && status < 400)
    return {
      reason: `a redirect${answer.location === undefined ? "" : ` to ${originOf(answer.location)}`}, which Outlook Anywhere does not follow`,
      hint: "Exempt /rpc/* from the redirect",
    };
  if (status === 400 || status === 405 || status === 501)
    return {
      reason: "the verb is refused",
      hint:
        "Let the verbs RPC_IN_DATA and RPC_OUT_DATA pass the reverse proxy, firewall or URLScan in front of the server, " +
        "and check that the RPC proxy is a loaded ISAPI extension",
    };
  if (status === 413)
    return {
      reason: "the request is refused as too large",
      hint: "Allow bodies of 1 GB on /rpc/* in the reverse proxy: RPC announces that length",
    };
  if (status >= 500)
    return {
      reason: "the server or a proxy before it fails",
      hint: "Check the application pool of the Rpc virtual directory, and what is published before it",
    };
  return { reason: "not an answer of an RPC proxy", hint: "Check what is published at this address" };
}

function explainForbidden(substatus: string | undefined): { reason: string; hint: string } {
  switch (substatus) {
    case "4":
    case "5":
      return {
        reason: `SSL is required (403.${substatus}): the request reached IIS without TLS`,
        hint: "Where TLS ends before the server, allow SSL offloading for Outlook Anywhere; otherwise publish port 443 itself",
      };
    case "6":
    case "8":
      return {
        reason: `this address may not connect (403.${substatus})`,
        hint: "Allow Microsoft 365's address ranges on the Rpc virtual directory",
      };
    case "7":
      return {
        reason: "a client certificate is demanded (403.7)",
        hint: "Set client certificates of the Rpc virtual directory to Ignore: the migration service has none",
      };
    default:
      return {
        reason: "access is forbidden",
        hint: "Check address restrictions, client certificates and ValidPorts of the RPC proxy",
      };
  }
}

/** A redirect's target without path and query, which may carry tokens. */
function originOf(location: string): string {
  return /^https?:\/\/[^/?#@\s]+/i.exec(location)?.[0] ?? "another path";
}
