import { z } from "zod";
import { planSchema } from "../plan/index.js";

/** The tenant as resources take it: the plan's `tenant`. */
export const tenantInput = planSchema.shape.tenant;
/** The tenant of a resource. */
export type TenantArgs = z.output<typeof tenantInput>;

/** The connection to the on-premises directory, of the plan's `directory`: what is done with it is said elsewhere. */
export const directoryInput = planSchema.shape.directory.omit({
  grantTargetAddress: true,
  mailboxDatabase: true,
});
/** The on-premises directory of a resource. */
export type DirectoryArgs = z.output<typeof directoryInput>;

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

/** Whose mailboxes a resource was last applied to. */
export const membersInput = {
  /** Local parts of the CSV's addresses, by `joinNames`: what `read` goes by, since the file may be another by then. */
  members: z.string().optional(),
};

/** What a delete does: `restore` what was there before, `remove` our values, or `leave` the set as it is. */
export const onDeleteInput = z.enum(["restore", "remove", "leave"]);

/** Types of the record sets that a migration changes. */
export const changedTypes = z.enum(["MX", "TXT", "CNAME"]);
