import type { LabResponse, Service, ServiceName } from "./http/service.js";

/** What a tenant's services take at most; absent: anything. */
export interface Limits {
  /** Requests that Exchange works on at once; more are answered 429 in plain text (ExchangeOnlineManagement module, 2026-11). */
  readonly exchangeAtOnce?: number | undefined;
  /** Writes that Graph takes in ten seconds, parts of a `$batch` one by one; more are answered 429 with Retry-After (Graph's throttling limits, 2026-11). */
  readonly graphWrites?: number | undefined;
}

/** How long a tenant's allowance of writes lasts, real milliseconds. */
const windowMs = 10_000;

/** Holds a tenant to its limits, whoever asks and from how many processes. Time is real: the lab's clock jumps. */
export class TenantLimits {
  #running = 0;
  #windowEnds = 0;
  #writes = 0;
  /** Requests and parts turned away. */
  refused = 0;
  /** Requests that Exchange worked on at once, at most. */
  busiest = 0;

  constructor(readonly limits: () => Limits) {}

  /** Lets a request in, to be followed by `leave`; or the answer that Exchange is busy. */
  enter(service: ServiceName): LabResponse | undefined {
    if (service !== "exchange") return undefined;
    if (this.#running >= (this.limits().exchangeAtOnce ?? Number.POSITIVE_INFINITY)) {
      this.refused += 1;
      const body = "Too many concurrent requests for this tenant. Please retry later.";
      return { status: 429, contentType: "text/plain", body };
    }
    this.#running += 1;
    this.busiest = Math.max(this.busiest, this.#running);
    return undefined;
  }

  /** A request that was let in has been answered. */
  leave(service: ServiceName): void {
    if (service === "exchange") this.#running -= 1;
  }

  /** Takes a write of Graph, or turns it away until the next ten seconds. */
  async write(service: Pick<Service, "throttled">, work: () => Promise<LabResponse>): Promise<LabResponse> {
    const now = performance.now();
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + windowMs;
      this.#writes = 0;
    }
    if (this.#writes >= (this.limits().graphWrites ?? Number.POSITIVE_INFINITY)) {
      this.refused += 1;
      const seconds = Math.max(1, Math.ceil((this.#windowEnds - now) / 1000));
      return { status: 429, headers: { "Retry-After": String(seconds) }, body: service.throttled() };
    }
    this.#writes += 1;
    return work();
  }
}
