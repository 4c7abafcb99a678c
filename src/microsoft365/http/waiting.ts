/** Waits shorter than this are not spoken of, milliseconds: they are over before a line is read. */
const worthTellingMs = 5000;

let listener: (text: string) => void = () => undefined;
/** Until when each service's waiting has been told of, by the monotonic clock. */
const toldUntil = new Map<string, number>();

/** Chooses who is told, in one line, that a service is waited for. */
export function onWaiting(tell: (text: string) => void): void {
  listener = tell;
}

/** What one request is told to wait, added up over its tries. */
export class Waiting {
  #total = 0;
  #told = false;

  /**
   * Notes a wait. It is told once a request, and once for all requests that wait for the same service at the same time.
   * @param reason what the service answered: `429`, `ECONNRESET`
   */
  note(url: string, waitMs: number, reason: string): void {
    this.#total += waitMs;
    if (this.#told || this.#total < worthTellingMs) return;
    this.#told = true;
    const { host } = new URL(url);
    const now = performance.now();
    if ((toldUntil.get(host) ?? 0) > now) return;
    toldUntil.set(host, now + waitMs);
    listener(
      `${host} is asked again in ${Math.ceil(waitMs / 1000)} s (${reason}); a wait goes on without more lines`,
    );
  }
}
