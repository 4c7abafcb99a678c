/** How many requests the lab has had since it started or the counts were cleared. */
export interface RequestCounts {
  /** All HTTP requests to the token endpoint, Graph and Exchange; a `$batch` is one. */
  readonly total: number;
  /** By service and route or cmdlet: `graph PATCH /users/{id}`, `exchange Get-MigrationBatch`. */
  readonly byRoute: Readonly<Record<string, number>>;
  /** The parts of `$batch` requests, by the same names; not part of `total`. */
  readonly batched: Readonly<Record<string, number>>;
  /** Milliseconds that the requests of a route took together, each from its head in to its last octet out. */
  readonly servedMs: Readonly<Record<string, number>>;
  /** Milliseconds in which at least one of them was under way: what a client waited for the services at least. */
  readonly busyMs: number;
  /** Requests under way at once, at most. */
  readonly atOnce: number;
  /** Messages to the authoritative DNS server, and operations of the directory, since the lab started. */
  readonly dns: { readonly queries: number; readonly updates: number };
  readonly directory: { readonly bind: number; readonly search: number; readonly modify: number };
}

/** The counts of the HTTP services alone. */
export type HttpCounts = Pick<
  RequestCounts,
  "total" | "byRoute" | "batched" | "servedMs" | "busyMs" | "atOnce"
>;

/** Counts requests by route, and the time they are under way. */
export class RequestCounter {
  #total = 0;
  #underWay = 0;
  #atOnce = 0;
  #busySince = 0;
  #busyMs = 0;
  readonly #byRoute = new Map<string, number>();
  readonly #batched = new Map<string, number>();
  readonly #servedMs = new Map<string, number>();

  /** Counts a request that began at that time (`performance.now()`); what it gives is to be called once it has been answered. */
  add(route: string, begun: number): () => void {
    this.#total += 1;
    this.#byRoute.set(route, (this.#byRoute.get(route) ?? 0) + 1);
    return () => {
      this.#servedMs.set(route, (this.#servedMs.get(route) ?? 0) + performance.now() - begun);
    };
  }

  /** Does the work of one request, which is under way meanwhile. */
  async during(work: () => Promise<void>): Promise<void> {
    if (this.#underWay === 0) this.#busySince = performance.now();
    this.#underWay += 1;
    this.#atOnce = Math.max(this.#atOnce, this.#underWay);
    try {
      await work();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#busyMs += performance.now() - this.#busySince;
    }
  }

  addBatched(route: string): void {
    this.#batched.set(route, (this.#batched.get(route) ?? 0) + 1);
  }

  clear(): void {
    this.#total = 0;
    this.#atOnce = this.#underWay;
    this.#busyMs = 0;
    this.#busySince = performance.now();
    this.#byRoute.clear();
    this.#batched.clear();
    this.#servedMs.clear();
  }

  counts(): HttpCounts {
    return {
      total: this.#total,
      byRoute: Object.fromEntries(this.#byRoute),
      batched: Object.fromEntries(this.#batched),
      servedMs: Object.fromEntries(this.#servedMs),
      busyMs: Math.round(this.#busyMs),
      atOnce: this.#atOnce,
    };
  }
}
