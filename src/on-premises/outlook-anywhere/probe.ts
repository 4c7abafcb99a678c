import { X509Certificate } from "node:crypto";
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
import { hostPort } from "./network.js";
import {
  askVerb,
  explainConnect,
  explainTls,
  type Judgement,
  judgeAccount,
  judgeAddresses,
  judgeAuthentication,
  judgeProtocol,
  type ProbeQuestion,
} from "./probe-judgements.js";
import type { CheckName, Finding } from "./report.js";
import { type Handshake, HandshakeError, handshake, type Target } from "./tls.js";

/** Findings in order, and whether the method asked for is offered. */
export interface ProbeOutcome {
  readonly findings: readonly Finding[];
  readonly authenticationOffered: boolean;
}

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
