import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { HttpClient, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { serviceDoors } from "../../lab/doors.js";
import type { Head, Visit } from "../../lab/http/answering.js";

type Rest = typeof import("@azure/core-rest-pipeline");

/**
 * The library's client, which asks services of a lab in this process without TLS and sockets: these took a third of a run. What a
 * service does to a connection is told as the network would tell it.
 * @param isDirect whether it does so now
 */
export function directHttp(rest: Rest, isDirect: () => boolean): HttpClient {
  const network = rest.createDefaultHttpClient();
  return {
    sendRequest(request) {
      const door = isDirect() ? serviceDoors.at(new URL(request.url).origin) : undefined;
      return door === undefined
        ? network.sendRequest(request)
        : new Promise((fulfil, reject) => door(visitOf(rest, request, fulfil, reject)));
    },
  };
}

/** `fetch`, as the stand-ins of plugins send requests, by the same way. */
export function directFetch(isDirect: boolean): typeof fetch {
  return async (input, init = {}) => {
    const url = String(input);
    const door = isDirect && !(input instanceof Request) ? serviceDoors.at(new URL(url).origin) : undefined;
    return door === undefined ? fetch(input, init) : throughDoor(door, url, init);
  };
}

function throughDoor(door: (visit: Visit) => void, url: string, init: RequestInit): Promise<Response> {
  const { signal } = init;
  return new Promise((fulfil, reject) => {
    const lost = () => reject(new TypeError("fetch failed"));
    const aborted = () => reject(signal?.reason);
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener("abort", aborted, { once: true });
    let begun = false;
    door({
      clientRequestId: undefined,
      get answered() {
        return begun;
      },
      async request() {
        await setImmediate();
        const { pathname, search } = new URL(url);
        return {
          method: init.method ?? "GET",
          url: new URL(`${pathname}${search}`, "https://lab"),
          headers: Object.fromEntries(new Headers(init.headers)),
          body: typeof init.body === "string" ? init.body : "",
        };
      },
      answer({ status, headers }, body) {
        begun = true;
        signal?.removeEventListener("abort", aborted);
        const empty = body === undefined || body.length === 0;
        fulfil(new Response(empty ? null : body.toString("utf8"), { status, headers: { ...headers } }));
      },
      cut: lost,
      drop: lost,
      reset: lost,
    });
  });
}

/** The library with that client. */
export const restWith = (client: HttpClient, rest: Rest): Rest => ({
  ...rest,
  createDefaultHttpClient: () => client,
});

function visitOf(
  rest: Rest,
  request: PipelineRequest,
  fulfil: (response: PipelineResponse) => void,
  reject: (error: Error) => void,
): Visit {
  const { abortSignal, streamResponseStatusCodes } = request;
  const lost = (message: string) => reject(new rest.RestError(message, { code: "ECONNRESET", request }));
  const aborted = () =>
    reject(Object.assign(new Error("The operation was aborted."), { name: "AbortError" }));
  if (abortSignal?.aborted === true) aborted();
  else abortSignal?.addEventListener("abort", aborted);
  const answered = (head: Head) => {
    abortSignal?.removeEventListener("abort", aborted);
    return { status: head.status, headers: rest.createHttpHeaders(head.headers), request };
  };
  const isStreamed = ({ status }: Head) =>
    [status, Number.POSITIVE_INFINITY].some((one) => streamResponseStatusCodes?.has(one));
  let begun = false;
  return {
    clientRequestId: request.headers.get("client-request-id"),
    get answered() {
      return begun;
    },
    async request() {
      // Whatever else is under way gets its turn, as it does while octets travel.
      await setImmediate();
      const { pathname, search } = new URL(request.url);
      return {
        method: request.method,
        url: new URL(`${pathname}${search}`, "https://lab"),
        headers: request.headers.toJSON(),
        body: typeof request.body === "string" ? request.body : "",
      };
    },
    answer(head, body) {
      begun = true;
      fulfil({
        ...answered(head),
        ...(isStreamed(head)
          ? { readableStreamBody: streamOf(body, null) }
          : { bodyAsText: body?.toString("utf8") ?? "" }),
      });
    },
    cut(head, part) {
      begun = true;
      const error = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
      if (isStreamed(head)) fulfil({ ...answered(head), readableStreamBody: streamOf(part, error) });
      else
        reject(
          new rest.RestError("Error reading response as text: aborted", { code: rest.RestError.PARSE_ERROR }),
        );
    },
    drop: () => lost("socket hang up"),
    reset: () => lost("read ECONNRESET"),
  };
}

/** A stream of one part, which then ends, or breaks. */
function streamOf(part: Buffer | undefined, error: Error | null): Readable {
  return new Readable({
    read() {
      if (part !== undefined) this.push(part);
      if (error === null) this.push(null);
      else setImmediate().then(() => this.destroy(error));
    },
  });
}
