import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { getCACertificates } from "node:tls";
import {
  authorityOf,
  judgeChain,
  judgeName,
  judgePrincipal,
  judgeValidity,
  type TrustedRoots,
  verifiedPath,
} from "./certificate.js";
import { offers, schemesOf } from "./challenge.js";
import { type Answer, Connection } from "./http.js";
import { askAs, type Credentials } from "./logon.js";
import { codeOf, hostPort, isPrivateAddress } from "./network.js";
import type { CheckName, Finding } from "./report.js";
import { judgeAnonymous, judgeLogon, type RpcVerb, rpcHeaders, rpcProxyPath } from "./rpc-proxy.js";
import { type Handshake, HandshakeError, handshake, type Target } from "./tls.js";

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

/** Findings in order, and whether the method asked for is offered. */
export interface ProbeOutcome {
  readonly findings: readonly Finding[];
  readonly authenticationOffered: boolean;
}

type Judgement = Pick<Finding, "verdict" | "detail" | "hint">;

/** Looks at the RPC proxy from outside: name, port, TLS, certificate, both RPC verbs, authentication, logon. */
export async function probe(question: ProbeQuestion): Promise<ProbeOutcome> {
  const { target } = question;
  const subject = hostPort(target.host, target.port);
  const findings: Finding[] = [];
  const add = (check: CheckName, judgement: Judgement): void => {
    findings.push({ check, subject, ...judgement });
  };
  const ended = (): ProbeOutcome => ({ findings, authenticationOffered: false });

  const resolved = await judgeAddresses(target);
  add("resolve", resolved);
  if (resolved.verdict === "failed") return ended();

  let shaken: Handshake;
  try {
    shaken = await handshake(target);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    if (error.step === "connect") add("connect", explainConnect(error.code, target.port));
    else {
      add("connect", { verdict: "passed", detail: `port ${target.port} is open` });
      add("tls-protocol", explainTls(error.code));
    }
    return ended();
  }
  add("connect", { verdict: "passed", detail: `port ${target.port} is open` });
  add("tls-protocol", judgeProtocol(shaken));
  const trusted = addCertificate(question, shaken, add);

  const reachable: Target = { ...target, legacy: shaken.legacy };
  const [incoming, outgoing] = await Promise.all([
    askVerb("RPC_IN_DATA", reachable),
    askVerb("RPC_OUT_DATA", reachable),
  ]);
  add("rpc-in-data", incoming.judgement);
  add("rpc-out-data", outgoing.judgement);
  const authentication = judgeAuthentication(question.authentication, [incoming.answer, outgoing.answer]);
  add("authentication", authentication);
  const offered = authentication.verdict === "passed";
  add("logon", await judgeAccount(question, reachable, { trusted, offered }));
  return { findings, authenticationOffered: offered };
}

async function judgeAddresses({ host, network }: Target): Promise<Judgement> {
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

function explainConnect(code: string, port: number): Judgement {
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

function explainTls(code: string): Judgement {
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

function judgeProtocol({ protocol, legacy, refusal }: Handshake): Judgement {
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

/** @returns whether the certificate may be trusted with a password. */
function addCertificate(
  question: ProbeQuestion,
  shaken: Handshake,
  add: (check: CheckName, judgement: Judgement) => void,
): boolean {
  const roots = rootsOf(question.target.authorities);
  const path = verifiedPath(shaken.path, roots);
  const chain = judgeChain(path, roots, shaken.authorizationError);
  add("certificate-chain", chain);
  const [leaf] = path;
  if (leaf === undefined) return false;
  const name = judgeName(leaf, question.target.host);
  const validity = judgeValidity(path, question.now);
  add("certificate-name", name);
  add("certificate-validity", validity);
  if (question.certPrincipalName !== undefined)
    add("certificate-principal", judgePrincipal(leaf, question.certPrincipalName));
  return [chain, name, validity].every((judgement) => judgement.verdict !== "failed");
}

function rootsOf(authorities: readonly string[] | undefined): TrustedRoots {
  const byAuthority = (pems: readonly string[]): Map<string, X509Certificate> =>
    new Map(pems.map((pem) => new X509Certificate(pem)).map((root) => [authorityOf(root), root]));
  if (authorities !== undefined) return { trusted: byAuthority(authorities), local: new Set() };
  const bundled = new Set(getCACertificates("bundled"));
  const all = getCACertificates("default");
  const local = byAuthority(all.filter((pem) => !bundled.has(pem)));
  return { trusted: byAuthority(all), local: new Set(local.keys()) };
}

async function askVerb(verb: RpcVerb, target: Target): Promise<{ judgement: Judgement; answer?: Answer }> {
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

function judgeAuthentication(asked: "Basic" | "Ntlm", answers: readonly (Answer | undefined)[]): Judgement {
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

async function judgeAccount(
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
