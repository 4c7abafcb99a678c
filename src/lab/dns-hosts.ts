import { createHash, randomBytes } from "node:crypto";
import type { PlanInput } from "../plan/plan.js";
import { startAzureDnsApi } from "./azure-dns/index.js";
import { startCloudflareApi } from "./cloudflare/index.js";
import type { LabDns } from "./dns/index.js";
import type { FaultBoard } from "./faults.js";
import { readToken } from "./tokens.js";
import { stableGuid, type World } from "./world.js";

/** Where a lab's zone can be said to be hosted. */
export type LabDnsHost = "rfc2136" | "cloudflare" | "azure";

/** The host's API, listening over the lab's zone. */
export interface LabDnsHosting {
  /** The plan's `dns`, without the servers to observe. */
  readonly plan: Exclude<PlanInput["dns"], { host: "manual" }>;
  /** What a process needs to use the API. Secrets of the lab only. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the API of the host a lab's zone is at; RFC 2136 needs none besides the DNS server itself. */
export async function startDnsHosting(options: {
  readonly dnsHost: LabDnsHost;
  readonly world: World;
  readonly dns: LabDns;
  readonly host: string;
  readonly tokenSecret: string;
  readonly now: () => Date;
  readonly faults: FaultBoard;
  changed(): void;
}): Promise<LabDnsHosting> {
  const { dnsHost, world, dns, host, now, faults, changed } = options;
  const zone = world.domain;
  if (dnsHost === "cloudflare") {
    const zoneId = createHash("md5").update(`zone ${zone}`).digest("hex");
    const token = randomBytes(20).toString("hex");
    const api = await startCloudflareApi({ dns, zone, zoneId, token, now, host, faults, changed });
    return {
      plan: { host: "cloudflare", zoneId },
      environment: { CLOUDFLARE_BASE_URL: api.url, CLOUDFLARE_API_TOKEN: token },
      close: () => api.close(),
    };
  }
  if (dnsHost === "azure") {
    const subscriptionId = stableGuid("subscription", zone);
    const resourceGroup = "dns";
    // The plugin's stand-in has no sign-in of its own.
    const pluginToken = randomBytes(20).toString("hex");
    const accepts = (authorization: string | undefined) =>
      authorization === `Bearer ${pluginToken}` ||
      typeof readToken(authorization, options.tokenSecret) === "object";
    const api = await startAzureDnsApi({
      dns,
      zone,
      subscriptionId,
      resourceGroup,
      accepts,
      host,
      faults,
      changed,
    });
    return {
      plan: { host: "azure", subscriptionId, resourceGroup },
      environment: {
        MAILSTAGE_ARM_ENDPOINT: api.url,
        MAILSTAGE_LAB_ARM_TOKEN: pluginToken,
        ARM_SUBSCRIPTION_ID: subscriptionId,
      },
      close: () => api.close(),
    };
  }
  return {
    plan: {
      host: "rfc2136",
      server: dns.hostPort,
      key: { name: world.tsig.name, algorithm: world.tsig.algorithm },
    },
    environment: { MAILSTAGE_TSIG_SECRET: world.tsig.secret },
    close: async () => {},
  };
}
