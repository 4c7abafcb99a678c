import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { refuseWrite } from "../../base/adoption.js";
import { pause, retryDelay } from "../../base/retry.js";
import { isSecretVariable } from "../../base/secret-names.js";
import { stopping } from "../../base/stop.js";
import type { Cloud } from "../http/clouds.js";
import { type ChildResult, runChild } from "./child.js";
import type { FailedCall } from "./failures.js";
import { withoutAnnotations } from "./odata-rows.js";
import {
  type CmdletOptions,
  type CmdletParameters,
  type CmdletResult,
  type CmdletValue,
  type ExchangePort,
  isRead,
} from "./port.js";
import { type PowerShellAnswer, readSpoken } from "./powershell-answer.js";
import { isPassing, noAnswer, notStarted, refused } from "./powershell-failures.js";
import { encodedScript } from "./powershell-script.js";
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
    if (!isRead(cmdlet)) refuseWrite(cmdlet);
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
      // Parameters of Connect-ExchangeOnline; one of the last two names the cloud.
      connect: {
        AccessToken: accessToken,
        Organization: organization,
        ...(cloud.exchangeEnvironment === undefined
          ? { ConnectionUri: cloud.exchange }
          : { ExchangeEnvironmentName: cloud.exchangeEnvironment }),
      },
      cmdlet,
      parameters: Object.entries(parameters).flatMap(([name, value]) => wireParameter(name, value)),
    };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#run(request, call);
      if (answer.ok)
        return { rows: answer.rows.map(withoutAnnotations), warnings: answer.warnings, date: answer.date };
      const error = refused(answer, call);
      if (!isPassing(answer, error, call) || attempt + 1 >= attempts) throw error;
      await pause(retryDelay(attempt));
    }
  }

  /** One process: from its start to its answer. */
  async #run(request: object, call: FailedCall): Promise<PowerShellAnswer> {
    const { command = "pwsh", timeoutMs = 300_000 } = this.#options;
    stopping.throwIfAborted();
    // Nobody else can know it, so that no line of a module passes for one of ours.
    const marker = randomUUID();
    let result: ChildResult;
    try {
      result = await runChild(
        command,
        ["-NoProfile", "-NonInteractive", "-EncodedCommand", encodedScript()],
        {
          input: `${asciiJson({ marker, ...request })}\n`,
          timeoutMs,
          env: publicEnvironment(),
        },
      );
    } catch (error) {
      throw notStarted(command, call, error);
    }
    const spoken = readSpoken(result.stdout, marker);
    if (spoken.answer !== undefined && !result.tooLarge) return spoken.answer;
    throw noAnswer(result, spoken, call, timeoutMs);
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
  if (typeof value === "object") return [{ name, type: "strings", value }];
  return [{ name, type: typeof value === "string" ? "text" : typeof value, value }];
}

/** JSON in ASCII, so that the console's code page does not matter. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The environment without anything that names itself a secret, and with PowerShell's own requests to the world off. */
function publicEnvironment(): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSecretVariable(name))),
    POWERSHELL_UPDATECHECK: "Off",
    POWERSHELL_TELEMETRY_OPTOUT: "1",
  };
}
