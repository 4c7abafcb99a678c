import { randomUUID } from "node:crypto";
import { z } from "zod";
import { refuseWrite } from "../../base/adoption.js";
import { parseJson } from "../../base/json.js";
import { scrub } from "../../base/scrub.js";
import type { Cloud } from "../http/clouds.js";
import { HttpService, NoReply } from "../http/http.js";
import { mostPages } from "../http/pages.js";
import { publicUrl } from "../http/policies.js";
import type { ServiceOptions, ServiceReply } from "../http/service.js";
import { type FailedCall, failureOf, failureOfNoReply, isTransient } from "./failures.js";
import { plainValue, withoutAnnotations } from "./odata-rows.js";
import {
  type CmdletOptions,
  type CmdletParameters,
  type CmdletResult,
  ExchangeError,
  type ExchangePort,
  isRead,
} from "./port.js";
import { type CredentialEncoder, encodeParameters, secretsOf, subjectOf } from "./values.js";

/** What the REST transport needs: how to reach the service, and how to write a credential. */
export interface RestOptions extends Omit<ServiceOptions, "transient" | "base"> {
  readonly cloud: Cloud;
  /** @default a tagged hash table */
  readonly encodeCredential?: CredentialEncoder;
}

const successBody = z.looseObject({
  value: z.array(z.record(z.string(), z.unknown())).nullish(),
  "@adminapi.warnings": z.array(z.string()).nullish(),
  "@adminapi.errors": z.array(z.unknown()).nullish(),
  "@odata.nextLink": z.url().nullish(),
});

/** Routes an app's calls inside the tenant, as CIPP and ExoHelper send it (read 2026-11). */
const systemMailbox = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/** Exchange Online over `POST /adminapi/beta/{tenant}/InvokeCommand`, the transport of the PowerShell module ExchangeOnlineManagement (read 2026-11). */
export class RestExchangePort implements ExchangePort {
  readonly #http: HttpService;
  readonly #cloud: Cloud;
  readonly #encodeCredential: CredentialEncoder | undefined;
  readonly #connection = randomUUID();

  constructor({ cloud, encodeCredential, ...options }: RestOptions) {
    this.#http = new HttpService({ ...options, base: cloud.exchange, transient: isTransient });
    this.#cloud = cloud;
    this.#encodeCredential = encodeCredential;
  }

  async invoke(
    cmdlet: string,
    parameters: CmdletParameters = {},
    options: CmdletOptions = {},
  ): Promise<CmdletResult> {
    if (!isRead(cmdlet)) refuseWrite(cmdlet);
    const requestId = randomUUID();
    const call: FailedCall = {
      cmdlet,
      subject: subjectOf(cmdlet, parameters),
      repeatable: options.repeatable ?? isRead(cmdlet),
      secrets: secretsOf(parameters),
      requestId,
    };
    const body = JSON.stringify({
      CmdletInput: {
        CmdletName: cmdlet,
        Parameters: encodeParameters(parameters, this.#encodeCredential),
      },
    });
    const headers = {
      "content-type": "application/json; charset=utf-8",
      prefer: `odata.maxpagesize=${options.pageSize ?? 1000}`,
      "x-cmdletname": cmdlet,
      "x-anchormailbox": `APP:${systemMailbox}@${this.#cloud.tenantId}`,
      "x-responseformat": "json",
      "x-serializationlevel": "Partial",
      "x-clientapplication": "ExoManagementModule",
      "client-request-id": requestId,
      "connection-id": this.#connection,
    };
    const rows: Record<string, unknown>[] = [];
    const warnings: string[] = [];
    const seen = new Set<string>();
    let url: string | undefined = this.#commandUrl(options.select);
    let date = new Date(0);
    while (url !== undefined && seen.size < (options.maxPages ?? Number.POSITIVE_INFINITY)) {
      if (seen.has(url) || seen.size >= mostPages) throw pagesRepeat(call);
      seen.add(url);
      // The next page is asked for by the same POST, as the ExchangeOnlineManagement module does (read 2026-11).
      const page: Page = await this.#page(url, headers, body, call);
      for (const row of page.rows) rows.push(row);
      for (const warning of page.warnings) warnings.push(warning);
      date = page.date;
      url = page.next;
    }
    return { rows, warnings, date };
  }

  async #page(url: string, headers: Record<string, string>, body: string, call: FailedCall): Promise<Page> {
    let reply: ServiceReply;
    try {
      reply = await this.#http.send({ method: "POST", url, headers, body, repeatable: call.repeatable });
    } catch (error) {
      throw error instanceof NoReply ? failureOfNoReply(error, call) : error;
    }
    const id = scrub(reply.header("request-id") ?? "", call.secrets);
    const traced = { ...call, requestId: id === "" || id.length > 64 ? call.requestId : id };
    if (reply.status < 200 || reply.status >= 300) throw failureOf(reply, traced);
    // What reads gives back a list, were it of nobody: an answer without a word is none.
    if (reply.body.trim() === "" && !isRead(call.cmdlet))
      return { rows: [], warnings: [], date: reply.date, next: undefined };
    const parsed = successBody.safeParse(parseJson(reply.body));
    if (!parsed.success) throw failureOf(reply, traced);
    refuseErrors(parsed.data["@adminapi.errors"] ?? [], reply, traced);
    const next = parsed.data["@odata.nextLink"];
    return {
      rows: (parsed.data.value ?? []).map(withoutAnnotations),
      warnings: parsed.data["@adminapi.warnings"] ?? [],
      date: reply.date,
      next: next ? publicUrl(new URL(next), this.#cloud.exchange) : undefined,
    };
  }

  #commandUrl(select: readonly string[] | undefined): string {
    const url = `${this.#cloud.exchange}/adminapi/beta/${this.#cloud.tenantId}/InvokeCommand`;
    return select === undefined ? url : `${url}?$select=${select.join(",")}`;
  }
}

interface Page {
  readonly rows: Record<string, unknown>[];
  readonly warnings: string[];
  readonly date: Date;
  readonly next: string | undefined;
}

function pagesRepeat(call: FailedCall): ExchangeError {
  return new ExchangeError("unavailable", {
    subject: call.subject,
    reason:
      "the service's next-page links lead back to a page already read or never end, so the list cannot be read to its end",
    hint: "Run again later",
    operation: call.cmdlet,
  });
}

/** A cmdlet can write errors and still answer 200; what it wrote is then its failure. */
function refuseErrors(errors: readonly unknown[], reply: ServiceReply, call: FailedCall): void {
  const [first] = errors;
  if (first === undefined) return;
  const message = typeof first === "string" ? first : JSON.stringify(plainValue(first));
  const failure = failureOf({ ...reply, status: 400, body: JSON.stringify({ error: { message } }) }, call);
  throw new ExchangeError(failure.kind, { ...failure.problems[0], status: reply.status });
}
