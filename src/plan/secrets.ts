import { MailstageError } from "../base/problem.js";

/** A secret that mailstage is given: in the environment, else in the stack's configuration, never in the plan. */
export interface Secret {
  /** Name of its environment variable, which comes first. */
  readonly environment: string;
  /** Its key in stack configuration, without the namespace. */
  readonly config: string;
  /** What it is, by the field of the plan it belongs to. */
  readonly of: string;
}

/** Every secret that a handler takes from the environment or stack configuration. Who signs in to the tenant: src/microsoft365/http/credential.ts. */
export const secrets = {
  source: {
    environment: "MAILSTAGE_SOURCE_PASSWORD",
    config: "sourcePassword",
    of: "password of source.account",
  },
  directory: {
    environment: "MAILSTAGE_DIRECTORY_PASSWORD",
    config: "directoryPassword",
    of: "password of directory.bindDn",
  },
  tsig: {
    environment: "MAILSTAGE_TSIG_SECRET",
    config: "tsigSecret",
    of: "secret of dns.key, base64",
  },
  cloudflare: {
    environment: "CLOUDFLARE_API_TOKEN",
    config: "cloudflareApiToken",
    of: "token of Cloudflare's API for the zone of dns.zoneId",
  },
} as const satisfies Record<string, Secret>;

/** Its key in stack configuration, as `pulumi config set --secret` takes it. */
export const configKey = ({ config }: Secret): string => `mailstage:${config}`;

/**
 * A secret: from the environment first, else what the stack's configuration has. What is set and empty is not given: a pipeline sets
 * an empty variable for a secret that it has not (GitHub Actions, checked 2026-11).
 * @param configured what the configuration has under `configKey`
 */
export function secretOf(secret: Secret, configured?: string): string | undefined {
  return process.env[secret.environment] || configured || undefined;
}

/** What a message tells whoever has not given it. */
export const howToGive = (secret: Secret): string =>
  `Set ${secret.environment}, or pulumi config set --secret ${configKey(secret)}`;

/**
 * The password of an account, which must be given.
 * @param found what `secretOf` has found
 * @param subject what asks for it: a server, an endpoint
 * @throws MailstageError password-missing
 */
export function requirePassword(
  found: string | undefined,
  {
    secret,
    account,
    subject,
  }: { readonly secret: Secret; readonly account: string; readonly subject: string },
): string {
  // To many servers an empty password is an anonymous sign-in, which succeeds and then may do nothing.
  if (found !== undefined && found !== "") return found;
  throw new MailstageError({
    code: "password-missing",
    subject,
    reason: `needs the password of ${account}`,
    hint: howToGive(secret),
  });
}
