import type { Plan } from "../../plan/plan.js";

/** Where a tenant's services are. Base URLs without a trailing slash. */
export interface Cloud {
  /** Directory (tenant) id. */
  readonly tenantId: string;
  /** Sign-in, such as `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Microsoft Graph without the version, such as `https://graph.microsoft.com`. */
  readonly graph: string;
  /** Exchange Online, such as `https://outlook.office365.com`. */
  readonly exchange: string;
  /** `-ExchangeEnvironmentName` of Connect-ExchangeOnline; absent for endpoints of one's own. */
  readonly exchangeEnvironment?: string;
  /** Host name suffixes, besides the bases' own hosts, that may see this cloud's tokens. */
  readonly trustedSuffixes: readonly string[];
}

type Known = Omit<Cloud, "tenantId">;

/** Microsoft's clouds (ExchangeOnlineManagement module, 2026-11; Graph's "national cloud deployments" page, checked 2026-11). */
const clouds = {
  worldwide: {
    authority: "https://login.microsoftonline.com",
    graph: "https://graph.microsoft.com",
    exchange: "https://outlook.office365.com",
    exchangeEnvironment: "O365Default",
    trustedSuffixes: ["office365.com", "prod.outlook.com"],
  },
  gcchigh: {
    authority: "https://login.microsoftonline.us",
    graph: "https://graph.microsoft.us",
    exchange: "https://outlook.office365.us",
    exchangeEnvironment: "O365USGovGCCHigh",
    trustedSuffixes: ["office365.us"],
  },
  dod: {
    authority: "https://login.microsoftonline.us",
    graph: "https://dod-graph.microsoft.us",
    exchange: "https://outlook-dod.office365.us",
    exchangeEnvironment: "O365USGovDoD",
    trustedSuffixes: ["office365.us"],
  },
  china: {
    authority: "https://login.partner.microsoftonline.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    exchange: "https://partner.outlook.cn",
    exchangeEnvironment: "O365China",
    trustedSuffixes: ["partner.outlook.cn", "office365.cn"],
  },
} satisfies Record<Plan["tenant"]["cloud"], Known>;

/** The tenant's cloud: Microsoft's own, or the plan's `endpoints`. */
export function cloudOf(tenant: Plan["tenant"]): Cloud {
  const { endpoints, id: tenantId } = tenant;
  if (endpoints === undefined) return { tenantId, ...clouds[tenant.cloud] };
  return {
    tenantId,
    authority: withoutSlash(endpoints.authority),
    graph: withoutSlash(endpoints.graph),
    exchange: withoutSlash(endpoints.exchange),
    trustedSuffixes: [],
  };
}

/**
 * The scope to ask a token for: the origin of the service's base URL and `/.default`. This gives Microsoft's scopes
 * for Microsoft's clouds, and holds for endpoints of one's own too.
 */
export function scopeOf(base: string): string {
  return `${new URL(base).origin}/.default`;
}

/**
 * Whether a URL may be sent this cloud's token: HTTPS (or, on loopback, the base's own scheme), on a base's host or
 * under the cloud's own domains. Service-given redirects and next links pass this before they are followed.
 */
export function trusts(cloud: Cloud, url: string): boolean {
  const target = new URL(url);
  const bases = [cloud.graph, cloud.exchange].map((base) => new URL(base));
  if (bases.some((base) => base.origin === target.origin))
    return target.protocol === "https:" || isLoopbackHttp(target);
  if (target.protocol !== "https:") return false;
  return (
    bases.some((base) => base.hostname === target.hostname) ||
    cloud.trustedSuffixes.some(
      (suffix) => target.hostname === suffix || target.hostname.endsWith(`.${suffix}`),
    )
  );
}

/** Whether the URL is plain HTTP to this machine: the only plain HTTP a token is sent over. */
export function isLoopbackHttp(url: URL): boolean {
  return url.protocol === "http:" && isLoopback(url);
}

/** Whether a URL is of this machine, as those of a lab are. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
