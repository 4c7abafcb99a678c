import { createServer } from "node:http";
import { parseJson } from "../../src/base/json.js";
import type { FaultBoard, FaultService } from "../faults.js";
import type { Visit } from "./answering.js";
import { listenAndServe, overConnection, type RunningServer } from "./server.js";

/** One request of a DNS host's API. */
export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly body: unknown;
}

/** Its answer. */
export interface JsonResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What goes wrong with an API: no answer or a cut one, before and after the work; too many requests; a service that fails. */
export interface JsonFaults {
  readonly service: FaultService;
  readonly board: FaultBoard;
  /** The API's own form of a refusal. */
  refusal(status: number, message: string): JsonResponse;
}

/** Kinds of faults that are an answer, with its status; `-after` does the work first. */
const answers: Readonly<Record<string, { readonly status: number; readonly text: string }>> = {
  "429-json": { status: 429, text: "Please wait and consider throttling your request speed" },
  "429-text": { status: 429, text: "Please wait and consider throttling your request speed" },
  "500": { status: 500, text: "An internal error has occurred" },
  "503": { status: 503, text: "The service is temporarily unavailable" },
  "504": { status: 504, text: "Gateway timeout" },
};

/** Serves JSON over plain HTTP, which clients take on loopback only, and to who is in this process (`doors.ts`). */
export async function serveJson(
  host: string,
  port: number,
  answer: (request: JsonRequest) => JsonResponse,
  faults?: JsonFaults,
): Promise<RunningServer> {
  const visited = (visit: Visit) => void answerVisit(visit, answer, faults);
  const server = createServer((incoming, outgoing) =>
    visited(overConnection(incoming, outgoing, () => incoming.socket.destroy())),
  );
  return listenAndServe(server, "http", host, port, visited);
}

async function answerVisit(
  visit: Visit,
  answer: (request: JsonRequest) => JsonResponse,
  faults: JsonFaults | undefined,
): Promise<void> {
  const request = await visit.request();
  if (request === undefined) return visit.drop();
  const { method, url, headers } = request;
  const drawn = faults?.board.draw(faults.service, `${method} ${url.pathname}`);
  const fault = drawn?.kind ?? "none";
  const after = fault.endsWith("-after");
  const kind = fault.replace(/-after$/, "");
  const cut = kind === "hang" || kind === "reset";
  const end = async () => {
    if (kind === "hang") await faults?.board.released;
    visit.drop();
  };
  const send = ({ status, headers: more, body }: JsonResponse) =>
    visit.answer(
      { status, headers: { "content-type": "application/json", ...more } },
      Buffer.from(body === undefined ? "" : JSON.stringify(body)),
    );
  const failing = answers[kind];
  const failed =
    failing === undefined || faults === undefined
      ? undefined
      : {
          ...faults.refusal(failing.status, failing.text),
          headers: drawn?.retryAfter === undefined ? {} : { "retry-after": String(drawn.retryAfter) },
        };
  if (cut && !after) return end();
  if (failed !== undefined && !after) return send(failed);
  const answered = answer({
    method,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    authorization: headers["authorization"],
    ifNoneMatch: headers["if-none-match"],
    body: parseJson(request.body),
  });
  if (cut) return end();
  send(failed ?? answered);
}
