import type { DrawnFault } from "../faults.js";
import type { LabResponse, Service } from "./service.js";

/** What the front door shows for a fault in place of the service's answer; undefined: the fault is no answer. */
export function faultResponse(
  fault: DrawnFault,
  service: Service,
  other: string | undefined,
): LabResponse | undefined {
  const retry: Record<string, string> =
    fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
  switch (fault.kind) {
    case "429-json":
      return { status: 429, headers: retry, body: service.throttled() };
    case "429-text":
      return {
        status: 429,
        headers: retry,
        contentType: "text/plain",
        body: "Too many concurrent requests for this tenant. Please retry later.",
      };
    case "500":
      return {
        status: 500,
        body: { error: { code: "InternalServerError", message: "An internal error has occurred." } },
      };
    case "503":
    case "503-after":
      return {
        status: 503,
        headers: retry,
        body: { error: { code: "ServiceUnavailable", message: "The service is temporarily unavailable." } },
      };
    case "504":
    case "504-after":
      return {
        status: 504,
        contentType: "text/html",
        body: "<html><body><h2>504 - Gateway Timeout</h2></body></html>",
      };
    case "401-claims":
      return {
        status: 401,
        headers: {
          "www-authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${claims()}"`,
        },
        body: {
          error: {
            code: "InvalidAuthenticationToken",
            message: "Continuous access evaluation resulted in challenge.",
          },
        },
      };
    case "403-empty":
      return {
        status: 403,
        headers: {
          "x-ms-diagnostics":
            '2000010;reason="The caller has no role that allows this operation.";error_category="insufficient_role"',
          "x-exceptiontype": "UnauthorizedAccessException",
        },
        contentType: "application/octet-stream",
        body: "\u0000\u0000\u0000\u0000",
      };
    case "html":
      return {
        status: 200,
        contentType: "text/html; charset=utf-8",
        body: "<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body><h1>Sign in</h1></body></html>",
      };
    case "redirect":
      return other === undefined ? undefined : { status: 307, headers: { location: other }, body: "" };
    case "redirect-foreign":
      return { status: 307, headers: { location: "https://collector.invalid/adminapi" }, body: "" };
    default:
      return undefined;
  }
}

function claims(): string {
  const wanted = { access_token: { nbf: { essential: true, value: "1604106651" } } };
  return Buffer.from(JSON.stringify(wanted)).toString("base64");
}
