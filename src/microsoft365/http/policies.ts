import type { PipelinePolicy, PipelineRequest } from "@azure/core-rest-pipeline";
import type { AzureLibraries } from "../../base/load-azure-libraries.js";
import { MailstageError } from "../../base/problem.js";
import { BodyError, readBody } from "./body.js";
import { isLoopbackHttp } from "./clouds.js";
import { isRedirect } from "./retry-strategy.js";
import type { ServiceOptions } from "./service.js";

const mostRedirects = 5;
const anyStatus = new Set([Number.POSITIVE_INFINITY]);

/** Default for one attempt, in milliseconds. The module's own is 960 s, too long for a run that should tell its state. */
function requestTimeoutMs(): number {
  const configured = Number(process.env["MAILSTAGE_REQUEST_TIMEOUT_MS"]);
  return Number.isFinite(configured) && configured > 0 ? configured : 300_000;
}

/** Refuses hosts the token must not reach, then signs with the library's bearer policy (claims challenges included). */
export function authorizationPolicy(libraries: AzureLibraries, options: ServiceOptions): PipelinePolicy {
  const { identity, trusts } = options;
  const bearer =
    identity &&
    libraries.bearerTokenAuthenticationPolicy({ credential: identity.credential, scopes: [identity.scope] });
  return {
    name: "mailstageAuthorization",
    async sendRequest(request, next) {
      refuseForeign(request.url, trusts);
      if (bearer === undefined) return next(request);
      if (!isLoopbackHttp(new URL(request.url))) return bearer.sendRequest(request, next);
      // The library signs HTTPS only; plain HTTP on loopback is this machine talking to itself.
      const plain = request.url;
      request.url = plain.replace(/^http:/i, "https:");
      return bearer.sendRequest(request, (signed) => {
        signed.url = plain;
        return next(signed);
      });
    },
  };
}

/**
 * Follows redirects with method and body unchanged, as the Exchange front door wants (ExchangeOnlineManagement module, 2026-11): port 446 is the
 * service's internal one and becomes the base's, cookies are kept (the library shows the first Set-Cookie only), and
 * each hop is signed anew. A redirect to an untrusted host is not followed: it is left as the answer.
 */
export function followPolicy({ base, trusts }: Pick<ServiceOptions, "base" | "trusts">): PipelinePolicy {
  return {
    name: "mailstageFollow",
    async sendRequest(request, next) {
      let response = await next(request);
      for (let hop = 0; hop < mostRedirects; hop += 1) {
        const header = (name: string) => response.headers.get(name);
        if (!isRedirect({ status: response.status, header })) break;
        const target = publicUrl(new URL(header("location") ?? "", request.url), base);
        if (!trusts(target)) break;
        keepCookie(request, response.headers.get("set-cookie"));
        request.url = target;
        response = await next(request);
      }
      return response;
    },
  };
}

/** A URL the service gave, with its internal port 446 replaced by the base's. */
export function publicUrl(url: URL, base: string): string {
  const target = new URL(url);
  if (target.port === "446") target.port = new URL(base).port;
  return target.href;
}

/** Bounds one attempt with its whole answer, in time and in size; the library's own timeout ends with the headers. */
export function attemptPolicy(
  libraries: AzureLibraries,
  timeoutMs: number = requestTimeoutMs(),
): PipelinePolicy {
  return {
    name: "mailstageAttempt",
    async sendRequest(request, next) {
      const attempt = new AbortController();
      const { signal: abortSignal } = attempt;
      // Ended with the attempt: `AbortSignal.timeout` waits on, and holds what asked until then.
      const timer = setTimeout(() => attempt.abort(), timeoutMs);
      // In capitals, which mean the same (RFC 9110 §8.4.1): the library would unpack by itself, without a limit, and wait for ever
      // for the rest of a packed answer that is cut off.
      request.headers.set("accept-encoding", "GZIP");
      try {
        const response = await next({ ...request, abortSignal, streamResponseStatusCodes: anyStatus });
        const { readableStreamBody, ...head } = response;
        const packed = /^gzip$/i.test(response.headers.get("content-encoding") ?? "");
        return { ...head, bodyAsText: await readBody(readableStreamBody, packed) };
      } catch (error) {
        if (abortSignal.aborted)
          throw new libraries.RestError(`no complete answer within ${timeoutMs / 1000} s`, {
            code: "ETIMEDOUT",
          });
        if (error instanceof BodyError) throw new libraries.RestError(error.message, { code: error.code });
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** @throws MailstageError when the URL is not of the tenant's cloud */
export function refuseForeign(url: string, trusts: (url: string) => boolean): void {
  if (trusts(url)) return;
  throw new MailstageError({
    code: "foreign-host",
    subject: new URL(url).origin,
    reason:
      "the service pointed at this host, which is not one of the tenant's cloud, so the access token is not sent there",
    hint: "Check tenant.cloud and tenant.endpoints in the plan, and whether a proxy rewrites answers",
  });
}

function keepCookie(request: PipelineRequest, setCookie: string | undefined): void {
  const pair = setCookie?.split(";")[0]?.trim();
  if (!pair?.includes("=")) return;
  const name = pair.slice(0, pair.indexOf("=") + 1);
  const others = (request.headers.get("cookie") ?? "")
    .split("; ")
    .filter((item) => item && !item.startsWith(name));
  request.headers.set("cookie", [...others, pair].join("; "));
}
