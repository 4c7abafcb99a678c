import { preflight } from "../../src/on-premises/outlook-anywhere/index.js";
import type { Authority } from "../certificates.js";
import type { LabClock } from "../clock.js";
import type { ConnectionSettings } from "../exchange/cmdlet.js";
import type { World } from "../world.js";

/** What the connection test is made against. */
export interface ProbeContext {
  readonly world: World;
  readonly authority: Authority;
  readonly clock: LabClock;
  readonly host: string;
  readonly port: number;
  readonly knows: (address: string) => boolean;
}

/** The connection test of New-MigrationEndpoint and Test-MigrationServerAvailability: by the same preflight, from loopback. */
export async function probe(
  settings: ConnectionSettings,
  context: ProbeContext,
): Promise<string | undefined> {
  const { world, authority, clock, host, port, knows } = context;
  const mailbox = settings.emailAddress ?? settings.testMailbox ?? world.source.testMailbox;
  if (!knows(mailbox)) return `The mailbox ${mailbox} couldn't be found on the on-premises server.`;
  const [, proxy = "", proxyPort] = /^(.*?)(?::(\d+))?$/.exec(settings.rpcProxyServer) ?? [];
  const answering = [world.source.rpcProxyServer, host, "localhost", "127.0.0.1"];
  if (!settings.useAutoDiscover) {
    if (!answering.includes(proxy.toLowerCase()) || (proxyPort !== undefined && Number(proxyPort) !== port))
      return `The RPC proxy server ${settings.rpcProxyServer} couldn't be reached.`;
    if (settings.exchangeServer.toLowerCase() !== world.source.exchangeServer.toLowerCase())
      return `The Exchange server ${settings.exchangeServer} isn't one that hosts mailboxes.`;
  }
  const report = await preflight(
    {
      testMailbox: mailbox,
      account: settings.credential.userName,
      password: settings.credential.password,
      authentication: settings.authentication.toLowerCase() === "ntlm" ? "Ntlm" : "Basic",
      ...(settings.useAutoDiscover
        ? { autodiscoverBase: [`${host}:${port}`] }
        : { exchangeServer: settings.exchangeServer, rpcProxyServer: proxy }),
    },
    {
      timeoutMs: 5000,
      now: clock.now(),
      authorities: [authority.caPem],
      network: {
        addresses: async () => [host === "localhost" ? "127.0.0.1" : host],
        services: async () => [],
        port: () => port,
      },
    },
  );
  const problem = report.problems.find(
    ({ code }) => !settings.acceptUntrustedCertificates || !code.startsWith("outlook-anywhere-certificate"),
  );
  return problem === undefined ? undefined : `${problem.subject}: ${problem.reason}.`;
}
