import { createHash, createHmac } from "node:crypto";
import type { PlanInput } from "../src/plan/plan.js";
import { startAzureDnsApi } from "./azure-dns/index.js";
import { startCloudflareApi } from "./cloudflare/index.js";
import type { StoredRecord } from "./cloudflare/records.js";
import type { LabDns } from "./dns/index.js";
import type { FaultBoard } from "./faults.js";
import type { LabSecrets } from "./secrets.js";
import { readToken } from "./tokens.js";
import { stableGuid, type World } from "./world.js";

/** Where a lab's zone can be said to be hosted. */
export type LabDnsHost = "rfc2136" | "cloudflare" | "azure";

/** The host's API, listening over the lab's zone. */
export interface LabDnsHosting {
  /** The plan's `dns`, without the servers to observe. */
  readonly plan: Exclude<PlanInput["dns"], { host: "manual" }>;
  /** What a process needs to use the API. Secrets of the lab only. */
  environment(): Readonly<Record<string, string>>;
  /** Where the API listens; undefined for RFC 2136, which is the DNS server itself. */
  readonly port: number | undefined;
  /** What Cloudflare knows of its records besides the zone. */
  records(): readonly StoredRecord[];
  close(): Promise<void>;
}

/** What a DNS host's API takes: the same in each run of one lab, so that processes that were started before go on. */
export function hostToken(tokenSecret: string, dnsHost: LabDnsHost): string {
  return createHmac("sha256", tokenSecret).update(dnsHost).digest("hex");
}

/** Starts the API of the host a lab's zone is at; RFC 2136 needs none besides the DNS server itself. */
export async function startDnsHosting(options: {
  readonly dnsHost: LabDnsHost;
  readonly world: World;
  readonly dns: LabDns;
  readonly host: string;
  /** @default any */
  readonly port: number | undefined;
  /** Cloudflare's records as an earlier run of the lab left them. */
  readonly records: readonly StoredRecord[];
  readonly tokenSecret: string;
  readonly secrets: LabSecrets;
  readonly now: () => Date;
  readonly faults: FaultBoard;
  changed(): void;
}): Promise<LabDnsHosting> {
  const { dnsHost, world, dns, host, secrets, now, faults, changed } = options;
  const port = options.port ?? 0;
  const zone = world.zoneName ?? world.domain;
  if (dnsHost === "cloudflare") {
    const zoneId = createHash("md5").update(`zone ${zone}`).digest("hex");
    const { records } = options;
    const api = await startCloudflareApi({
      dns,
      zone,
      zoneId,
      get token() {
        return secrets.of("CLOUDFLARE_API_TOKEN");
      },
      now,
      host,
      port,
      records,
      faults,
      changed,
    });
    return {
      plan: { host: "cloudflare", zoneId },
      environment: () => ({
        CLOUDFLARE_BASE_URL: api.url,
        CLOUDFLARE_API_TOKEN: secrets.of("CLOUDFLARE_API_TOKEN"),
      }),
      port: api.port,
      records: () => api.records(),
      close: () => api.close(),
    };
  }
  if (dnsHost === "azure") {
    const subscriptionId = stableGuid("subscription", zone);
    const resourceGroup = "dns";
    const token = hostToken(options.tokenSecret, dnsHost);
    // The plugin's stand-in has no sign-in of its own.
    const accepts = (authorization: string | undefined) =>
      authorization === `Bearer ${token}` ||
      typeof readToken(authorization, options.tokenSecret) === "object";
    const api = await startAzureDnsApi({
      dns,
      zone,
      subscriptionId,
      resourceGroup,
      accepts,
      host,
      port,
      faults,
      changed,
    });
    return {
      plan: { host: "azure", subscriptionId, resourceGroup },
      environment: () => ({
        MAILSTAGE_ARM_ENDPOINT: api.url,
        MAILSTAGE_LAB_ARM_TOKEN: token,
        ARM_SUBSCRIPTION_ID: subscriptionId,
      }),
      port: api.port,
      records: () => [],
      close: () => api.close(),
    };
  }
  return {
    plan: {
      host: "rfc2136",
      server: dns.hostPort,
      key: { name: world.tsig.name, algorithm: world.tsig.algorithm },
    },
    environment: () => ({ MAILSTAGE_TSIG_SECRET: secrets.of("MAILSTAGE_TSIG_SECRET") }),
    port: undefined,
    records: () => [],
    close: async () => {},
  };
}
