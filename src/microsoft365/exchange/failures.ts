import { z } from "zod";
import { defined } from "../../base/defined.js";
import { parseJson } from "../../base/json.js";
import { scrub } from "../../base/scrub.js";
import type { NoReply } from "../http/http.js";
import { isCertificateProblem, isHtml, isUnavailable } from "../http/retry-strategy.js";
import type { ServiceReply } from "../http/service.js";
import { ExchangeError, type ExchangeFailure } from "./port.js";

/** What an error answer says, secrets still in it. */
export interface ErrorText {
  /** The cmdlet's own text, without class names. */
  readonly message: string;
  /** Everything that was said, to recognise classes and ids in. */
  readonly raw: string;
  /** Whether the cmdlet itself said it, and not only the front door. */
  readonly specific: boolean;
}

/** The call an error belongs to. */
export interface FailedCall {
  readonly cmdlet: string;
  readonly subject: string;
  readonly repeatable: boolean;
  readonly secrets: readonly string[];
  readonly requestId: string | undefined;
}

const rightsHint =
  "Give the app registration the application permission Exchange.ManageAsApp (Office 365 Exchange Online) with admin consent " +
  "and its service principal the Entra role Exchange Administrator, wait some minutes, and run again: a role counts only in a token issued after it";

const errorBody = z.looseObject({
  error: z.looseObject({
    code: z.string().nullish(),
    message: z.string().nullish(),
    details: z.array(z.looseObject({ code: z.unknown(), message: z.string().nullish() })).nullish(),
    innererror: z
      .looseObject({ internalexception: z.looseObject({ message: z.string().nullish() }).nullish() })
      .nullish(),
  }),
});

const detailObject = z.looseObject({ Message: z.string().nullish() });

/** The text of an error body, in the module's order: details, internal exception, generic message (ExchangeOnlineManagement module, 2026-11). */
function errorTextOf(body: string): ErrorText | undefined {
  const parsed = errorBody.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const { error } = parsed.data;
  const said = error.details?.[0]?.message || error.innererror?.internalexception?.message;
  const text = said || error.message || "";
  return { message: readable(text), raw: `${error.code ?? ""} ${text}`, specific: Boolean(said) };
}

/** The readable part of `stringId|class|text`, of a JSON string with Message, or of plain text. */
function readable(text: string): string {
  if (text.trim().startsWith("{")) {
    const parsed = detailObject.safeParse(parseJson(text));
    if (parsed.success && parsed.data.Message) return readable(parsed.data.Message);
  }
  const parts = text.split("|");
  return parts.length >= 3 && /^[\w.]+$/.test(parts[1] ?? "") ? parts.slice(2).join("|") : text;
}

/** Whether an answer is worth repeating: gateways, broken answers, and the exceptions the module names (ExchangeOnlineManagement module, 2026-11). */
export function isTransient(reply: ServiceReply): boolean {
  return (
    isUnavailable(reply) ||
    (reply.status >= 400 && namesTransientException(reply.body)) ||
    // A cmdlet that failed says so in details; a 500 without any is the front door's.
    (reply.status === 500 && errorTextOf(reply.body)?.specific !== true)
  );
}

function namesTransientException(body: string): boolean {
  return /DCOverloadedException|SuitabilityDirectoryException|ServerInMMException|ADServerSettingsChangedException|StorageTransientException/.test(
    body,
  );
}

/** The kind a cmdlet's own error text stands for. */
export function kindOfText(raw: string): ExchangeFailure {
  if (/parameter set cannot be resolved|AmbiguousParameterSet|parameter cannot be found/i.test(raw))
    return "invalid";
  if (/already exists|AlreadyExistsException/i.test(raw)) return "already-exists";
  if (
    /(ManagementObject|Migration(Batch|User|Endpoint|Object))NotFoundException|could(n['’]t| not) be found|was(n['’]t| not) found|doesn['’]t exist/i.test(
      raw,
    )
  )
    return "not-found";
  if (/access.?denied|unauthorized|isn['’]t within (a valid|your)|AuthorizationException/i.test(raw))
    return "unauthorized";
  return "invalid";
}

/** The failure an error answer stands for. */
export function failureOf(reply: ServiceReply, call: FailedCall): ExchangeError {
  const text = errorTextOf(reply.body);
  const problem = (reason: string, hint?: string) => ({
    subject: call.subject,
    reason: scrub(reason, call.secrets) || `Exchange answered with status ${reply.status} and no text`,
    operation: call.cmdlet,
    status: reply.status,
    ...defined({ hint, requestId: call.requestId }),
  });
  if (reply.status === 401 || reply.status === 403)
    return new ExchangeError("unauthorized", problem(deniedReason(reply, text), rightsHint));
  if (reply.status === 429)
    return new ExchangeError(
      "throttled",
      problem(
        `Exchange is throttling this tenant: ${text?.message ?? reply.body}`,
        `Run again ${waitOf(reply) ?? "in a few minutes"}`,
      ),
    );
  if (isTransient(reply) || reply.status < 400) {
    const what = isHtml(reply)
      ? `a web page came back instead of JSON (status ${reply.status}), as from a proxy or a sign-in page`
      : (text?.message ??
        (reply.status < 400
          ? "the answer is cut off or not JSON"
          : `Exchange is not available: ${reply.body}`));
    return call.repeatable
      ? new ExchangeError(
          "unavailable",
          problem(what, "Run again later; see status.cloud.microsoft for incidents"),
        )
      : outcomeUnknown(call, what, reply.status);
  }
  if (text === undefined)
    return new ExchangeError(
      "unavailable",
      problem(
        isHtml(reply)
          ? "a web page came back instead of JSON, as from a proxy or a sign-in page"
          : reply.body,
        "Check tenant.endpoints and the tenant id in the plan",
      ),
    );
  const kind = kindOfText(text.raw);
  return new ExchangeError(kind, problem(text.message, kind === "unauthorized" ? rightsHint : undefined));
}

/** The failure of a call that got no answer. */
export function failureOfNoReply(error: NoReply, call: FailedCall): ExchangeError {
  const reason = scrub(`no answer from Exchange Online: ${error.message}`, call.secrets);
  if (error.sent && !call.repeatable) return outcomeUnknown(call, reason, error.reason);
  return new ExchangeError("unavailable", {
    subject: call.subject,
    reason,
    operation: call.cmdlet,
    status: error.reason,
    hint: isCertificateProblem(error.reason)
      ? "The service's certificate is not trusted: check tenant.endpoints, or give a proxy's CA in NODE_EXTRA_CA_CERTS"
      : "Check the network, HTTPS_PROXY and tenant.endpoints, then run again",
  });
}

/** A write whose answer is missing: callers read back before they repeat it. */
export function outcomeUnknown(call: FailedCall, reason: string, status: number | string): ExchangeError {
  return new ExchangeError("outcome-unknown", {
    subject: call.subject,
    reason: `${scrub(reason, call.secrets) || "the answer says nothing"}; whether it was done is unknown`,
    operation: call.cmdlet,
    status,
    hint: "Run again: what was done is found and not done twice",
    ...defined({ requestId: call.requestId }),
  });
}

/** The reason of a 401 or 403, whose body can be empty or NUL-padded and the reason in headers (ExchangeOnlineManagement module, 2026-11). */
function deniedReason(reply: ServiceReply, text: ErrorText | undefined): string {
  const diagnostics = reply.header("x-ms-diagnostics");
  const reason = diagnostics && (/reason="([^"]*)"/i.exec(diagnostics)?.[1] ?? diagnostics);
  const said = [text?.message, reason, reply.header("x-exceptiontype")].filter(Boolean).join("; ");
  const body = isHtml(reply) ? "" : reply.body.replaceAll("\0", "").trim();
  return `Exchange refused the caller: ${said || body || "no reason given"}`;
}

function waitOf(reply: ServiceReply): string | undefined {
  const after = reply.header("retry-after");
  return after === undefined
    ? undefined
    : /^[\d.]+$/.test(after)
      ? `in ${Math.ceil(Number(after))} s`
      : `after ${scrub(after)}`;
}
