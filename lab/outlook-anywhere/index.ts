import { createServer, type Server, type Socket } from "node:net";
import * as tls from "node:tls";
import { defined } from "../../src/base/defined.js";
import { accountOf, ConnectionAuthentication, type FrontAccount } from "./accounts.js";
import { autodiscoverAnswer, type FrontAutodiscover, rpcEcho } from "./answers.js";
import { serveConnection, type WireRequest, type WireResponse } from "./wire.js";

export type { FrontAccount } from "./accounts.js";
export type { FrontAutodiscover } from "./answers.js";
export type { WireResponse } from "./wire.js";

const routes = ["rpc-in-data", "rpc-out-data", "rpc-get", "rpc-logon", "autodiscover", "redirect"] as const;

/** What can be made to go wrong; `rpc-logon` is the RPC proxy's answer to an account it has accepted. */
export type FrontRoute = (typeof routes)[number];
/** Never an answer; a closed connection; or this answer in place of the right one. */
export type FrontFault = "silence" | "reset" | WireResponse;

/** One request the front has seen. Passwords are not kept. */
export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  /** The `Host` header. */
  readonly host?: string;
  /** Scheme of the `Authorization` header. */
  readonly scheme?: string;
  /** The account that logged on. */
  readonly account?: string;
  /** Status of the answer, or the fault that took its place. */
  readonly outcome: number | "silence" | "reset";
}

export interface FrontOptions {
  /** Key and certificate, PEM, and the TLS versions to speak. */
  readonly tls: Pick<
    tls.TlsOptions,
    "key" | "cert" | "minVersion" | "maxVersion" | "ciphers" | "requestCert"
  >;
  readonly accounts: readonly FrontAccount[];
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default 0, an ephemeral one */
  readonly port?: number;
  /** Methods offered, in order. @default Basic and Ntlm */
  readonly authentication?: readonly ("Basic" | "Ntlm")[];
  /** Absent: there is no Autodiscover, as with Exchange 2003. */
  readonly autodiscover?: FrontAutodiscover;
  /** A listener without TLS that redirects everything: its port (0: an ephemeral one) and the address it names. */
  readonly redirect?: { readonly port?: number; readonly location: string };
  readonly faults?: Readonly<Partial<Record<FrontRoute, FrontFault>>>;
}

/** The customer's Outlook Anywhere, on loopback. */
export interface LabFront {
  readonly port: number;
  /** Port of the redirect listener, where there is one. */
  readonly redirectPort?: number;
  /** The last thousand requests, oldest first. */
  readonly requests: readonly FrontRequest[];
  /** Puts a fault in the place of a route's answer, or takes it away. */
  setFault(route: FrontRoute, fault: FrontFault | undefined): void;
  /** Whether the account may log on: for the lab's migration service, which opens mailboxes as it. */
  accepts(username: string, password: string): boolean;
  close(): Promise<void>;
}

const keptRequests = 1000;

/** Starts the front: `/rpc/rpcproxy.dll` and Autodiscover over TLS, and the plain redirect where asked for. */
export async function startOutlookAnywhere(options: FrontOptions): Promise<LabFront> {
  const faults = new Map<FrontRoute, FrontFault>();
  for (const route of routes) {
    const fault = options.faults?.[route];
    if (fault !== undefined) faults.set(route, fault);
  }
  const requests: FrontRequest[] = [];
  const sockets = new Set<Socket>();
  const note = (request: WireRequest, result: FrontFault, account?: string): FrontFault => {
    const host = request.headers.get("host");
    const scheme = request.headers.get("authorization")?.split(" ")[0];
    requests.push({
      method: request.method,
      path: request.path,
      ...defined({ host, scheme, account }),
      outcome: typeof result === "string" ? result : result.status,
    });
    if (requests.length > keptRequests) requests.shift();
    return result;
  };

  const secure = tls.createServer({ ...options.tls }, (socket) => {
    const authentication = new ConnectionAuthentication(options.accounts);
    serveConnection(socket, (request) => {
      const { response, account } = respond(request, options, faults, authentication);
      return note(request, response, account);
    });
  });
  // Clients that refuse the certificate are what the front is for.
  secure.on("tlsClientError", () => undefined);
  const { redirect } = options;
  const plain =
    redirect === undefined
      ? undefined
      : createServer((socket) => {
          serveConnection(socket, (request) =>
            note(
              request,
              faults.get("redirect") ?? { status: 302, headers: { Location: redirect.location } },
            ),
          );
        });
  for (const server of [secure, plain])
    server?.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });

  const host = options.host ?? "127.0.0.1";
  const port = await listen(secure, host, options.port ?? 0);
  const redirectPort = plain === undefined ? undefined : await listen(plain, host, redirect?.port ?? 0);
  return {
    port,
    ...defined({ redirectPort }),
    requests,
    setFault: (route, fault) => {
      if (fault === undefined) faults.delete(route);
      else faults.set(route, fault);
    },
    accepts: (username, password) => accountOf(options.accounts, username)?.password === password,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([secure, plain].map((server) => server && closed(server)));
    },
  };
}

function respond(
  request: WireRequest,
  options: FrontOptions,
  faults: ReadonlyMap<FrontRoute, FrontFault>,
  authentication: ConnectionAuthentication,
): { response: FrontFault; account?: string } {
  const route = routeOf(request, options);
  if (route === undefined)
    return { response: { status: 404, body: "<h2>404 - File or directory not found.</h2>" } };
  const fault = faults.get(route);
  if (fault !== undefined) return { response: fault };
  const offered = options.authentication ?? ["Basic", "Ntlm"];
  const authorization = authentication.read(request.headers.get("authorization"), offered);
  if (authorization.kind === "challenge") return { response: unauthorized([`NTLM ${authorization.token}`]) };
  if (authorization.kind === "refused")
    return {
      response: unauthorized(
        offered.map((method) =>
          method === "Basic" ? `Basic realm="${request.headers.get("host") ?? ""}"` : "NTLM",
        ),
      ),
    };
  const account = authorization.account.username;
  const { autodiscover } = options;
  if (route === "autodiscover" && autodiscover !== undefined)
    return { response: autodiscoverAnswer(request.body, autodiscover), account };
  return { response: faults.get("rpc-logon") ?? rpcEcho(), account };
}

function routeOf(request: WireRequest, options: FrontOptions): FrontRoute | undefined {
  const path = request.path.split("?")[0]?.toLowerCase();
  if (path === "/rpc/rpcproxy.dll") {
    if (request.method === "RPC_IN_DATA") return "rpc-in-data";
    if (request.method === "RPC_OUT_DATA") return "rpc-out-data";
    return request.method === "GET" ? "rpc-get" : undefined;
  }
  const served = path === "/autodiscover/autodiscover.xml" && options.autodiscover !== undefined;
  return served && request.method === "POST" ? "autodiscover" : undefined;
}

function unauthorized(challenges: readonly string[]): WireResponse {
  return { status: 401, headers: { "WWW-Authenticate": challenges }, body: "<h2>401 - Unauthorized</h2>" };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the front listens on no port");
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
