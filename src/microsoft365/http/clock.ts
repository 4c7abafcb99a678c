import { serviceDate } from "../../base/dates.js";
import { MailstageError } from "../../base/problem.js";

const freshMs = 5000;

/**
 * The service's clock as its answers' Date headers show it: the runner's own clock may be wrong by days, and gates
 * count hours. Between answers the monotonic clock carries on.
 */
export class ServiceClock {
  #seen: { readonly date: number; readonly at: number } | undefined;
  #asking: Promise<unknown> | undefined;

  /** Notes a Date header; one that is no date is ignored. @returns the time it says */
  observe(header: string | undefined): Date | undefined {
    const date = header === undefined ? undefined : serviceDate(header);
    if (date === undefined) return undefined;
    this.#seen = { date: date.getTime(), at: performance.now() };
    return date;
  }

  /**
   * The service's time, at most five seconds of it carried on by the monotonic clock.
   * @param ask makes one cheap request whose answer is observed
   * @throws MailstageError when no answer has a Date header
   */
  async now(ask: () => Promise<unknown>): Promise<Date> {
    if (this.#seen === undefined || performance.now() - this.#seen.at > freshMs) {
      this.#seen = undefined;
      // Several resources want to know at once: one request tells all of them.
      this.#asking ??= ask().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    const seen = this.#current();
    if (seen !== undefined) return seen;
    throw new MailstageError({
      code: "service-time-unknown",
      subject: "the service's time",
      reason: "its answer has no usable Date header",
      hint: "See whether a proxy strips headers",
    });
  }

  #current(): Date | undefined {
    const seen = this.#seen;
    return seen && new Date(seen.date + (performance.now() - seen.at));
  }
}
