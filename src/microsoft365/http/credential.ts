import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { defined } from "../../base/defined.js";
import { type AzureLibraries, azureLibraries } from "../../base/load-azure-libraries.js";
import { MailstageError } from "../../base/problem.js";
import { keepSecret } from "../../base/redaction.js";
import { pause, retryDelay } from "../../base/retry.js";
import { scrub } from "../../base/scrub.js";
import { stopping } from "../../base/stop.js";
import type { Cloud } from "./clouds.js";

const hint =
  "Set AZURE_CLIENT_ID with AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, or in a pipeline AZURE_CLIENT_ID with " +
  "AZURE_FEDERATED_TOKEN_FILE, or sign in with `az login`";

/**
 * The credential for a tenant, loaded with the first token: a client secret or certificate from the environment
 * (AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH and _PASSWORD), else what
 * `DefaultAzureCredential` finds: workload identity, managed identity, Azure CLI (AZURE_TOKEN_CREDENTIALS narrows it).
 * The tenant is always the plan's.
 */
export class EnvironmentTokens implements TokenCredential {
  readonly #cloud: Cloud;
  #chosen: Chosen | undefined;
  /** Sign-ins under way, by scope: whoever asks meanwhile shares them. */
  readonly #underWay = new Map<string, Promise<AccessToken>>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** @throws MailstageError naming the missing or refused credential and what to set */
  async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    // An answer to a challenge is nobody else's.
    if (options?.claims !== undefined) return this.#signIn(scopes, options);
    const key = [scopes, options?.enableCae === true].flat().join(" ");
    const shared = this.#underWay.get(key);
    if (shared !== undefined) return shared;
    const token = this.#signIn(scopes, options);
    this.#underWay.set(key, token);
    try {
      return await token;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /**
   * Begins the first sign-in of this process, for whoever needs a token in a moment. Its failure is told by the request that needs it.
   * @param scope that of the service which is asked first
   */
  begin(scope: string): void {
    if (this.#chosen !== undefined) return;
    // As the library's bearer policy asks: a token without continuous access evaluation is another one.
    this.getToken(scope, { enableCae: true }).catch(() => undefined);
  }

  async #signIn(scopes: string | string[], options: GetTokenOptions | undefined): Promise<AccessToken> {
    this.#chosen ??= chosenFor(this.#cloud);
    const { credential, configured } = this.#chosen;
    for (let attempt = 0; ; attempt += 1) {
      stopping.throwIfAborted();
      try {
        const token = await credential.getToken(scopes, options);
        keepSecret(token?.token);
        if (token !== null) return token;
        throw new Error("no reason given");
      } catch (error) {
        if (!configured || attempt + 1 >= attempts || !isPassing(error))
          throw credentialError(error, this.#cloud, configured);
      }
      await pause(retryDelay(attempt));
    }
  }
}

/** How often a token is asked for while the sign-in service fails in passing. */
const attempts = 5;

/**
 * Whether the sign-in service said nothing about the request: its refusals have a number (AADSTS…), of which only
 * throttling (90055) and a failure of its own (90033) pass. A host that cannot be reached is not asked again.
 */
function isPassing(error: unknown): boolean {
  const message = error instanceof Error ? error.message : "";
  if (/AADSTS(90055|90033)/.test(message)) return true;
  return !/AADSTS|invalid_(client|grant|request|scope)|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|certificate/i.test(
    message,
  );
}

interface Chosen {
  readonly credential: TokenCredential;
  /** Whether the environment names this very credential, so that it cannot be said to be missing. */
  readonly configured: boolean;
}

/** @throws MailstageError also for what the library refuses */
function chosenFor(cloud: Cloud): Chosen {
  try {
    return choose(cloud);
  } catch (error) {
    throw error instanceof MailstageError ? error : credentialError(error, cloud, true);
  }
}

function choose(cloud: Cloud): Chosen {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH } =
    process.env;
  if (AZURE_TENANT_ID && /^[0-9a-f-]{36}$/i.test(AZURE_TENANT_ID) && !sameTenant(AZURE_TENANT_ID, cloud))
    throw new MailstageError({
      code: "credential-tenant-differs",
      subject: "AZURE_TENANT_ID",
      reason: `it names tenant ${AZURE_TENANT_ID}, the plan names tenant ${cloud.tenantId}`,
      hint: "Use the credentials of the plan's tenant, or correct tenant.id in the plan",
    });
  const libraries = azureLibraries();
  const standard = /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$/.test(
    cloud.authority,
  );
  const options = {
    authorityHost: cloud.authority,
    ...(standard
      ? {}
      : {
          disableInstanceDiscovery: true,
          additionalPolicies: [{ policy: laidOutAlike(cloud, libraries), position: "perCall" as const }],
        }),
  };
  if (AZURE_CLIENT_ID && AZURE_CLIENT_SECRET)
    return {
      credential: new libraries.ClientSecretCredential(
        cloud.tenantId,
        AZURE_CLIENT_ID,
        AZURE_CLIENT_SECRET,
        options,
      ),
      configured: true,
    };
  if (AZURE_CLIENT_ID && AZURE_CLIENT_CERTIFICATE_PATH) {
    const password = process.env["AZURE_CLIENT_CERTIFICATE_PASSWORD"];
    const credential = new libraries.ClientCertificateCredential(
      cloud.tenantId,
      AZURE_CLIENT_ID,
      {
        certificatePath: AZURE_CLIENT_CERTIFICATE_PATH,
        ...defined({ certificatePassword: password }),
      },
      {
        ...options,
        sendCertificateChain: /^(1|true)$/i.test(process.env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] ?? ""),
      },
    );
    return { credential, configured: true };
  }
  const credential = new libraries.DefaultAzureCredential({ ...options, tenantId: cloud.tenantId });
  return { credential, configured: false };
}

/**
 * Says where an authority of one's own takes requests. The library knows that of Microsoft's hosts, and asks any other host in every
 * process. Those are laid out alike (protocol reference of Microsoft identity platform, "OAuth 2.0 client credentials flow", checked
 * 2026-11), and the host that would answer is the one that is given the secret next.
 */
function laidOutAlike({ authority, tenantId }: Cloud, { createHttpHeaders }: AzureLibraries): PipelinePolicy {
  const root = `${authority}/${tenantId}`;
  const layout = {
    issuer: `${root}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    jwks_uri: `${root}/discovery/v2.0/keys`,
  };
  return {
    name: "authorityLayout",
    sendRequest: async (request, next) =>
      request.method === "GET" && request.url === `${root}/v2.0/.well-known/openid-configuration`
        ? { request, status: 200, headers: createHttpHeaders(), bodyAsText: JSON.stringify(layout) }
        : next(request),
  };
}

function sameTenant(id: string, cloud: Cloud): boolean {
  return id.toLowerCase() === cloud.tenantId.toLowerCase();
}

/** Tells a missing credential from a refused one; the cause is left out, as it may hold the request. */
function credentialError(error: unknown, cloud: Cloud, configured: boolean): MailstageError {
  const name = error instanceof Error ? error.name : "";
  const said = scrub(error instanceof Error ? error.message : "no reason given");
  // What the library makes of an answer that is no sign-in service's.
  const message = said.includes("[object Object]") ? "it did not answer as a sign-in service does" : said;
  const missing = !configured && /CredentialUnavailable|AggregateAuthentication/.test(name);
  return new MailstageError({
    code: missing ? "credential-missing" : "credential-refused",
    subject: `sign-in to tenant ${cloud.tenantId}`,
    reason: missing
      ? "no credential was found in the environment"
      : `${cloud.authority} issued no token: ${message}`,
    hint: missing
      ? hint
      : "Check AZURE_CLIENT_ID, its secret or certificate and its validity, the tenant id, and the way to the sign-in service",
  });
}
