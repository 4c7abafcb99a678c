import type { Duplex } from "node:stream";

/** A request as the front reads it. Node's own HTTP server refuses RPC_IN_DATA and RPC_OUT_DATA with 400. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface WireResponse {
  readonly status: number;
  /** @default the status's usual phrase */
  readonly phrase?: string;
  /** A name with several values is sent once for each, as IIS does. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

const maxHead = 16 * 1024;
const maxBody = 1024 * 1024;
const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Request Entity Too Large",
  503: "Service Unavailable",
};

/**
 * Serves one connection: requests one after another, HTTP/1.1 with `Content-Length` bodies only.
 * @param answer what to say, or `silence` to say nothing ever, or `reset` to close at once
 */
export function serveConnection(
  socket: Duplex,
  answer: (request: WireRequest) => WireResponse | "silence" | "reset",
): void {
  let received = Buffer.alloc(0);
  let silent = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    if (silent) return;
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const read = readRequest(received);
      if (read === undefined) return;
      if ("status" in read) {
        socket.end(serialize(read, true));
        return;
      }
      received = received.subarray(read.length);
      const response = answer(read.request);
      if (response === "reset") {
        socket.destroy();
        return;
      }
      if (response === "silence") {
        silent = true;
        return;
      }
      const close = read.request.headers.get("connection")?.toLowerCase() === "close";
      socket.write(serialize(response, close));
      if (close) {
        socket.end();
        return;
      }
    }
  });
}

/** The first request of what was received; `undefined` while it is incomplete, a response when it is none. */
function readRequest(received: Buffer): { request: WireRequest; length: number } | WireResponse | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return received.length > maxHead ? { status: 400 } : undefined;
  const [first = "", ...lines] = received.subarray(0, end).toString("latin1").split("\r\n");
  const line = /^([A-Z_]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  const headers = new Map(
    lines.map((text) => {
      const colon = text.indexOf(":");
      return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()] as const;
    }),
  );
  const announced = headers.get("content-length") ?? "0";
  if (line === null || !/^\d+$/.test(announced) || headers.has("transfer-encoding")) return { status: 400 };
  const size = Number(announced);
  if (size > maxBody) return { status: 413 };
  const length = end + 4 + size;
  if (received.length < length) return undefined;
  const body = received.subarray(end + 4, length).toString("utf8");
  return { request: { method: line[1] ?? "", path: line[2] ?? "", headers, body }, length };
}

function serialize(response: WireResponse, close: boolean): Buffer {
  const body = Buffer.from(response.body ?? "");
  const headers = Object.entries({
    Server: "Microsoft-IIS/7.0",
    ...response.headers,
    "Content-Length": String(body.length),
    ...(close ? { Connection: "close" } : {}),
  }).flatMap(([name, value]) => [value].flat().map((single) => `${name}: ${single}\r\n`));
  const phrase = response.phrase ?? phrases[response.status] ?? "Status";
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${response.status} ${phrase}\r\n${headers.join("")}\r\n`, "latin1"),
    body,
  ]);
}
