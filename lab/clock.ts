/** The lab's clock: it runs with real time and can be moved forward, never back. */
export interface LabClock {
  now(): Date;
  /** Moves the clock forward by `seconds` (not negative). Throws a RangeError otherwise. */
  advance(seconds: number): void;
  /** Milliseconds the lab is ahead of the machine: what is kept so that a restarted lab goes on. */
  readonly offsetMs: number;
}

/** A clock `offsetMs` ahead of the machine's. */
export function createClock(offsetMs: number): LabClock {
  let ahead = offsetMs;
  return {
    now: () => new Date(Date.now() + ahead),
    advance(seconds) {
      if (!Number.isFinite(seconds) || seconds < 0)
        throw new RangeError(`the lab's clock only moves forward, not by ${seconds} seconds`);
      ahead += seconds * 1000;
    },
    get offsetMs() {
      return ahead;
    },
  };
}
