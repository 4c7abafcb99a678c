import { randomUUID } from "node:crypto";
import type { LabRequest, LabResponse, Service } from "./http/service.js";
import { issueToken, tokenLifetime } from "./tokens.js";
import type { World } from "./world.js";

/** What the token endpoint works with. */
export interface AuthorityOptions {
  readonly world: World;
  /** The secret that the application has now. */
  readonly clientSecret: () => string;
  readonly tokenSecret: string;
  /** The endpoint's own base URL. */
  readonly base: () => string;
  /** Audiences a token can be had for, as in `<audience>/.default`. */
  readonly audiences: () => readonly string[];
  readonly now: () => Date;
}

/** The token endpoint: discovery and client credentials, enough for the real @azure/identity (Microsoft Graph v1.0 reference, 2026-11). */
export function authorityService(options: AuthorityOptions): Service {
  const tenants = [options.world.tenantId, options.world.initialDomain, options.world.domain];
  return {
    name: "authority",
    route: (request) => `${request.method} ${request.url.pathname.replace(/^\/[^/]+/, "/{tenant}")}`,
    isRead: (request) => request.method === "GET",
    throttled: () => ({
      error: "temporarily_unavailable",
      error_description: "AADSTS90055: Too many requests.",
    }),
    async handle(request) {
      const [, tenant = "", ...rest] = request.url.pathname.split("/");
      const path = `${request.method} ${rest.join("/")}`;
      if (path === "GET discovery/instance") return discovery(options);
      if (!tenants.includes(tenant.toLowerCase()))
        return refuse(options, 400, "invalid_tenant", 90002, `Tenant '${tenant}' not found.`);
      if (/^GET (v2\.0\/)?\.well-known\/openid-configuration$/.test(path))
        return openIdConfiguration(options, tenant);
      if (path === "POST oauth2/v2.0/token") return token(request, options);
      return { status: 404, body: "" };
    },
  };
}

function discovery({ base }: AuthorityOptions): LabResponse {
  const host = new URL(base()).host;
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${base()}/common/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  };
}

function openIdConfiguration({ base, world }: AuthorityOptions, tenant: string): LabResponse {
  const root = `${base()}/${tenant}`;
  return {
    status: 200,
    body: {
      token_endpoint: `${root}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
      jwks_uri: `${root}/discovery/v2.0/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      issuer: `${base()}/${world.tenantId}/v2.0`,
      authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${root}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${root}/oauth2/v2.0/logout`,
      claims_supported: ["sub", "iss", "aud", "exp", "iat", "tid"],
      tenant_region_scope: null,
      cloud_instance_name: "lab",
    },
  };
}

function token(request: LabRequest, options: AuthorityOptions): LabResponse {
  const form = new URLSearchParams(request.body);
  const { clientId } = options.world.application;
  if (form.get("grant_type") !== "client_credentials")
    return refuse(
      options,
      400,
      "unsupported_grant_type",
      70003,
      `The app requested an unsupported grant type '${form.get("grant_type")}'.`,
    );
  if (form.get("client_id") !== clientId)
    return refuse(
      options,
      400,
      "unauthorized_client",
      700016,
      `Application with identifier '${form.get("client_id")}' was not found in the directory '${options.world.initialDomain}'.`,
    );
  if (form.has("client_assertion"))
    return refuse(
      options,
      401,
      "invalid_client",
      700027,
      "The certificate with identifier used to sign the client assertion is not registered on application.",
    );
  if (form.get("client_secret") !== options.clientSecret())
    return refuse(
      options,
      401,
      "invalid_client",
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  // MSAL adds the OpenID Connect scopes to the one resource asked for.
  const scopes = (form.get("scope") ?? "").split(/\s+/).filter((scope) => scope.includes("/"));
  const audience = scopes[0]?.replace(/\/\.default$/, "").replace(/\/$/, "");
  if (audience === undefined || scopes.length !== 1 || !scopes[0]?.endsWith("/.default"))
    return refuse(
      options,
      400,
      "invalid_scope",
      1002012,
      `The provided value for scope ${form.get("scope")} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    );
  if (!options.audiences().includes(audience))
    return refuse(
      options,
      400,
      "invalid_resource",
      500011,
      `The resource principal named ${audience} was not found in the tenant named ${options.world.initialDomain}.`,
    );
  return {
    status: 200,
    headers: { "cache-control": "no-store, no-cache" },
    body: {
      token_type: "Bearer",
      expires_in: tokenLifetime,
      ext_expires_in: tokenLifetime,
      access_token: issueToken(
        { aud: audience, tid: options.world.tenantId, appid: clientId },
        options.tokenSecret,
      ),
    },
  };
}

function refuse(
  { now }: AuthorityOptions,
  status: number,
  error: string,
  code: number,
  text: string,
): LabResponse {
  const trace = randomUUID();
  const timestamp = now().toISOString().replace("T", " ").slice(0, 19);
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${trace} Timestamp: ${timestamp}Z`,
      error_codes: [code],
      timestamp: `${timestamp}Z`,
      trace_id: trace,
      correlation_id: trace,
    },
  };
}
