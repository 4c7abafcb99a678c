import { createHash } from "node:crypto";
import { type CloudSession, cloudOf, openCloud } from "../src/microsoft365/index.js";
import { boundAs, connectDirectory, type Directory } from "../src/on-premises/directory/index.js";
import { requirePassword, secrets } from "../src/plan/secrets.js";
import type { DirectoryArgs, TenantArgs } from "../src/state/settings.js";
import type { Context } from "./context.js";

/** The connection to a resource's tenant: one a process, opened by the first call. */
export function sessionOf(tenant: TenantArgs): CloudSession {
  return openCloud(cloudOf(tenant));
}

/**
 * Does some work on the on-premises directory, connected and bound as the plan's account before and closed after.
 * @throws MailstageError password-missing, and what `connectDirectory` throws
 */
export async function withDirectory<T>(
  cx: Context,
  settings: DirectoryArgs,
  work: (directory: Directory) => Promise<T>,
): Promise<T> {
  const bound = boundAs(settings);
  const password = requirePassword(cx.secret(secrets.directory), {
    secret: secrets.directory,
    account: bound.bindDn,
    subject: settings.url,
  });
  const directory = await connectDirectory(bound, password);
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
