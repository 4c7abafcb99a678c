import type { z } from "zod";
import { scrub } from "../../base/scrub.js";
import { mostAnswerBytes } from "../http/body.js";
import type { ChildResult } from "./child.js";
import { type FailedCall, kindOfText, outcomeUnknown } from "./failures.js";
import { ExchangeError } from "./port.js";
import type { PowerShellFailure, Spoken } from "./powershell-answer.js";

/** What passes by itself, in the words of the service, the network and the module (public reports of 3.1 to 3.9). */
const passing =
  /time-?d? ?out|\b50[234]\b|service( is| temporarily)? unavailable|E(CONN|PIPE|HOST|AI_AGAIN)|socket hang up|connection (was|has been) (forcibly )?(closed|reset)|could not be correctly formed|error occurred while sending the request|(name or service|host is) (not )?known|name resolution/i;

const throttled = /\b429\b|too many requests|server is busy|throttl/i;

/** What the sign-in says when the app or its role is refused. */
const signIn =
  /un-?authori[sz]ed|\b40[13]\b|AADSTS\d+|access.?(is )?denied|forbidden|role assigned to application|(token|assertion) (is|has) (invalid|expired)|invalid_(client|grant)/i;

/** PowerShell that cannot be started. */
export function notStarted(command: string, call: FailedCall, error: unknown): ExchangeError {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return new ExchangeError("unavailable", {
    subject: command,
    reason:
      code === "ENOENT"
        ? "PowerShell 7 is not installed or not on PATH"
        : `it cannot be started (${code ?? "unknown"})`,
    operation: call.cmdlet,
    hint:
      "Install PowerShell 7 and `Install-Module ExchangeOnlineManagement`, or create the endpoint by hand in the Exchange " +
      "admin center and set source.credentials: adopt in the plan",
  });
}

/** PowerShell that ended without an answer. Only where the cmdlet of a write had begun is it unknown whether it was done. */
export function noAnswer(
  result: ChildResult,
  { begun, issue }: Pick<Spoken, "begun" | "issue">,
  call: FailedCall,
  timeoutMs: number,
): ExchangeError {
  const why = scrub(whyNoAnswer(result, timeoutMs, issue), call.secrets);
  if (begun && !call.repeatable) return outcomeUnknown(call, why, result.code ?? "killed");
  return new ExchangeError("unavailable", {
    subject: call.subject,
    reason: begun || call.repeatable ? why : `${why}; the cmdlet was not begun, so nothing was done`,
    operation: call.cmdlet,
    hint: "Run again; if it stays so, try Connect-ExchangeOnline in pwsh on this machine",
  });
}

function whyNoAnswer(
  { stderr, stdout, code, timedOut, tooLarge }: ChildResult,
  timeoutMs: number,
  issue: z.core.$ZodIssue | undefined,
): string {
  if (tooLarge) return `the answer of pwsh is larger than ${mostAnswerBytes / 1024 / 1024} MB`;
  if (timedOut) return `pwsh gave no answer within ${timeoutMs / 1000} s and was stopped`;
  const place = issue?.path.join(".");
  if (issue !== undefined && place) return `the answer of pwsh has an unexpected ${place}: ${issue.message}`;
  // Whole lines: a secret that is cut in two would not be known again.
  const said = stderr.trim().split("\n").slice(-20).join("\n");
  const answer = stdout.trim() === "" ? "no answer" : "an answer that is not the JSON expected";
  return `pwsh ended with exit code ${code ?? "none"} and ${answer}${said && `: ${said}`}`;
}

/** The failure that the script reports. One that is not known is shown as it is, and called unknown. */
export function refused(answer: PowerShellFailure, call: FailedCall): ExchangeError {
  const reason = scrub(answer.message, call.secrets) || "it failed without a text";
  const operation = call.cmdlet;
  if (answer.stage === "module")
    return new ExchangeError("unavailable", {
      subject: "PowerShell module ExchangeOnlineManagement",
      reason: `it cannot be loaded: ${reason}`,
      operation: "Import-Module",
      hint: "Run `Install-Module ExchangeOnlineManagement -Scope CurrentUser` in pwsh (version 3.1 or later)",
    });
  if (throttled.test(answer.message))
    return new ExchangeError("throttled", {
      subject: call.subject,
      reason,
      operation,
      hint: "Run again in a few minutes",
    });
  if (answer.stage === "connect") return notConnected(`${answer.id} ${answer.message}`, reason, operation);
  // The module reports what happened on the way as any other error, or none at all; a write may have been done then.
  if (passing.test(answer.message) || /gives no reason/.test(answer.message))
    return call.repeatable
      ? new ExchangeError("unavailable", {
          subject: call.subject,
          reason,
          operation,
          hint: "Check the network, then run again",
        })
      : outcomeUnknown(call, reason, answer.stage);
  return new ExchangeError(kindOfText(`${answer.id} ${answer.message}`), {
    subject: call.subject,
    reason,
    operation,
  });
}

/** A connection that failed: nothing was done. What passes, what the sign-in refuses and what is unknown are told apart. */
function notConnected(said: string, reason: string, operation: string): ExchangeError {
  const subject = "Connect-ExchangeOnline";
  if (signIn.test(said))
    return new ExchangeError("unauthorized", {
      subject,
      reason,
      operation,
      hint: "The app registration needs Exchange.ManageAsApp and its service principal the Entra role Exchange Administrator",
    });
  return new ExchangeError("unavailable", {
    subject,
    reason,
    operation,
    hint: passing.test(said)
      ? "This usually passes: check the network and status.cloud.microsoft, then run again"
      : "The cause is not known to mailstage: try Connect-ExchangeOnline in pwsh on this machine, with the same app",
  });
}

/** Whether a failure is worth another attempt at once. */
export function isPassing(answer: PowerShellFailure, error: ExchangeError, call: FailedCall): boolean {
  if (error.kind === "throttled") return true;
  // What fails while connecting has done nothing yet, and a role may not have replicated.
  if (answer.stage === "connect") return error.kind === "unauthorized" || passing.test(answer.message);
  return error.kind === "unavailable" && answer.stage === "cmdlet" && call.repeatable;
}
