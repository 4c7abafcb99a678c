import { defined } from "../../base/defined.js";
import { autodiscover } from "./autodiscover.js";
import { hostPort, type Network, systemNetwork } from "./network.js";
import { probe } from "./probe.js";
import { type Finding, type PreflightReport, problemsOf } from "./report.js";

export type { Network, ServiceRecord } from "./network.js";
export type { CheckName, Finding, PreflightReport } from "./report.js";

/** What the plan's `source` says, and the password where there is one. */
export interface PreflightSettings {
  /** A mailbox that will be migrated, by its primary address. */
  readonly testMailbox: string;
  /** The migration administrator, `DOMAIN\user` or an e-mail address. */
  readonly account?: string;
  /** Absent: nothing that needs a logon is judged. It appears in no finding. */
  readonly password?: string;
  /** FQDN of the Exchange server, which need not resolve outside. Absent: Autodiscover. */
  readonly exchangeServer?: string;
  /** FQDN of the RPC proxy. Absent: Autodiscover. */
  readonly rpcProxyServer?: string;
  /** @default 443 */
  readonly rpcProxyPort?: number;
  readonly authentication: "Basic" | "Ntlm";
  /** `host` or `host:port` to ask for Autodiscover in place of the protocol's own places; for rehearsals. */
  readonly autodiscoverBase?: readonly string[];
}

export interface PreflightOptions {
  /** Bound for one step (a lookup, a handshake, a request), milliseconds; there are about a dozen. */
  readonly timeoutMs: number;
  /** The service's time, which certificates are judged by. @default the machine's */
  readonly now?: Date;
  /** Root certificates to trust, PEM, in place of Node's own and `NODE_EXTRA_CA_CERTS`. */
  readonly authorities?: readonly string[];
  /** @default the machine's resolver and the well-known ports */
  readonly network?: Network;
}

/**
 * Looks at Outlook Anywhere from outside, as the migration service will (Microsoft's procedure, "Prepare for a staged migration", steps
 * 1 and 2; MS-RPCH, MS-OXDISCO). Never throws for what it finds: all of it is in the report, and what cannot be judged
 * from here says what settles it. A password that is refused is tried at most twice at Autodiscover and once
 * at the RPC proxy, and only over TLS that verifies.
 */
export async function preflight(
  settings: PreflightSettings,
  options: PreflightOptions,
): Promise<PreflightReport> {
  const { timeoutMs, authorities, now = new Date(), network = systemNetwork(timeoutMs) } = options;
  const { account, password, authentication } = settings;
  const credentials = account === undefined || password === undefined ? undefined : { account, password };
  const shared = { timeoutMs, network, ...defined({ authorities }) };
  const findings: Finding[] = [];

  const discovered =
    settings.rpcProxyServer !== undefined
      ? undefined
      : await autodiscover({
          ...shared,
          testMailbox: settings.testMailbox,
          authentication,
          ...defined({ credentials, bases: settings.autodiscoverBase }),
        });
  if (discovered !== undefined) findings.push(discovered.finding);
  const rpcProxyServer = settings.rpcProxyServer ?? discovered?.proxy?.server;
  const exchangeServer = settings.exchangeServer ?? discovered?.exchangeServer;
  const certPrincipalName = discovered?.proxy?.certPrincipalName;

  let offered = false;
  if (rpcProxyServer !== undefined) {
    const outcome = await probe({
      target: { ...shared, host: rpcProxyServer, port: settings.rpcProxyPort ?? 443 },
      authentication,
      now,
      ...defined({ credentials, exchangeServer, certPrincipalName }),
    });
    findings.push(...outcome.findings);
    offered = outcome.authenticationOffered;
    findings.push(...beyond(settings, rpcProxyServer, exchangeServer));
  }
  return {
    findings,
    ...defined({ rpcProxyServer, exchangeServer }),
    ...(offered ? { authentication } : {}),
    problems: problemsOf(findings),
  };
}

/** What no client outside of the RPC proxy can see (MS-RPCH). */
function beyond(
  settings: PreflightSettings,
  rpcProxyServer: string,
  exchangeServer: string | undefined,
): Finding[] {
  const hint = "Test-MigrationServerAvailability, run by Exchange Online, settles it";
  const server: Finding =
    exchangeServer === undefined
      ? {
          check: "exchange-server",
          verdict: "failed",
          subject: rpcProxyServer,
          detail: "the RPC proxy is known, but no Exchange server behind it",
          hint: "Give exchangeServer in the plan's source: the FQDN of the mailbox server",
        }
      : {
          check: "exchange-server",
          verdict: "not-judged",
          subject: exchangeServer,
          detail:
            "is reached by the RPC proxy from inside; its name need not resolve outside and was not looked up",
          hint,
        };
  return [
    server,
    {
      check: "exchange-ports",
      verdict: "not-judged",
      subject: exchangeServer ?? hostPort(rpcProxyServer, settings.rpcProxyPort ?? 443),
      detail: "ports 6001 (store), 6002 (referral) and 6004 (directory) are seen by the RPC proxy only",
      hint,
    },
    {
      check: "mailbox-access",
      verdict: "not-judged",
      subject: settings.testMailbox,
      detail: `whether ${settings.account ?? "the account"} may open the mailbox (FullAccess or Receive As) shows only when it does`,
      hint,
    },
  ];
}
