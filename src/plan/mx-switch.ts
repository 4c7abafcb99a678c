import { z } from "zod";

/** The switch of a domain's MX to the tenant. */
export const mxSwitch = z.object({
  /** When every authoritative server was first seen to answer the tenant's MX, ISO 8601. */
  routedAt: z.string(),
  /** The MX that the tenant names, and has named. */
  values: z.array(z.string()),
});
export type MxSwitch = z.output<typeof mxSwitch>;

/** The same where it may not have been seen yet. */
export const awaitedMxSwitch = mxSwitch.extend({ routedAt: mxSwitch.shape.routedAt.nullable() });
