import * as http from "node:http";
import * as https from "node:https";
import { defined } from "../../base/defined.js";
import { DeadlineError } from "./network.js";
import { type Target, tlsOptions } from "./tls.js";

/** Bodies are read for an error's number or a document of some kB; a server that sends more is cut off. */
const maxBody = 256 * 1024;

/** A request of the preflight. */
export interface Request {
  readonly method: "GET" | "POST" | "RPC_IN_DATA" | "RPC_OUT_DATA";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Every `WWW-Authenticate` value, in order. */
  readonly challenges: readonly string[];
  readonly location?: string;
  readonly body: string;
}

/**
 * One connection to a TLS server, kept open between requests: NTLM authenticates the connection. With `verify` a
 * request fails, before anything of it is sent, when the certificate does not verify.
 */
export class Connection {
  readonly #agent: https.Agent;
  readonly #target: Target;
  readonly #verify: boolean;

  constructor(target: Target, verify: boolean) {
    this.#target = target;
    this.#verify = verify;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** @throws the connection's error, or a DeadlineError after the target's time. */
  ask(request: Request): Promise<Answer> {
    return exchange(
      https.request({
        ...tlsOptions(this.#target, this.#verify),
        agent: this.#agent,
        method: request.method,
        path: request.path,
        headers: headersOf(request, this.#target.host, this.#target.port, 443),
      }),
      request,
      this.#target.timeoutMs,
    );
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One request without TLS, never with credentials: Autodiscover's redirect. */
export function askPlain(target: Target, request: Request): Promise<Answer> {
  const { host, port, lookup } = tlsOptions(target, true);
  return exchange(
    http.request({
      host,
      port,
      lookup,
      agent: false,
      method: request.method,
      path: request.path,
      headers: headersOf(request, target.host, target.port, 80),
    }),
    request,
    target.timeoutMs,
  );
}

function headersOf(request: Request, host: string, port: number, wellKnown: number): Record<string, string> {
  return {
    Host: port === wellKnown ? host : `${host}:${port}`,
    "Content-Length": String(Buffer.byteLength(request.body ?? "")),
    ...request.headers,
  };
}

function exchange(outgoing: http.ClientRequest, request: Request, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let answered: (() => void) | undefined;
    const timer = setTimeout(() => {
      // RPC_OUT_DATA may stream for ever: what has come by now is the answer.
      if (answered !== undefined) answered();
      else reject(new DeadlineError(timeoutMs));
      outgoing.destroy();
    }, timeoutMs);
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answered = () => {
        clearTimeout(timer);
        const location = incoming.headers.location;
        resolve({
          status: incoming.statusCode ?? 0,
          contentType: incoming.headers["content-type"] ?? "",
          challenges: valuesOf(incoming.rawHeaders, "www-authenticate"),
          ...defined({ location }),
          body: Buffer.concat(chunks).toString("utf8"),
        });
      };
      incoming.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= maxBody) return;
        answered?.();
        outgoing.destroy();
      });
      incoming.once("end", answered);
      incoming.on("error", answered);
    });
    outgoing.end(request.body);
  });
}

/** Node joins repeated headers into one; the raw list keeps them apart. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
