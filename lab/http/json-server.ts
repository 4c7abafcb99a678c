import { createServer } from "node:http";
import { parseJson } from "../../src/base/json.js";
import type { FaultBoard, FaultService } from "../faults.js";
import { closeServer, listen, portOf, type RunningServer } from "./server.js";

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

/** Serves JSON over plain HTTP, which clients take on loopback only. */
export async function serveJson(
  host: string,
  port: number,
  answer: (request: JsonRequest) => JsonResponse,
  faults?: JsonFaults,
): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part) => parts.push(Buffer.from(part)));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://lab");
      const { authorization } = incoming.headers;
      const method = incoming.method ?? "GET";
      const drawn = faults?.board.draw(faults.service, `${method} ${url.pathname}`);
      const fault = drawn?.kind ?? "none";
      const after = fault.endsWith("-after");
      const kind = fault.replace(/-after$/, "");
      const cut = kind === "hang" || kind === "reset";
      const end = async () => {
        if (kind === "hang") await faults?.board.released;
        incoming.socket.destroy();
      };
      const send = ({ status, headers, body }: JsonResponse) => {
        outgoing.writeHead(status, { "content-type": "application/json", ...headers });
        outgoing.end(body === undefined ? "" : JSON.stringify(body));
      };
      const failing = answers[kind];
      const failed =
        failing === undefined || faults === undefined
          ? undefined
          : {
              ...faults.refusal(failing.status, failing.text),
              headers: drawn?.retryAfter === undefined ? {} : { "retry-after": String(drawn.retryAfter) },
            };
      if (cut && !after) return void end();
      if (failed !== undefined && !after) return send(failed);
      const answered = answer({
        method,
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        authorization,
        ifNoneMatch: incoming.headers["if-none-match"],
        body: parseJson(Buffer.concat(parts).toString("utf8")),
      });
      if (cut) return void end();
      send(failed ?? answered);
    });
  });
  await listen(server, port, host);
  const bound = portOf(server);
  return { url: `http://${host}:${bound}`, port: bound, close: () => closeServer(server) };
}
