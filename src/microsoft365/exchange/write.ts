import { pause, retryDelay } from "../../base/retry.js";
import { ExchangeError, type ExchangeFailure } from "./port.js";

const attempts = 4;

/** Whether `error` is an Exchange failure of one of these kinds. */
export function isExchangeFailure(error: unknown, ...kinds: ExchangeFailure[]): boolean {
  return error instanceof ExchangeError && kinds.includes(error.kind);
}

/**
 * Does a write that must not be done twice: when its outcome is unknown, asks `readBack` before it repeats it.
 * A replica can be up to 90 s behind (reported by users, 2026-11), so the repeat may find that the first attempt was done after all:
 * `already-exists` after an unknown outcome is therefore read back too.
 * @throws ExchangeError of the write, or `outcome-unknown` once four attempts are used up
 */
export async function writeOnce<T>(
  write: () => Promise<T>,
  readBack: () => Promise<T | undefined>,
): Promise<T> {
  let unknown: unknown;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (isExchangeFailure(error, "outcome-unknown")) unknown = error;
      else if (unknown === undefined || !isExchangeFailure(error, "already-exists")) throw error;
      const done = await readBack();
      if (done !== undefined) return done;
      if (attempt + 1 >= attempts) throw unknown;
      await pause(retryDelay(attempt));
    }
  }
}

/** Deletes: what is not there is deleted already. */
export async function ignoreNotFound(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isExchangeFailure(error, "not-found")) throw error;
  }
}
