const most = 16;
const first = 8;

/**
 * How many requests run at once, found out from the service: halved when it throttles or says that it soon will, one
 * more after as many good answers as run at once.
 */
export class AdaptiveLimit {
  #limit = first;
  #running = 0;
  #good = 0;
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

  /**
   * Notes one answer. @param throttlePercentage `x-ms-throttle-limit-percentage`, sent from 0.8 on: the share of the
   * limit that is used up (facts §3.6)
   */
  observe(status: number, throttlePercentage: string | undefined): void {
    if (status === 429 || Number(throttlePercentage ?? 0) >= 0.8) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#good = 0;
    } else if (++this.#good >= this.#limit) {
      this.#limit = Math.min(most, this.#limit + 1);
      this.#good = 0;
      this.#wake();
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0, Math.max(0, this.#limit - this.#running))) resume();
  }
}
