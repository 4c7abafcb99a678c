import { z } from "zod";
import { type CloudSession, cloudOf, openCloud } from "../src/cloud/index.js";
import { planSchema } from "../src/plan/index.js";

/** The tenant as resources take it: the plan's `tenant`. */
export const tenantInput = planSchema.shape.tenant;
/** The tenant of a resource. */
export type TenantArgs = z.output<typeof tenantInput>;

/** Which servers are asked what DNS answers. */
export const observedInput = z.object({
  /** The zone the names are in. */
  zone: z.string(),
  /** Authoritative servers, host or host:port. @default the zone's NS set */
  nameServers: z.array(z.string()).optional(),
  /** Recursive resolvers, host or host:port. @default the system's */
  resolvers: z.array(z.string()).optional(),
});
/** Which servers are asked what DNS answers. */
export type ObservedArgs = z.output<typeof observedInput>;

/** One wave's list of mailboxes. */
export const waveInput = {
  /** The wave's name. */
  wave: z.string(),
  /** The e-mail domain. */
  domain: z.string(),
  /** Path of the CSV, relative to the folder of Pulumi.yaml. */
  csv: z.string(),
  /** SHA-256 of the CSV at preview; a file that changed since is refused. Secret, since the file may hold passwords. */
  digest: z.string(),
};

/** The connection to a resource's tenant: one a process, opened by the first call. */
export function sessionOf(tenant: TenantArgs): CloudSession {
  return openCloud(cloudOf(tenant));
}
