import { getServers } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { MailstageError } from "../base/problem.js";
import { query } from "./query.js";
import { canonicalName } from "./record-set.js";
import { type DnsServer, serverLabel } from "./transport.js";

/** A server with the name people know it by. */
export interface NamedServer extends DnsServer {
  /** Host name, or the address where it has none: `ns1.contoso.com`. */
  readonly name: string;
}

/** Which servers to ask in place of those DNS itself names. */
export interface ServerChoice {
  /** Authoritative servers, `host` or `host:port`; default: the zone's NS set on port 53. */
  readonly nameServers?: readonly string[] | undefined;
  /** Recursive resolvers, `host` or `host:port`; default: the system's. */
  readonly resolvers?: readonly string[] | undefined;
}

/** A server as messages name it: `ns2.contoso.com (10.0.0.2)`. */
export function namedServerLabel(server: NamedServer): string {
  const label = serverLabel(server);
  return server.name === server.address || server.name === label ? label : `${server.name} (${label})`;
}

/**
 * `host`, `host:port`, `[address]:port` or a bare address in its parts; the port is 53 where none is given.
 * @throws MailstageError `dns-server` for anything else.
 */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  if (isIPv6(text)) return { host: text, port: 53 };
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s/:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? 53 : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535)
    throw new MailstageError({
      code: "dns-server",
      subject: `DNS server "${text}"`,
      reason: "is not host or host:port",
      hint: "Write it as 10.20.0.53, ns1.contoso.com:5353 or [2001:db8::53]:53",
    });
  return { host, port };
}

/** Resolvers on this machine with an address each; the system's where none are given. */
export async function resolverServers(resolvers?: readonly string[]): Promise<NamedServer[]> {
  return (await Promise.all((resolvers ?? getServers()).map((text) => serverAddresses(text)))).flat();
}

/**
 * All addresses of a server given as `host` or `host:port`, found by the system's own means (hosts file, resolvers).
 * @throws MailstageError `dns-server` where the name has none.
 */
export async function serverAddresses(text: string): Promise<NamedServer[]> {
  const { host, port } = parseHostPort(text);
  if (isIP(host) !== 0) return [{ name: host, address: host, port }];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => ({ name: host.toLowerCase(), address, port }));
  } catch (cause) {
    throw new MailstageError(
      {
        code: "dns-server",
        subject: `DNS server ${host}`,
        reason: "its name has no address",
        hint: "Correct it in the plan, or give its address",
      },
      { cause },
    );
  }
}

/** Whether this machine can reach IPv6 addresses beyond itself: an AAAA of a name server is no use to it otherwise. */
function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(
      ({ family, internal, address }) => family === "IPv6" && !internal && !address.startsWith("fe80"),
    ),
  );
}

async function addressesOf(
  host: string,
  port: number,
  resolvers: readonly DnsServer[],
): Promise<NamedServer[]> {
  const ask = async (type: "A" | "AAAA") => {
    const answer = await askResolvers(host, type, resolvers);
    return [...answer.records, ...answer.chained].map(({ value }) => ({ name: host, address: value, port }));
  };
  const found = await ask("A");
  return found.length > 0 && !hasIPv6() ? found : [...found, ...(await ask("AAAA"))];
}

/** The first usable answer of several resolvers, asked in turn. */
async function askResolvers(name: string, type: "A" | "AAAA" | "NS", resolvers: readonly DnsServer[]) {
  const failures: string[] = [];
  for (const resolver of resolvers) {
    try {
      const answer = await query(resolver, name, type, { recursive: true });
      if (answer.rcode === "NOERROR" || answer.rcode === "NXDOMAIN") return answer;
      failures.push(`${serverLabel(resolver)} answered ${answer.rcode}`);
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      failures.push(`${serverLabel(resolver)} ${error.problems[0].reason}`);
    }
  }
  throw new MailstageError({
    code: "dns-no-answer",
    subject: `${type} ${name}`,
    reason: `no resolver could be asked: ${failures.join("; ") || "none is configured"}`,
    hint: "Name working resolvers in the plan (dns.resolvers), or the zone's servers (dns.nameServers)",
  });
}

/**
 * Every address that serves a zone: the given servers, else each address of each name of the zone's NS set.
 * @throws MailstageError `dns-no-servers` where there are none, `dns-server` or `dns-no-answer` where they cannot be found out.
 */
export async function authoritativeServers(zone: string, choice: ServerChoice = {}): Promise<NamedServer[]> {
  const name = canonicalName(zone);
  const resolvers =
    choice.nameServers === undefined || choice.resolvers !== undefined
      ? await resolverServers(choice.resolvers)
      : [];
  const hosts =
    choice.nameServers === undefined
      ? (await askResolvers(name, "NS", resolvers)).records.map(({ value }) => ({ host: value, port: 53 }))
      : choice.nameServers.map(parseHostPort);
  const found = await Promise.all(
    hosts.map(({ host, port }) => {
      if (isIP(host) !== 0) return [{ name: host, address: host, port }];
      return choice.nameServers !== undefined && choice.resolvers === undefined
        ? serverAddresses(`${host}:${port}`)
        : addressesOf(host, port, resolvers);
    }),
  );
  const servers = found.flat();
  if (servers.length === 0)
    throw new MailstageError({
      code: "dns-no-servers",
      subject: `zone ${name}`,
      reason:
        hosts.length === 0
          ? "has no NS records"
          : `its name servers ${hosts.map(({ host }) => host).join(", ")} have no address`,
      hint: "Check that it is a zone of its own and delegated, or name its servers in the plan (dns.nameServers)",
    });
  return servers;
}
