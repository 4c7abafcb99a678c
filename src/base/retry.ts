import { setTimeout as sleep } from "node:timers/promises";
import { serviceDate } from "./dates.js";
import { stopping } from "./stop.js";

/**
 * First delay before a retry, in milliseconds: 2 s as in the Exchange module's own policy, or
 * MAILSTAGE_RETRY_BASE_MS (rehearsals and tests need no long waits).
 */
export function retryBaseMs(): number {
  const configured = Number(process.env["MAILSTAGE_RETRY_BASE_MS"]);
  return Number.isFinite(configured) && configured > 0 ? configured : 2000;
}

/** Delay before retry number `attempt` (from 0), in milliseconds: base × 2^attempt, spread by ± 25 %. */
export function retryDelay(attempt: number, baseMs: number = retryBaseMs()): number {
  return baseMs * 2 ** attempt * (0.75 + Math.random() / 2);
}

/** Waits `ms` milliseconds. @throws MailstageError run-stopped as soon as the run is stopped */
export async function pause(ms: number): Promise<void> {
  // The timer's own error says no more than that it was aborted.
  await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  stopping.throwIfAborted();
}

/**
 * A Retry-After value in milliseconds: seconds, also decimal, or an HTTP date seen from `now` (RFC 9110 §10.2.3).
 * Undefined where it is neither.
 */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = serviceDate(text);
  return at === undefined ? undefined : Math.max(0, at.getTime() - now.getTime());
}
