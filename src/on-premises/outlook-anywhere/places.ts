import { defined } from "../../base/defined.js";
import { type Answer, askPlain } from "./http.js";
import type { Credentials } from "./logon.js";
import { codeOf, type Network } from "./network.js";
import type { Target } from "./tls.js";

/** What Autodiscover is asked with. */
export interface AutodiscoverQuestion {
  readonly testMailbox: string;
  readonly credentials?: Credentials;
  /** The method tried first where the server offers several. */
  readonly authentication: "Basic" | "Ntlm";
  /** `host` or `host:port` asked in place of the protocol's own places. */
  readonly bases?: readonly string[];
  readonly network: Network;
  readonly timeoutMs: number;
  readonly authorities?: readonly string[];
}

/** A place to ask, and whether it may be believed. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /**
   * Named by the mailbox's domain itself or by a server that proved its name. A redirect over plain HTTP or an SRV
   * record proves nothing: what it names is believed inside the mailbox's domain only, where Outlook asks its user.
   */
  readonly trusted: boolean;
}

const servicePath = "/autodiscover/autodiscover.xml";

/** The places of the protocol, in its order; a string is why one of them is none. */
export async function* placesOf(
  question: AutodiscoverQuestion,
  address: string,
): AsyncGenerator<Place | string> {
  if (question.bases !== undefined) {
    for (const base of question.bases) {
      const place = placeOf(`https://${base}${servicePath}`, true);
      yield place ?? `${base}: not host or host:port`;
    }
    return;
  }
  const domain = domainOf(address);
  const host = `autodiscover.${domain}`;
  yield { host: domain, port: 443, path: servicePath, trusted: true };
  yield { host, port: 443, path: servicePath, trusted: true };
  yield await redirectOf(question, host, domain);
  try {
    const services = await question.network.services(`_autodiscover._tcp.${domain}`);
    if (services.length === 0) yield `_autodiscover._tcp.${domain}: no SRV record`;
    for (const { name, port } of [...services].sort((a, b) => a.priority - b.priority || b.weight - a.weight))
      yield { host: name.toLowerCase(), port, path: servicePath, trusted: isBelow(domain, name) };
  } catch (error) {
    yield `_autodiscover._tcp.${domain}: SRV lookup failed, ${codeOf(error)}`;
  }
}

async function redirectOf(
  question: AutodiscoverQuestion,
  host: string,
  domain: string,
): Promise<Place | string> {
  try {
    const answer = await askPlain(targetOf(question, host, 80), { method: "GET", path: servicePath });
    if (!isRedirect(answer)) return `http://${host}: answers ${answer.status}, not a redirect`;
    const place = placeOf(answer.location, false);
    return place === undefined
      ? `http://${host}: redirects to no https address`
      : { ...place, trusted: isBelow(domain, place.host) };
  } catch (error) {
    return `http://${host}: ${codeOf(error)}`;
  }
}

/** The place an https address names; anything else is none. @param base what a relative address starts from */
export function placeOf(url: string | undefined, trusted: boolean, base?: string): Place | undefined {
  if (url === undefined || !URL.canParse(url, base)) return undefined;
  const { protocol, hostname, port, pathname, search, username } = new URL(url, base);
  if (protocol !== "https:" || username !== "") return undefined;
  return {
    host: hostname.replace(/^\[|\]$/g, "").toLowerCase(),
    port: port === "" ? 443 : Number(port),
    path: pathname + search,
    trusted,
  };
}

/** A place's server, to connect to. */
export function targetOf(question: AutodiscoverQuestion, host: string, port: number): Target {
  const { network, timeoutMs, authorities } = question;
  return { host, port, network, timeoutMs, ...defined({ authorities }) };
}

/** Whether an answer sends elsewhere. */
export function isRedirect(answer: Answer): boolean {
  return [301, 302, 303, 307, 308].includes(answer.status);
}

/** The domain of an e-mail address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

function isBelow(domain: string, host: string): boolean {
  return host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`);
}
