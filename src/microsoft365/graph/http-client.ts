import { z } from "zod";
import { refuseWrite } from "../../base/adoption.js";
import { parseJson } from "../../base/json.js";
import { HttpService, NoReply } from "../http/http.js";
import { mostPages } from "../http/pages.js";
import { isUnavailable } from "../http/retry-strategy.js";
import type { ServiceOptions, ServiceReply } from "../http/service.js";
import { runBatch } from "./batch.js";
import type { BatchRequest, BatchResponse, GraphClient, GraphWriteOptions } from "./client.js";
import {
  type FailedRequest,
  graphFailure,
  graphNoReply,
  graphPagesRepeat,
  graphUnexpected,
} from "./failures.js";

/** What the Graph client needs; `base` is the URL with the version, such as `https://graph.microsoft.com/v1.0`. */
export type GraphOptions = Omit<ServiceOptions, "transient">;

const pageSchema = z.looseObject({ value: z.array(z.unknown()), "@odata.nextLink": z.url().nullish() });

/** Microsoft Graph v1.0 over HTTPS. */
export class HttpGraphClient implements GraphClient {
  readonly #http: HttpService;
  readonly base: string;
  readonly #retryBaseMs: number | undefined;

  constructor(options: GraphOptions) {
    this.base = options.base;
    this.#retryBaseMs = options.retryBaseMs;
    this.#http = new HttpService({
      ...options,
      transient: (reply) => isUnavailable(reply) || reply.status === 500,
    });
  }

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#exchange("GET", path, undefined, true, schema);
  }

  async list<T>(path: string, item: z.ZodType<T>, onPage?: (total: number) => void): Promise<T[]> {
    const items: T[] = [];
    const seen = new Set<string>();
    const request = { method: "GET", path, repeatable: true } as const;
    const ask = (url: string) => {
      if (seen.has(url) || seen.size >= mostPages) throw graphPagesRepeat(request);
      seen.add(url);
      const answer = this.#send(url, request);
      // Its failure is told when it is its turn.
      answer.catch(() => undefined);
      return answer;
    };
    let answer: Promise<unknown> | undefined = ask(this.base + path);
    while (answer !== undefined) {
      const page: z.output<typeof pageSchema> = parse(pageSchema, await answer, request);
      const next = page["@odata.nextLink"] ?? undefined;
      // The next page is under way while this one is read: a thousand users take as long to read as to be sent.
      answer = next === undefined ? undefined : ask(next);
      const from = items.length;
      for (const [index, value] of page.value.entries())
        items.push(parse(item, value, request, `value.${from + index}`));
      onPage?.(items.length);
    }
    return items;
  }

  async post<T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    { repeatable = false }: GraphWriteOptions = {},
  ): Promise<T> {
    return this.#exchange("POST", path, body, repeatable, schema);
  }

  async patch(path: string, body: unknown, { repeatable = true }: GraphWriteOptions = {}): Promise<void> {
    await this.#exchange("PATCH", path, body, repeatable, z.unknown());
  }

  async delete(path: string, { repeatable = true }: GraphWriteOptions = {}): Promise<void> {
    await this.#exchange("DELETE", path, undefined, repeatable, z.unknown());
  }

  async batch(
    requests: readonly BatchRequest[],
    onProgress?: (done: number) => void,
  ): Promise<BatchResponse[]> {
    const write = requests.find((one) => one.method !== "GET");
    if (write !== undefined) refuseWrite(`${write.method} ${write.path}`);
    return runBatch(requests, {
      limit: this.#http.limit,
      retryBaseMs: this.#retryBaseMs,
      post: async (body, repeatable) => {
        const request = { method: "POST", path: "/$batch", repeatable } as const;
        return this.#send(`${this.base}/$batch`, request, body);
      },
      onProgress,
    });
  }

  async #exchange<T>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    repeatable: boolean,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const request = { method, path, repeatable };
    if (method !== "GET") refuseWrite(`${method} ${path}`);
    return parse(schema, await this.#send(this.base + path, request, body), request);
  }

  /** @returns the parsed JSON of a success, undefined for an empty one */
  async #send(
    url: string,
    request: FailedRequest & { readonly method: "GET" | "POST" | "PATCH" | "DELETE" },
    body?: unknown,
  ): Promise<unknown> {
    let reply: ServiceReply;
    try {
      reply = await this.#http.send({
        method: request.method,
        url,
        repeatable: request.repeatable,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
    } catch (error) {
      throw error instanceof NoReply ? graphNoReply(error, request) : error;
    }
    const json = parseJson(reply.body);
    const ok = reply.status >= 200 && reply.status < 300;
    if (ok && (json !== undefined || reply.body.trim() === "")) return json;
    throw graphFailure(reply.status, json, request, reply.header("request-id"));
  }
}

/** @param place where in the answer the value stands */
function parse<T>(schema: z.ZodType<T>, value: unknown, request: FailedRequest, place?: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw graphUnexpected(request, parsed.error.issues[0], place);
}
