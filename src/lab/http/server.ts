import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, type Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabClock } from "../clock.js";
import type { DrawnFault, FaultBoard } from "../faults.js";
import type { RequestCounter } from "../requests.js";
import { faultResponse } from "./fault-responses.js";
import type { LabRequest, LabResponse, Service } from "./service.js";

/** What all servers of a lab share. */
export interface ServerOptions {
  readonly host: string;
  readonly key: string;
  readonly cert: string;
  readonly clock: LabClock;
  readonly faults: FaultBoard;
  readonly counter: RequestCounter;
  /** Called after every request that may have changed something. */
  changed(): void;
  /** Called with the address of every request: it is what logs keep. */
  asked(url: URL): void;
}

/** A listening service. */
export interface RunningServer {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Bodies above this are refused: the largest real one is a CSV of 2,000 rows as numbers, about 1 MB. */
const BODY_LIMIT = 16 * 1024 * 1024;
/** How many answers are kept for stale reads. */
const STALE_ANSWERS = 1000;

/**
 * Serves one of Microsoft's services over HTTPS. Every request is counted, delayed by the latency, and may be hit by a
 * fault; every answer has Date of the lab's clock, request-id and client-request-id.
 * `otherUrl`: the same service's second listener, to which the front door may redirect.
 */
export async function serve(
  service: Service,
  port: number,
  options: ServerOptions,
  otherUrl?: string,
): Promise<RunningServer> {
  const stale = new Map<string, { at: number; response: LabResponse }>();
  const server = createServer(
    { key: options.key, cert: options.cert, keepAlive: true },
    (incoming, outgoing) => {
      options.counter
        .during(() => answer(incoming, outgoing))
        .catch((error: unknown) => {
          if (outgoing.headersSent) outgoing.destroy();
          else
            send(outgoing, incoming, {
              status: 500,
              body: { error: { code: "LabFault", message: String(error) } },
            });
        });
    },
  );
  server.requestTimeout = 0;
  /** The TCP sockets below TLS, by the client's port: only they can be reset. */
  const raw = new Map<number | undefined, Socket>();
  server.on("connection", (socket) => {
    if (!(socket instanceof Socket)) return;
    const port = socket.remotePort;
    raw.set(port, socket);
    socket.once("close", () => raw.delete(port));
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const begun = performance.now();
    const request = await readRequest(incoming);
    if (request === undefined) return send(outgoing, incoming, { status: 413, body: "" });
    options.asked(request.url);
    const route = service.route(request);
    const answered = options.counter.add(`${service.name} ${route}`, begun);
    try {
      const busy = options.faults.limits.enter(service.name);
      if (busy !== undefined) return send(outgoing, incoming, busy);
      try {
        await respond(route, request, incoming, outgoing);
      } finally {
        options.faults.limits.leave(service.name);
      }
    } finally {
      answered();
    }
  }

  async function respond(
    route: string,
    request: LabRequest,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const { latencyMs } = options.faults.behaviour;
    if (latencyMs > 0) await sleep(latencyMs);
    const drawn = options.faults.draw(service.name, route);
    // A service with one listener has nowhere to redirect to.
    const fault = drawn?.kind === "redirect" && otherUrl === undefined ? undefined : drawn;
    const after =
      fault?.kind.endsWith("-after") === true || fault?.kind === "truncated" || fault?.kind === "slow";
    if (fault !== undefined && !after) return fail(fault, request, incoming, outgoing);
    const response = withStaleness(request, route, await handled(route, request));
    if (!service.isRead(request)) options.changed();
    if (fault !== undefined) return fail(fault, request, incoming, outgoing, response);
    send(outgoing, incoming, response);
  }

  /** The service's own work, within what the tenant may write. */
  function handled(route: string, request: LabRequest): Promise<LabResponse> {
    const work = () => service.handle(request);
    const writes = service.name === "graph" && !service.isRead(request) && route !== "POST /$batch";
    return writes ? options.faults.limits.write(service, work) : work();
  }

  /** A read that was answered before may be answered so again while a `stale` fault lasts. */
  function withStaleness(request: LabRequest, route: string, fresh: LabResponse): LabResponse {
    const { seconds, drawn } = options.faults.staleness(service.name, route);
    if (seconds === 0 || !service.isRead(request)) return fresh;
    const key = `${request.method} ${request.url.href} ${request.body}`;
    const now = options.clock.now().getTime();
    const old = stale.get(key);
    if (old !== undefined && now - old.at < seconds * 1000) return drawn ? old.response : fresh;
    if (stale.size >= STALE_ANSWERS) stale.clear();
    stale.set(key, { at: now, response: fresh });
    return fresh;
  }

  async function fail(
    fault: DrawnFault,
    request: LabRequest,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    done: LabResponse = { status: 200, body: {} },
  ): Promise<void> {
    if (fault.kind === "reset" || fault.kind === "reset-after") {
      raw.get(incoming.socket.remotePort)?.resetAndDestroy();
      return;
    }
    if (fault.kind === "hang" || fault.kind === "hang-after") {
      await options.faults.released;
      return void incoming.socket.destroy();
    }
    if (fault.kind === "slow") {
      await sleep(fault.seconds * 1000);
      return send(outgoing, incoming, done);
    }
    if (fault.kind === "truncated") {
      const body = Buffer.from(bodyText(done));
      outgoing.writeHead(done.status, { ...headers(incoming, done), "content-length": body.length + 32 });
      outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => incoming.socket.destroy());
      return;
    }
    const other =
      otherUrl === undefined ? undefined : `${otherUrl}${request.url.pathname}${request.url.search}`;
    send(outgoing, incoming, faultResponse(fault, service, other) ?? done);
  }

  function headers(incoming: IncomingMessage, response: LabResponse): Record<string, string> {
    const clientRequestId = incoming.headers["client-request-id"];
    const type =
      response.contentType ??
      (typeof response.body === "string" ? "text/plain" : "application/json; charset=utf-8");
    return {
      date: options.clock.now().toUTCString(),
      "request-id": randomUUID(),
      ...(typeof clientRequestId === "string" ? { "client-request-id": clientRequestId } : {}),
      ...(response.body === undefined || response.body === "" ? {} : { "content-type": type }),
      ...response.headers,
    };
  }

  function send(outgoing: ServerResponse, incoming: IncomingMessage, response: LabResponse): void {
    const body = Buffer.from(bodyText(response));
    const length = response.status === 204 ? {} : { "content-length": body.length };
    outgoing.writeHead(response.status, { ...headers(incoming, response), ...length });
    outgoing.end(response.status === 204 ? undefined : body);
  }

  await listen(server, port, options.host);
  const bound = portOf(server);
  return { url: `https://${options.host}:${bound}`, port: bound, close: () => closeServer(server) };
}

function bodyText(response: LabResponse): string {
  if (response.body === undefined) return "";
  return typeof response.body === "string" ? response.body : JSON.stringify(response.body);
}

async function readRequest(incoming: IncomingMessage): Promise<LabRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT) return undefined;
    chunks.push(bytes);
  }
  const flat = Object.entries(incoming.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value] as const,
  );
  return {
    method: incoming.method ?? "GET",
    url: new URL(incoming.url ?? "/", "https://lab"),
    headers: Object.fromEntries(flat),
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

/** Listens, or rejects with the reason it could not. */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The port a listening server was given. */
export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new TypeError("the server does not listen on a port");
  return address.port;
}

/** Stops a server without waiting for idle connections. */
export async function closeServer(server: Server & { closeAllConnections(): void }): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
