import { z } from "zod";
import { defined } from "../../base/defined.js";
import { scrub } from "../../base/scrub.js";
import type { NoReply } from "../http/http.js";
import { isCertificateProblem } from "../http/retry-strategy.js";
import { GraphError, type GraphFailure } from "./client.js";

/** The request an error belongs to. */
export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  readonly repeatable: boolean;
}

const errorBody = z.looseObject({
  error: z.looseObject({
    code: z.string().nullish(),
    message: z.string().nullish(),
    innerError: z.looseObject({ "request-id": z.string().nullish() }).nullish(),
  }),
});

const hints: Partial<Record<GraphFailure, string>> = {
  denied:
    "Give the app registration the Graph application permissions named in docs/tenant-setup.md, with admin consent, and wait some minutes",
  "not-found": "Somebody may have deleted it: run pulumi refresh, which finds that, and then pulumi up",
  throttled: "Run again in a few minutes",
  unavailable: "Run again later",
  "outcome-unknown": "Run again: what was done is found and not done twice",
};

/** The failure an error answer stands for (Microsoft Graph v1.0 reference, 2026-11). @param body parsed JSON, or undefined where it was none */
export function graphFailure(
  status: number,
  body: unknown,
  request: FailedRequest,
  requestId?: string,
): GraphError {
  const parsed = errorBody.safeParse(body);
  const error = parsed.success ? parsed.data.error : undefined;
  const graphCode = error?.code ?? undefined;
  const graphMessage = error?.message ?? undefined;
  const kind = kindOf(status, graphCode, request.repeatable);
  const reason =
    scrub(graphMessage ?? "") ||
    (status < 400 ? "the answer is cut off or not JSON" : scrub(graphCode ?? "")) ||
    "Graph answered without a text";
  return failure(
    kind,
    request,
    kind === "outcome-unknown" ? `${reason}; whether it was done is unknown` : reason,
    status,
    {
      graphCode,
      graphMessage,
      requestId: error?.innerError?.["request-id"] ?? requestId,
    },
  );
}

/** The failure of a request that got no answer. */
export function graphNoReply(error: NoReply, request: FailedRequest): GraphError {
  const unknown = error.sent && !request.repeatable;
  const reason = `no answer from Microsoft Graph: ${error.message}`;
  const certificate = isCertificateProblem(error.reason);
  return failure(
    unknown ? "outcome-unknown" : "unavailable",
    request,
    unknown ? `${reason}; whether it was done is unknown` : reason,
    error.reason,
    certificate
      ? { hint: "Check tenant.endpoints, or give a proxy's CA in NODE_EXTRA_CA_CERTS" }
      : unknown
        ? {}
        : { hint: "Check the network, HTTPS_PROXY and tenant.endpoints, then run again" },
  );
}

/** An answer whose shape is not the documented one. */
export function graphUnexpected(
  request: FailedRequest,
  issue: z.core.$ZodIssue | undefined,
  place?: string,
): GraphError {
  const path = [...(place === undefined ? [] : [place]), ...(issue?.path ?? [])].join(".");
  return failure(
    "unavailable",
    request,
    `the answer has an unexpected ${scrub(path) || "shape"}: ${issue?.message ?? "not understood"}`,
    undefined,
    { hint: "Graph answered in a form this version does not know; update mailstage or report it" },
  );
}

/** A list that has no end. */
export function graphPagesRepeat(request: FailedRequest): GraphError {
  return failure(
    "unavailable",
    request,
    "the next-page links lead back to a page already read or never end, so the list cannot be read to its end",
    undefined,
    {},
  );
}

/** The path without its query, which may be long. */
export function subjectOf(path: string): string {
  return `Graph ${path.split("?")[0] ?? path}`;
}

function kindOf(status: number, code: string | undefined, repeatable: boolean): GraphFailure {
  if (status === 404 || code === "Request_ResourceNotFound") return "not-found";
  if (status === 409 || code === "ObjectConflict" || code === "Request_MultipleObjectsWithSameKeyValue")
    return "conflict";
  if (status === 401 || status === 403) return "denied";
  if (status === 429) return "throttled";
  if (status >= 500 || status < 400 || status === 408) return repeatable ? "unavailable" : "outcome-unknown";
  return "bad-request";
}

function failure(
  kind: GraphFailure,
  request: FailedRequest,
  reason: string,
  status: number | string | undefined,
  details: {
    graphCode?: string | undefined;
    graphMessage?: string | undefined;
    requestId?: string | undefined;
    hint?: string;
  },
): GraphError {
  const hint = details.hint ?? hints[kind];
  return new GraphError(
    kind,
    {
      subject: subjectOf(request.path),
      reason,
      operation: request.method,
      ...defined({ status, hint }),
      ...(details.requestId === undefined ? {} : { requestId: scrub(details.requestId) }),
    },
    details,
  );
}
