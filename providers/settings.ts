import { createHash } from "node:crypto";
import { z } from "zod";
import { type CloudSession, cloudOf, openCloud } from "../src/cloud/index.js";
import { connectDirectory, type Directory } from "../src/directory/index.js";
import { MailstageError } from "../src/errors/index.js";
import { planSchema } from "../src/plan/index.js";
import type { Context } from "./dynamic.js";

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

/** The connection to a resource's tenant: one a process, opened by the first call. */
export function sessionOf(tenant: TenantArgs): CloudSession {
  return openCloud(cloudOf(tenant));
}

/**
 * Does some work on the on-premises directory, connected and bound as the plan's account before and closed after.
 * @throws MailstageError directory-password-missing, and what `connectDirectory` throws
 */
export async function withDirectory<T>(
  cx: Context,
  settings: DirectoryArgs,
  work: (directory: Directory) => Promise<T>,
): Promise<T> {
  const password = cx.secret("MAILSTAGE_DIRECTORY_PASSWORD", "directoryPassword");
  if (password === undefined)
    throw new MailstageError({
      code: "directory-password-missing",
      subject: settings.url,
      reason: `needs the password of ${settings.bindDn}`,
      hint: "Set MAILSTAGE_DIRECTORY_PASSWORD, or pulumi config set --secret mailstage:directoryPassword",
    });
  const directory = await connectDirectory(settings, password);
  try {
    return await work(directory);
  } finally {
    await directory.close();
  }
}

/** SHA-256 of a wave's addresses in any order: tells whether its mailboxes changed, which its CSV's digest does for passwords too. */
export function rosterOf(addresses: readonly string[]): string {
  return createHash("sha256")
    .update([...addresses].sort().join("\n"))
    .digest("hex");
}
