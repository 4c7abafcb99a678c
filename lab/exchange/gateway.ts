import { z } from "zod";
import type { LabRequest, LabResponse, Service } from "../http/service.js";
import { readToken } from "../tokens.js";
import { Arguments, type CredentialReader, restCredentials } from "./arguments.js";
import { batchCmdlets } from "./batch-cmdlets.js";
import type { Cmdlet, CmdletContext, CmdletOutput, Row } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";
import { endpointCmdlets } from "./endpoint-cmdlets.js";
import { page } from "./pages.js";
import { powerShellArguments, powerShellRequest } from "./powershell-request.js";
import { recipientCmdlets } from "./recipient-cmdlets.js";
import { userCmdlets } from "./user-cmdlets.js";

const cmdlets = new Map<string, { name: string; cmdlet: Cmdlet }>(
  Object.entries({ ...endpointCmdlets, ...batchCmdlets, ...userCmdlets, ...recipientCmdlets }).map(
    ([name, cmdlet]) => [name.toLowerCase(), { name, cmdlet }],
  ),
);

const inputSchema = z.strictObject({
  CmdletInput: z.strictObject({
    CmdletName: z.string(),
    Parameters: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Where the lab's `pwsh` stand-in sends what it was given. */
export const powerShellPath = "/lab/powershell";

/** What the Exchange admin API needs of the lab. */
export interface GatewayOptions {
  readonly tokenSecret: string;
  readonly audiences: () => readonly string[];
  /** The service's own base URL, for next links. */
  readonly base: () => string;
  /** Brings the tenant up to the present, and says what a cmdlet works with. */
  readonly context: () => Promise<CmdletContext>;
  readonly tenants: readonly string[];
}

/** Exchange Online's admin API: InvokeCommand as the PowerShell module speaks it (ExchangeOnlineManagement module, 2026-11). */
export function exchangeGateway(options: GatewayOptions): Service {
  return {
    name: "exchange",
    route: (request) => cmdletName(request) ?? `${request.method} ${request.url.pathname.split("/").at(-1)}`,
    isRead: (request) => /^(Get|Test)-/i.test(cmdletName(request) ?? "Get-"),
    throttled: () => ({
      error: { code: "TooManyRequests", message: "The server is busy. Please retry later." },
    }),
    async handle(request) {
      const claims = readToken(request.headers["authorization"], options.tokenSecret);
      if (typeof claims === "string" || !options.audiences().includes(claims.aud))
        return {
          status: 401,
          headers: { "www-authenticate": 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000"' },
          body: "",
        };
      if (request.method === "POST" && request.url.pathname === powerShellPath)
        return runPowerShell(request, options);
      const [, api, version, tenant = "", resource] = request.url.pathname.split("/");
      if (api?.toLowerCase() !== "adminapi" || !/^(beta|v1\.0)$/i.test(version ?? ""))
        return { status: 404, body: "" };
      if (!options.tenants.includes(tenant.toLowerCase()))
        return { status: 403, headers: { "x-exceptiontype": "UnauthorizedAccessException" }, body: "" };
      if (request.method === "GET" && resource === "EXOModuleFile")
        return {
          status: 200,
          body: { value: [{ exportedCmdlets: [...cmdlets.values()].map(({ name }) => name).join(",") }] },
        };
      if (request.method !== "POST" || resource?.toLowerCase() !== "invokecommand")
        return { status: 405, body: "" };
      return invoke(request, options);
    },
  };
}

function cmdletName(request: LabRequest): string | undefined {
  if (request.body === "") return undefined;
  const name = /"(?:CmdletName|cmdlet)"\s*:\s*"([A-Za-z]+-[A-Za-z]+)"/.exec(request.body)?.[1];
  return name === undefined ? undefined : (cmdlets.get(name.toLowerCase())?.name ?? name);
}

async function invoke(request: LabRequest, options: GatewayOptions): Promise<LabResponse> {
  const parsed = inputSchema.safeParse(parseJson(request.body));
  if (!parsed.success)
    return {
      status: 400,
      body: {
        error: {
          code: "BadRequest",
          message: `The request body is invalid: ${parsed.error.issues[0]?.path.join(".") || "not JSON"}.`,
        },
      },
    };
  const { CmdletName: name, Parameters: parameters = {} } = parsed.data.CmdletInput;
  const context = await options.context();
  try {
    const output = await run(
      name,
      parameters,
      context,
      restCredentials(context.behaviour.restTakesCredentials),
    );
    return page(request, output, context, options.base());
  } catch (error) {
    if (!(error instanceof CmdletError)) throw error;
    return {
      status: error.status,
      headers: { "x-exceptiontype": error.type.replace(/^.*\./, "") },
      body: error.body(),
    };
  }
}

async function run(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  context: CmdletContext,
  credentials: CredentialReader,
): Promise<CmdletOutput> {
  const found = cmdlets.get(name.toLowerCase());
  if (found === undefined)
    throw new CmdletError(
      "UnknownCmdlet",
      `The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program.`,
      name,
    );
  return found.cmdlet.run(new Arguments(parameters, found.cmdlet.parameters, credentials), context);
}

/** A cmdlet as an administrator runs it in a session of their own, and what it prints. @throws CmdletError */
export async function runCmdlet(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  context: CmdletContext,
): Promise<Row[]> {
  const ready = await run(name, parameters, context, restCredentials(context.behaviour.restTakesCredentials));
  return Array.from({ length: ready.count }, (_, index) => ready.row(index));
}

/** One cmdlet for the lab's `pwsh`, which may send a PSCredential; answers with what the script would print. */
async function runPowerShell(request: LabRequest, options: GatewayOptions): Promise<LabResponse> {
  const parsed = powerShellRequest.safeParse(parseJson(request.body));
  if (!parsed.success)
    return {
      status: 400,
      body: { error: { code: "BadRequest", message: "not a request of the pwsh stand-in" } },
    };
  const context = await options.context();
  const date = new Date(context.now).toISOString();
  if (!options.tenants.includes(parsed.data.organization.toLowerCase()))
    return {
      status: 200,
      body: {
        ok: false,
        stage: "connect",
        message: `The organization ${parsed.data.organization} isn't known.`,
        id: "UnAuthorized",
      },
    };
  try {
    const { values, credentials } = powerShellArguments(parsed.data);
    const output = await run(parsed.data.cmdlet, values, context, credentials);
    const rows = Array.from({ length: output.count }, (_, index) => output.row(index));
    return { status: 200, body: { ok: true, rows, warnings: output.warnings, date } };
  } catch (error) {
    if (!(error instanceof CmdletError)) throw error;
    return {
      status: 200,
      body: {
        ok: false,
        stage: "cmdlet",
        message: error.message,
        id: `[Server=lab],${error.type} ${error.type}`,
      },
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
