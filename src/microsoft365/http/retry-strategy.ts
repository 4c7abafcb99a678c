import type { PipelineResponse, RetryStrategy } from "@azure/core-rest-pipeline";
import { retryAfterMs, retryBaseMs, retryDelay } from "../../base/retry.js";
import type { ServiceReply } from "./service.js";
import { Waiting } from "./waiting.js";

/** A service that asks for a longer wait than this is reported instead, so that no call blocks for long. */
export const longestWaitMs = 120_000;

/** Code of a failure by an answer that is too large: asking again would bring the same. */
export const answerTooLarge = "EMSGSIZE";

/** How often that is tried again which a person may have to mend: a mistyped host, a missing role, a foreign host. */
const fewRetries = 2;

/**
 * When to repeat (ExchangeOnlineManagement module, 2026-11): 429 always, since nothing was done; what never left this machine or was turned away at
 * the door a few times; passing failures and broken answers only when the request is repeatable. Retry-After is kept
 * to the letter. Made anew for every request, whose failures it counts.
 */
export function retryStrategy(options: {
  readonly url: string;
  readonly repeatable: boolean;
  readonly read: (response: PipelineResponse) => ServiceReply;
  readonly transient?: (reply: ServiceReply) => boolean;
  readonly onReply?: (reply: ServiceReply) => void;
  readonly retryBaseMs?: number;
}): RetryStrategy {
  const base = options.retryBaseMs ?? retryBaseMs();
  const skip = { skipStrategy: true };
  const waiting = new Waiting();
  let few = 0;
  /** Whether what a person may have to mend is tried again; other failures in between do not count. */
  const onceMore = () => few++ < fewRetries;
  const after = (url: string, waitMs: number, reason: string) => {
    waiting.note(url, waitMs, reason);
    return { retryAfterInMs: waitMs };
  };
  return {
    name: "mailstage",
    retry({ response, responseError, retryCount }) {
      if (response === undefined) {
        const code = responseError?.code;
        if (code !== undefined && (isCertificateProblem(code) || code === answerTooLarge)) return skip;
        if (neverSent(code) ? !onceMore() : !options.repeatable) return skip;
        return after(options.url, retryDelay(retryCount, base), code ?? "no answer");
      }
      const reply = options.read(response);
      options.onReply?.(reply);
      const passing =
        reply.status === 429 ||
        (isRefusedAtTheDoor(reply) && onceMore()) ||
        (options.repeatable && (options.transient ?? isUnavailable)(reply));
      if (!passing) return skip;
      const asked = retryAfterMs(reply.header("retry-after"), reply.date);
      if (asked !== undefined && asked > longestWaitMs) return skip;
      return after(options.url, asked ?? retryDelay(retryCount, base), String(reply.status));
    },
  };
}

/**
 * Whether the front door turned the request away without handling it, which is safe to repeat: a 403 without a text (a
 * role that has not replicated yet: ExchangeOnlineManagement module, 2026-11), a second claims challenge, a redirect that was not followed.
 */
function isRefusedAtTheDoor(reply: ServiceReply): boolean {
  if (reply.status === 403) return reply.body.replaceAll("\0", "").trim() === "";
  if (reply.status === 401) return /claims=/i.test(reply.header("www-authenticate") ?? "");
  return isRedirect(reply);
}

/** Whether an answer points elsewhere, at a URL; one that could be followed was followed before. */
export function isRedirect({ status, header }: Pick<ServiceReply, "status" | "header">): boolean {
  const location = header("location");
  return (
    [301, 302, 303, 307, 308].includes(status) &&
    location !== undefined &&
    URL.canParse(location, "https://any.invalid")
  );
}

/** Whether an answer says nothing about the request itself: a gateway's status, or something else than JSON. */
export function isUnavailable(reply: ServiceReply): boolean {
  return [408, 502, 503, 504].includes(reply.status) || isBroken(reply);
}

/** Whether a success is not the JSON it should be: a proxy's page, or cut off. */
function isBroken(reply: ServiceReply): boolean {
  if (reply.status < 200 || reply.status >= 300) return false;
  const body = reply.body.trim();
  return body !== "" && !(body.startsWith("{") && body.endsWith("}"));
}

/** Whether an answer is a web page. */
export function isHtml(reply: ServiceReply): boolean {
  return /text\/html/i.test(reply.header("content-type") ?? "") || /^\s*<(!doctype|html)/i.test(reply.body);
}

/** Whether a failure with this code came before the request left this machine. */
export function neverSent(code: string | undefined): boolean {
  return (
    code !== undefined &&
    (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code) || isCertificateProblem(code))
  );
}

/** Whether the service's certificate was refused. */
export function isCertificateProblem(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|HOSTNAME_MISMATCH/.test(code);
}
