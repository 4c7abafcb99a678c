import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, type Server, Socket } from "node:net";
import { serviceDoors } from "../doors.js";
import { type AnsweringOptions, answering, type Visit } from "./answering.js";
import type { LabRequest, Service } from "./service.js";

/** What all servers of a lab share. */
export interface ServerOptions extends AnsweringOptions {
  readonly host: string;
  readonly key: string;
  readonly cert: string;
}

/** An HTTP or HTTPS server of Node's, whose connections can be closed with it. */
type ClosableServer = Server & { closeAllConnections(): void };

/** A listening service. */
export interface RunningServer {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Bodies above this are refused: the largest real one is a CSV of 2,000 rows as numbers, about 1 MB. */
const BODY_LIMIT = 16 * 1024 * 1024;

/**
 * Serves one of Microsoft's services over HTTPS (`answering.ts`).
 * `otherUrl`: the same service's second listener, to which the front door may redirect.
 */
export async function serve(
  service: Service,
  port: number,
  options: ServerOptions,
  otherUrl?: string,
): Promise<RunningServer> {
  const answer = answering(service, options, otherUrl);
  /** The TCP sockets below TLS, by the client's port: only they can be reset. */
  const raw = new Map<number | undefined, Socket>();
  const server = createServer(
    { key: options.key, cert: options.cert, keepAlive: true },
    (incoming, outgoing) =>
      answer(
        overConnection(incoming, outgoing, () => raw.get(incoming.socket.remotePort)?.resetAndDestroy()),
      ),
  );
  server.requestTimeout = 0;
  server.on("connection", (socket) => {
    if (!(socket instanceof Socket)) return;
    const port = socket.remotePort;
    raw.set(port, socket);
    socket.once("close", () => raw.delete(port));
  });

  return listenAndServe(server, "https", options.host, port, answer);
}

/**
 * Has a server listen, and answer who is in this process too (`doors.ts`).
 * @param port 0: any that is free
 */
export async function listenAndServe(
  server: ClosableServer,
  scheme: "http" | "https",
  host: string,
  port: number,
  answer: (visit: Visit) => void,
): Promise<RunningServer> {
  await listen(server, port, host);
  const bound = portOf(server);
  const url = `${scheme}://${host}:${bound}`;
  const shut = serviceDoors.open(url, answer);
  return {
    url,
    port: bound,
    close: () => {
      shut();
      return closeServer(server);
    },
  };
}

/** A request that came over a connection. */
export function overConnection(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reset: () => void,
): Visit {
  const id = incoming.headers["client-request-id"];
  return {
    clientRequestId: typeof id === "string" ? id : undefined,
    get answered() {
      return outgoing.headersSent;
    },
    request: () => readRequest(incoming),
    answer({ status, headers }, body) {
      outgoing.writeHead(status, headers);
      outgoing.end(body);
    },
    cut({ status, headers }, part) {
      outgoing.writeHead(status, headers);
      outgoing.write(part, () => incoming.socket.destroy());
    },
    drop: () => void incoming.socket.destroy(),
    reset,
  };
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
export async function closeServer(server: ClosableServer): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
