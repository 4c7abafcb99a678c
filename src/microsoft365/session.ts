import type { TokenCredential } from "@azure/core-auth";
import { z } from "zod";
import { MailstageError } from "../base/problem.js";
import type { ExchangePort } from "./exchange/port.js";
import { PowerShellExchangePort } from "./exchange/powershell.js";
import { RestExchangePort } from "./exchange/rest.js";
import type { GraphClient } from "./graph/client.js";
import { HttpGraphClient } from "./graph/http-client.js";
import { ServiceClock } from "./http/clock.js";
import { type Cloud, scopeOf, trusts } from "./http/clouds.js";
import { EnvironmentTokens } from "./http/credential.js";
import { HttpService, NoReply } from "./http/http.js";

/** One process's connection to one tenant. Nothing is loaded or sent before the first call. */
export interface CloudSession {
  readonly graph: GraphClient;
  /** Exchange Online over admin REST. */
  readonly exchange: ExchangePort;
  /** Exchange Online over `pwsh` and ExchangeOnlineManagement: for what REST does not take, such as endpoint credentials. */
  readonly powershell: ExchangePort;
  /** Begins the sign-in to Graph where nobody has yet: it takes several answers one after the other, and other work can go on meanwhile. */
  signInAhead(): void;
  /** The service's time, from the Date header of its newest answer. @throws MailstageError when it cannot be asked */
  now(): Promise<Date>;
}

/** For tests and embedding; the defaults are the environment's. */
export interface SessionOptions {
  /** @default from the environment, see `EnvironmentTokens` */
  readonly credential?: TokenCredential;
  /** First delay before a retry, milliseconds. @default MAILSTAGE_RETRY_BASE_MS or 2000 */
  readonly retryBaseMs?: number;
  /** For one attempt, milliseconds. @default MAILSTAGE_REQUEST_TIMEOUT_MS or 300000 */
  readonly timeoutMs?: number;
}

const sessions = new Map<string, CloudSession>();

/** The process's session for a cloud: the same one for the same tenant and endpoints, so tokens are asked for once. */
export function openCloud(cloud: Cloud): CloudSession {
  const key = [cloud.tenantId, cloud.authority, cloud.graph, cloud.exchange].join(" ");
  const session = sessions.get(key) ?? newSession(cloud);
  sessions.set(key, session);
  return session;
}

/** A session of one's own, with its own clock, connections and tokens. */
export function newSession(cloud: Cloud, options: SessionOptions = {}): CloudSession {
  const clock = new ServiceClock();
  const tokens = new EnvironmentTokens(cloud);
  const { credential = tokens, ...timing } = options;
  const shared = { ...timing, clock, trusts: (url: string) => trusts(cloud, url) };
  const graph = new HttpGraphClient({
    ...shared,
    base: `${cloud.graph}/v1.0`,
    identity: { credential, scope: scopeOf(cloud.graph) },
  });
  const exchangeIdentity = { credential, scope: scopeOf(cloud.exchange) };
  const anonymous = new HttpService({
    ...timing,
    clock,
    trusts: ownHost(cloud.authority),
    base: cloud.authority,
  });
  return {
    graph,
    exchange: new RestExchangePort({ ...shared, cloud, identity: exchangeIdentity }),
    powershell: new PowerShellExchangePort({
      cloud,
      identity: exchangeIdentity,
      organization: () => initialDomain(graph),
    }),
    signInAhead() {
      if (credential === tokens) tokens.begin(scopeOf(cloud.graph));
    },
    now: () => clock.now(() => ping(anonymous, cloud)),
  };
}

/** Reads the sign-in service's public description: cheap, needs no token, and its Date header is what is wanted. */
async function ping(anonymous: HttpService, cloud: Cloud): Promise<void> {
  const url = `${cloud.authority}/${cloud.tenantId}/v2.0/.well-known/openid-configuration`;
  try {
    await anonymous.send({ method: "GET", url, repeatable: true });
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    throw new MailstageError({
      code: "service-time-unknown",
      subject: "the service's time",
      reason: `no answer from ${cloud.authority}: ${error.message}`,
      operation: "GET openid-configuration",
      status: error.reason,
      hint: "Check the network, HTTPS_PROXY and tenant.endpoints",
    });
  }
}

const domainNames = z.looseObject({ id: z.string(), isInitial: z.boolean().nullish() });

/** The tenant's onmicrosoft.com name, which Connect-ExchangeOnline asks for. */
async function initialDomain(graph: GraphClient): Promise<string> {
  const domains = await graph.list("/domains?$select=id,isInitial", domainNames);
  const initial = domains.find((domain) => domain.isInitial) ?? domains[0];
  if (initial !== undefined) return initial.id;
  throw new MailstageError({
    code: "tenant-without-domain",
    subject: "the tenant",
    reason: "Graph lists no domain of it",
    hint: "Give the app registration the permission Domain.Read.All",
  });
}

function ownHost(base: string): (url: string) => boolean {
  return (url) => new URL(url).origin === new URL(base).origin;
}
