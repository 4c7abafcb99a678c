import { createServer } from "node:http";
import { parseJson } from "../../cloud/json.js";
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
  readonly body?: unknown;
}

/** What goes wrong with an API: `hang` and `reset`, before and after the work; other kinds are no faults of it. */
export interface JsonFaults {
  readonly service: FaultService;
  readonly board: FaultBoard;
}

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
      const fault = faults?.board.draw(faults.service, `${method} ${url.pathname}`)?.kind ?? "none";
      const cut = /^(hang|reset)(-after)?$/.exec(fault);
      const end = async () => {
        if (fault.startsWith("hang")) await faults?.board.released;
        incoming.socket.destroy();
      };
      if (cut !== null && cut[2] === undefined) return void end();
      const { status, body } = answer({
        method,
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        authorization,
        ifNoneMatch: incoming.headers["if-none-match"],
        body: parseJson(Buffer.concat(parts).toString("utf8")),
      });
      if (cut !== null) return void end();
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  await listen(server, port, host);
  const bound = portOf(server);
  return { url: `http://${host}:${bound}`, port: bound, close: () => closeServer(server) };
}
