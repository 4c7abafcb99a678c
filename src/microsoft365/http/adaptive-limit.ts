import type { ServiceReply } from "./service.js";

/** Requests at once to one service, however well it answers. */
export const mostAtOnce = 16;
const first = 8;
/** Graph tells from here on how much of its limit is used up; Exchange always does (Microsoft Graph v1.0 reference, 2026-11). */
const nearlyUsedUp = 0.8;

/** The share of its limit that a service says is used up; undefined where it says nothing. */
export function usedShare({ header }: Pick<ServiceReply, "header">): number | undefined {
  const told = header("x-ms-throttle-limit-percentage");
  if (told !== undefined) return Number(told);
  const limit = Number(header("rate-limit-limit"));
  const remaining = header("rate-limit-remaining");
  return limit > 0 && remaining !== undefined ? 1 - Number(remaining) / limit : undefined;
}

/**
 * How many requests run at once, found out from the service as TCP finds out its window (RFC 5681): one more after each good
 * answer until it throttles for the first time or says that it soon will; then halved, and one more after as many good
 * answers as run at once.
 */
export class AdaptiveLimit {
  #limit = first;
  #running = 0;
  #good = 0;
  #throttled = false;
  readonly #waiting: (() => void)[] = [];

  /** Requests allowed at once now. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs `work` as soon as there is room. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#wake();
    }
  }

  /** Notes one answer: its status, and the share of the service's limit that is used up. */
  observe(status: number, share: number | undefined): void {
    if (status === 429 || (share !== undefined && share >= nearlyUsedUp)) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#good = 0;
      this.#throttled = true;
    } else if (++this.#good >= this.#limit || !this.#throttled) {
      this.#limit = Math.min(mostAtOnce, this.#limit + 1);
      this.#good = 0;
      this.#wake();
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0, Math.max(0, this.#limit - this.#running))) resume();
  }
}
