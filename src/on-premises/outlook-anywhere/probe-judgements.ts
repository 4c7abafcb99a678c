import { isIP } from "node:net";
import { offers, schemesOf } from "./challenge.js";
import { type Answer, Connection } from "./http.js";
import type { Credentials } from "./logon.js";
import { askAs } from "./logon.js";
import { codeOf, isPrivateAddress } from "./network.js";
import type { Finding } from "./report.js";
import { judgeAnonymous, judgeLogon, type RpcVerb, rpcHeaders, rpcProxyPath } from "./rpc-proxy.js";
import type { Handshake, Target } from "./tls.js";

/** What the RPC proxy is probed for. */
export interface ProbeQuestion {
  readonly target: Target;
  readonly authentication: "Basic" | "Ntlm";
  readonly credentials?: Credentials;
  /** Named in the request's address, as Outlook does; absent: none. */
  readonly exchangeServer?: string;
  /** Autodiscover's `CertPrincipalName`. */
  readonly certPrincipalName?: string;
  readonly now: Date;
}

/** What one look at the server says. */
export type Judgement = Pick<Finding, "verdict" | "detail" | "hint">;

/** Whether the name has addresses that Microsoft 365 can reach. */
export async function judgeAddresses({ host, network }: Target): Promise<Judgement> {
  if (isIP(host) !== 0) return { verdict: "passed", detail: "is an address" };
  try {
    const addresses = await network.addresses(host);
    if (addresses.length === 0) return { verdict: "failed", detail: "has no address" };
    const detail = `resolves to ${addresses.slice(0, 8).join(", ")}`;
    if (!addresses.every(isPrivateAddress)) return { verdict: "passed", detail };
    return {
      verdict: "warning",
      detail: `${detail}, which cannot be reached from outside`,
      hint: "Microsoft 365 connects from the Internet: check that the name's public address is published",
    };
  } catch (error) {
    return {
      verdict: "failed",
      detail: `does not resolve (${codeOf(error)})`,
      hint: "Publish an A record for the RPC proxy, or correct rpcProxyServer in the plan's source",
    };
  }
}

/** Why no connection came about. */
export function explainConnect(code: string, port: number): Judgement {
  const detail =
    code === "ECONNREFUSED"
      ? `nothing listens on port ${port}`
      : code === "ETIMEDOUT"
        ? `port ${port} does not answer`
        : `port ${port} cannot be reached (${code})`;
  return {
    verdict: "failed",
    detail,
    hint: "Publish the RPC proxy on this port through firewall and reverse proxy",
  };
}

/** Why TLS was not agreed on. */
export function explainTls(code: string): Judgement {
  const dead = "also with TLS 1.0 and old ciphers";
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code))
    return {
      verdict: "failed",
      detail: `the port answers, but not in TLS (${code})`,
      hint: "Bind the certificate to the web site's SSL port",
    };
  return {
    verdict: "failed",
    detail: `the port accepts connections and then fails the TLS handshake, ${dead} (${code})`,
    hint: "Check that a certificate with its private key is bound to the web site; a server with RC4 or 3DES only cannot be probed from here",
  };
}

/** Whether the TLS version will do. */
export function judgeProtocol({ protocol, legacy, refusal }: Handshake): Judgement {
  if (!legacy) return { verdict: "passed", detail: `speaks ${protocol}` };
  const old = protocol === "TLSv1" || protocol === "TLSv1.1";
  return {
    verdict: "warning",
    detail: old
      ? `speaks nothing newer than ${protocol}; a present-day client is refused (${refusal ?? "no reason"})`
      : `speaks ${protocol}, but only with ciphers or keys that present-day clients refuse (${refusal ?? "no reason"})`,
    hint:
      "Publish it through a reverse proxy that speaks TLS 1.2, or enable TLS 1.2 on the server; whether Microsoft 365 " +
      "still accepts this one is settled by Test-MigrationServerAvailability",
  };
}

/** Asks with one of the two RPC verbs, without an account. */
export async function askVerb(
  verb: RpcVerb,
  target: Target,
): Promise<{ judgement: Judgement; answer?: Answer }> {
  // Whatever the certificate is: nothing secret is sent, and all problems are to be seen at once.
  const connection = new Connection(target, false);
  try {
    const answer = await connection.ask({ method: verb, path: rpcProxyPath, headers: rpcHeaders });
    return { judgement: judgeAnonymous(verb, answer), answer };
  } catch (error) {
    return {
      judgement: {
        verdict: "failed",
        detail: `${verb} ${rpcProxyPath} is not answered (${codeOf(error)})`,
        // TLS 1.3 tells a client without a certificate only when it sends something.
        hint: /CERTIFICATE_REQUIRED/.test(codeOf(error))
          ? "The server demands a client certificate: set client certificates of the Rpc virtual directory to Ignore, since the migration service has none"
          : "Let the verbs RPC_IN_DATA and RPC_OUT_DATA pass the reverse proxy or firewall in front of the server",
      },
    };
  } finally {
    connection.close();
  }
}

/** Whether the server offers the method that the plan names. */
export function judgeAuthentication(
  asked: "Basic" | "Ntlm",
  answers: readonly (Answer | undefined)[],
): Judgement {
  const asking = answers.filter((answer) => answer?.status === 401 && answer.challenges.length > 0);
  if (asking.length < answers.length)
    return {
      verdict: "not-judged",
      detail: "not both verbs ask for authentication",
      hint: "Settle the findings on RPC_IN_DATA and RPC_OUT_DATA first",
    };
  const bySide = asking.map((answer) => schemesOf(answer?.challenges ?? []));
  const offered = (schemes: readonly string[]): boolean =>
    asked === "Basic" ? offers(schemes, "Basic") : offers(schemes, "NTLM") || offers(schemes, "Negotiate");
  const all = [...new Set(bySide.flat())].join(", ");
  if (bySide.every(offered)) return { verdict: "passed", detail: `${asked} is offered (${all})` };
  return {
    verdict: "failed",
    detail: `${asked} is not offered for both verbs, only ${all}`,
    hint:
      asked === "Basic"
        ? "Turn Basic authentication on for the Rpc virtual directory, or set authentication: Ntlm in the plan's source"
        : "Turn Windows integrated authentication on for the Rpc virtual directory, or set authentication: Basic in the plan's source",
  };
}

/** Whether the account may sign in; its password is only sent where the certificate is trusted and the method offered. */
export async function judgeAccount(
  question: ProbeQuestion,
  target: Target,
  seen: { trusted: boolean; offered: boolean },
): Promise<Judgement> {
  const { credentials, authentication, exchangeServer } = question;
  const settles = "Test-MigrationServerAvailability tries the account when the endpoint is made";
  if (credentials === undefined)
    return {
      verdict: "not-judged",
      detail: "no password is given, so the account was not tried",
      hint: settles,
    };
  if (!seen.trusted)
    return {
      verdict: "not-judged",
      detail: "a password is not sent to a server whose certificate cannot be trusted",
      hint: "Settle the findings on the certificate first",
    };
  if (!seen.offered)
    return {
      verdict: "not-judged",
      detail: `${authentication} is not offered, so the account was not tried`,
      hint: settles,
    };
  const connection = new Connection(target, true);
  try {
    const path = exchangeServer === undefined ? rpcProxyPath : `${rpcProxyPath}?${exchangeServer}:6001`;
    const answer = await askAs(
      connection,
      { method: "RPC_IN_DATA", path, headers: rpcHeaders },
      credentials,
      authentication,
    );
    if (answer === undefined)
      return {
        verdict: "not-judged",
        detail:
          "the server does not go on with NTLM (it offers Negotiate alone, perhaps), so no password was sent",
        hint: settles,
      };
    return judgeLogon(answer, credentials.account, authentication);
  } catch (error) {
    return {
      verdict: "not-judged",
      detail: `the account could not be tried (${codeOf(error)})`,
      hint: settles,
    };
  } finally {
    connection.close();
  }
}
