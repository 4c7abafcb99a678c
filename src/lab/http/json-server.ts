import { createServer } from "node:http";
import { parseJson } from "../../cloud/json.js";
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
  readonly body?: unknown;
}

/** Serves JSON over plain HTTP, which clients take on loopback only. */
export async function serveJson(
  host: string,
  port: number,
  answer: (request: JsonRequest) => JsonResponse,
): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part) => parts.push(Buffer.from(part)));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://lab");
      const { authorization } = incoming.headers;
      const { status, body } = answer({
        method: incoming.method ?? "GET",
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        authorization,
        ifNoneMatch: incoming.headers["if-none-match"],
        body: parseJson(Buffer.concat(parts).toString("utf8")),
      });
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  await listen(server, port, host);
  const bound = portOf(server);
  return { url: `http://${host}:${bound}`, port: bound, close: () => closeServer(server) };
}
