import type { TokenCredential } from "@azure/core-auth";
import { z } from "zod";
import { mostAnswerBytes } from "../cloud/body.js";
import type { Cloud } from "../cloud/clouds.js";
import { parseJson } from "../cloud/json.js";
import { pause, retryDelay } from "../cloud/retry.js";
import { scrub } from "../cloud/scrub.js";
import { stopping } from "../stop/index.js";
import { type ChildResult, runChild } from "./child.js";
import { type FailedCall, kindOfText, outcomeUnknown } from "./failures.js";
import {
  type CmdletOptions,
  type CmdletParameters,
  type CmdletResult,
  type CmdletValue,
  ExchangeError,
  type ExchangePort,
  isRead,
} from "./port.js";
import { encodedScript } from "./powershell-script.js";
import { withoutAnnotations } from "./rows.js";
import { isKind, secretsOf, subjectOf, utc } from "./values.js";

/** What the PowerShell transport needs. */
export interface PowerShellOptions {
  readonly cloud: Cloud;
  readonly identity: { readonly credential: TokenCredential; readonly scope: string };
  /** The tenant's onmicrosoft.com domain, for Connect-ExchangeOnline. */
  readonly organization: () => Promise<string>;
  /** @default `pwsh` on PATH */
  readonly command?: string;
  /** For one cmdlet with its connection, milliseconds. @default 300000 */
  readonly timeoutMs?: number;
}

const answerSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    rows: z
      .union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())])
      .nullish()
      .transform((rows) => (Array.isArray(rows) ? rows : rows ? [rows] : [])),
    warnings: z.array(z.string()).default([]),
    date: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  }),
  z.object({
    ok: z.literal(false),
    stage: z.enum(["module", "connect", "cmdlet"]),
    message: z.string(),
    id: z.string().default(""),
  }),
]);
type Answer = z.output<typeof answerSchema>;

const attempts = 3;

/**
 * Exchange Online through `pwsh` and the ExchangeOnlineManagement module, Microsoft's supported way. One process a
 * call, several seconds each: for the few calls REST does not take. Token and credentials go over standard input only.
 */
export class PowerShellExchangePort implements ExchangePort {
  readonly #options: PowerShellOptions;

  constructor(options: PowerShellOptions) {
    this.#options = options;
  }

  async invoke(
    cmdlet: string,
    parameters: CmdletParameters = {},
    options: CmdletOptions = {},
  ): Promise<CmdletResult> {
    const { cloud, identity } = this.#options;
    const organization = await this.#options.organization();
    const token = await identity.credential.getToken(identity.scope);
    const accessToken = token?.token ?? "";
    const call: FailedCall = {
      cmdlet,
      subject: subjectOf(cmdlet, parameters),
      repeatable: options.repeatable ?? isRead(cmdlet),
      secrets: [accessToken, ...secretsOf(parameters)],
      requestId: undefined,
    };
    const request = {
      accessToken,
      organization,
      environment: cloud.exchangeEnvironment,
      connectionUri: cloud.exchange,
      cmdlet,
      parameters: Object.entries(parameters).flatMap(([name, value]) => wireParameter(name, value)),
    };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#run(`${asciiJson(request)}\n`, call);
      if (answer.ok)
        return { rows: answer.rows.map(withoutAnnotations), warnings: answer.warnings, date: answer.date };
      const error = refused(answer, call);
      // What fails while connecting has done nothing yet, and a role may not have replicated.
      const nothingDone = answer.stage === "connect" && ["unavailable", "unauthorized"].includes(error.kind);
      const passing =
        nothingDone || (error.kind === "unavailable" && answer.stage !== "module" && call.repeatable);
      if (!(passing || error.kind === "throttled") || attempt + 1 >= attempts) throw error;
      await pause(retryDelay(attempt));
    }
  }

  /** One process: from its start to its answer. */
  async #run(input: string, call: FailedCall): Promise<Answer> {
    const { command = "pwsh", timeoutMs = 300_000 } = this.#options;
    stopping.throwIfAborted();
    let result: ChildResult;
    try {
      result = await runChild(
        command,
        ["-NoProfile", "-NonInteractive", "-EncodedCommand", encodedScript()],
        {
          input,
          timeoutMs,
          env: publicEnvironment(),
        },
      );
    } catch (error) {
      throw notStarted(command, call, error);
    }
    const parsed = result.tooLarge ? undefined : answerSchema.safeParse(parseJson(lastLine(result.stdout)));
    if (parsed?.success) return parsed.data;
    throw noAnswer(result, call, timeoutMs, parsed?.error.issues[0]);
  }
}

function wireParameter(name: string, value: CmdletValue): object[] {
  if (value === undefined) return [];
  if (value instanceof Date) return [{ name, type: "date", value: utc(name, value) }];
  if (isKind(value, "switch")) return value.on ? [{ name, type: "switch" }] : [];
  if (isKind(value, "bytes"))
    return [{ name, type: "bytes", value: Buffer.from(value.data).toString("base64") }];
  if (isKind(value, "credential"))
    return [{ name, type: "credential", userName: value.userName, password: value.password }];
  return [{ name, type: Array.isArray(value) ? "strings" : "value", value }];
}

/** JSON in ASCII, so that the console's code page does not matter. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The environment without anything that names itself a secret: the child needs none of it. */
function publicEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/SECRET|PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL|KEY$/i.test(name),
    ),
  );
}

/** The last line that is not blank: what stands before it are warnings of the module. */
function lastLine(stdout: string): string {
  const text = stdout.trimEnd();
  return text.slice(text.lastIndexOf("\n") + 1);
}

function notStarted(command: string, call: FailedCall, error: unknown): ExchangeError {
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

function noAnswer(
  result: ChildResult,
  call: FailedCall,
  timeoutMs: number,
  issue: z.core.$ZodIssue | undefined,
): ExchangeError {
  const reason = scrub(whyNoAnswer(result, timeoutMs, issue), call.secrets);
  if (!call.repeatable) return outcomeUnknown(call, reason, result.code ?? "killed");
  return new ExchangeError("unavailable", {
    subject: call.subject,
    reason,
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

function refused(answer: Extract<Answer, { ok: false }>, call: FailedCall): ExchangeError {
  const message = scrub(answer.message, call.secrets) || "it failed without a text";
  if (answer.stage === "module")
    return new ExchangeError("unavailable", {
      subject: "PowerShell module ExchangeOnlineManagement",
      reason: `it cannot be loaded: ${message}`,
      operation: "Import-Module",
      hint: "Run `Install-Module ExchangeOnlineManagement -Scope CurrentUser` in pwsh (version 3.1 or later)",
    });
  if (/\b429\b|too many requests|server is busy|throttl/i.test(answer.message))
    return new ExchangeError("throttled", {
      subject: call.subject,
      reason: message,
      operation: call.cmdlet,
      hint: "Run again in a few minutes",
    });
  // The module reports what happened on the way as any other error; a write may have been done then.
  if (
    /time-?d? ?out|\b50[234]\b|service( is| temporarily)? unavailable|E(CONN|PIPE|HOST)|socket hang up|connection (was|has been) (forcibly )?(closed|reset)/i.test(
      answer.message,
    )
  )
    return call.repeatable || answer.stage === "connect"
      ? new ExchangeError("unavailable", {
          subject: call.subject,
          reason: message,
          operation: call.cmdlet,
          hint: "Check the network, then run again",
        })
      : outcomeUnknown(call, message, answer.stage);
  if (answer.stage === "connect")
    return new ExchangeError("unauthorized", {
      subject: "Connect-ExchangeOnline",
      reason: message,
      operation: call.cmdlet,
      hint: "The app registration needs Exchange.ManageAsApp and its service principal the Entra role Exchange Administrator",
    });
  return new ExchangeError(kindOfText(`${answer.id} ${answer.message}`), {
    subject: call.subject,
    reason: message,
    operation: call.cmdlet,
  });
}
