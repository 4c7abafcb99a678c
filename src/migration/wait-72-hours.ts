import { utcMinute } from "../base/dates.js";
import type { Problem } from "../base/problem.js";

/** How long other organizations may go on using the former MX (Microsoft's procedure, "Route your email": 72 hours; checked 2026-11). */
export const switchWaitHours = 72;

export const switchWaitSeconds = switchWaitHours * 3600;

/**
 * That a batch must not be deleted yet because the MX was switched less than 72 hours ago; undefined where they are over. Pure.
 * @param routedAt when every authoritative server was first seen to answer the tenant's MX, and has since
 * @param now the service's time
 */
export function before72Hours(subject: string, routedAt: Date, now: Date): Problem | undefined {
  const until = new Date(routedAt.getTime() + switchWaitSeconds * 1000);
  if (now >= until) return undefined;
  return {
    code: "batch-before-72h",
    subject,
    reason: `the MX was switched at ${utcMinute(routedAt)}, and other mail systems may use the former one for ${switchWaitHours} hours`,
    hint: `Run pulumi up again after ${utcMinute(until)}`,
  };
}
