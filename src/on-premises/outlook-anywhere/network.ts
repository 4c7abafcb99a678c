import { promises as dns, Resolver } from "node:dns";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** An SRV record (RFC 2782). */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** How the preflight finds its way; a rehearsal leads it to loopback here. */
export interface Network {
  /** All addresses of a host; throws the resolver's error when there are none. */
  addresses(host: string): Promise<readonly string[]>;
  /** SRV records of a name, none when it does not exist. */
  services(name: string): Promise<readonly ServiceRecord[]>;
  /** The port that stands for a host's well-known one; only a rehearsal changes it. */
  port(host: string, wellKnown: number): number;
}

/** The machine's own resolver. @param timeoutMs bound for one question, milliseconds */
export function systemNetwork(timeoutMs: number): Network {
  return {
    addresses: async (host) => {
      const found = await within(timeoutMs, dns.lookup(domainToASCII(host) || host, { all: true }));
      return found.map((entry) => entry.address);
    },
    services: (name) =>
      new Promise((resolve, reject) => {
        const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
        resolver.resolveSrv(domainToASCII(name) || name, (error, records) => {
          if (error === null) resolve(records);
          else if (error.code === "ENOTFOUND" || error.code === "ENODATA") resolve([]);
          else reject(error);
        });
      }),
    port: (_, wellKnown) => wellKnown,
  };
}

/** A step that took longer than it may. */
export class DeadlineError extends Error {
  readonly code = "ETIMEDOUT";
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
    this.name = "DeadlineError";
  }
}

/** The promise's value, or a DeadlineError after so many milliseconds. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether an address is reachable only inside a network: RFC 1918, RFC 6598, RFC 4193 and link-local ones. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 4) {
    const [a = 0, b = 0] = address.split(".").map(Number);
    return (
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128)
    );
  }
  return /^(f[cd]|fe[89ab])/i.test(address);
}

/** The code of a Node error, such as `ECONNREFUSED`, or its message when it has none. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return "message" in error && typeof error.message === "string" ? error.message : "unknown error";
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
