import type { PlanInput } from "../src/plan/plan.js";
import type { LabClock } from "./clock.js";
import type { LabDnsHost } from "./dns-hosts.js";
import type { LabFaults } from "./faults.js";
import type { LabState } from "./lab-state.js";
import type { RequestCounts } from "./requests.js";
import type { SecretName } from "./secrets.js";
import type { World } from "./world.js";

/** Ports to listen on; absent or 0: any free one. */
export interface LabPorts {
  readonly authority?: number;
  readonly graph?: number;
  readonly exchange?: number;
  /** Exchange's second listener, to which redirects lead. */
  readonly regional?: number;
  readonly control?: number;
  readonly dns?: number;
  readonly resolver?: number;
  readonly ldaps?: number;
  readonly ldap?: number | undefined;
  readonly rpcProxy?: number;
  /** The API of Cloudflare or Azure DNS. */
  readonly dnsHost?: number | undefined;
}

/** How a lab is started. */
export interface LabOptions {
  /** Where the state is kept; a lab started again with the same file goes on where it was. @default in memory only */
  readonly stateFile?: string;
  /** Address to listen on. @default 127.0.0.1 */
  readonly host?: string;
  readonly ports?: LabPorts;
  /** What the lab is made of; undefined: what the state file holds, an error if there is none. */
  readonly world: World | undefined;
  /** Real milliseconds before each answer of the token endpoint, Graph and Exchange. @default 0 */
  readonly latencyMs?: number;
  /** The lab's time when it is first started. @default now */
  readonly startAt?: Date;
  /** Where the zone is said to be hosted: besides DNS itself, the lab then serves that host's API. @default rfc2136 */
  readonly dnsHost?: LabDnsHost;
  /** Whether the zone has a second authoritative server, which may lag behind (`secondaryLagSeconds`). @default false */
  readonly secondary?: boolean;
}

/** Where a running lab listens. */
export interface LabAddresses {
  /** Base URLs. */
  readonly authority: string;
  readonly graph: string;
  readonly exchange: string;
  /** Plain HTTP, for tools and tests. */
  readonly control: string;
  /** host:port of the authoritative server. */
  readonly dns: string;
  /** host:port of the zone's second authoritative server, where the lab has one. */
  readonly secondary?: string;
  /** host:port of a recursive resolver that knows the lab's zone only. */
  readonly resolver: string;
  /** `ldaps://host:port`. */
  readonly ldaps: string;
  /** `ldap://host:port`, which offers StartTLS. */
  readonly ldap: string;
  /** host:port of the Outlook Anywhere front. */
  readonly rpcProxy: string;
}

/** A running lab: Microsoft's side and the customer's side on loopback, with one clock. */
export interface Lab {
  readonly addresses: LabAddresses;
  /** PEM file with the lab's root certificate, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /**
   * Puts another secret in a service, as its administrator does: the one before is refused from then on, and `environment` has the
   * new one. Kept as long as this lab runs.
   */
  rotate(secret: SecretName, value: string): void;
  /** What a process needs to work against the lab; PATH begins with the folder of the lab's `pwsh`. Holds secrets of the lab only. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a review needs in place of passwords that write: an account of the directory that can only read. */
  readonly reviewEnvironment: Readonly<Record<string, string>>;
  /** The user's plan with every address of production replaced by the lab's. */
  planOverrides(plan: PlanInput): PlanInput;
  readonly clock: LabClock;
  /** Moves the clock and carries out what has come due. */
  advance(seconds: number): Promise<void>;
  state(): Promise<LabState>;
  requests(): RequestCounts;
  clearRequests(): void;
  readonly faults: LabFaults;
  /** Writes the state and stops all servers. */
  close(): Promise<void>;
}
