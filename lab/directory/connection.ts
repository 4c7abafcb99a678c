import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { FaultBoard } from "../faults.js";
import type { DirectoryFaults } from "./faults.js";
import { bind, type ConnectionState, type DirectoryContext, modify } from "./operations.js";
import { search } from "./search.js";
import {
  decodeRequest,
  encodeEntry,
  encodeResult,
  messageLength,
  type Request,
  type Result,
  responseTags,
} from "./wire.js";

/** How many operations were asked for, binds included. */
export interface DirectoryRequests {
  bind: number;
  search: number;
  modify: number;
  startTls: number;
}

/** What the connections of one server share. */
export interface ServerState {
  readonly context: () => Omit<DirectoryContext, "faults">;
  readonly requests: DirectoryRequests;
  readonly secureContext: SecureContext;
  readonly sockets: Set<Socket>;
  faults: DirectoryFaults;
  readonly board: FaultBoard | undefined;
}

const startTlsOid = "1.3.6.1.4.1.1466.20037";

/** Serves one connection until it ends: operations one after the other, in the order they came. */
export function serveConnection(server: ServerState, socket: Socket, secure: boolean): void {
  const state: ConnectionState = { secure, account: undefined, pages: new Map(), nextCookie: 1 };
  let current: Socket = socket;
  let buffer = Buffer.alloc(0);
  let queue: Promise<void> = Promise.resolve();

  const attach = (stream: Socket) => {
    current = stream;
    server.sockets.add(stream);
    stream.setNoDelay(true);
    stream.on("data", receive);
    stream.on("error", () => stream.destroy());
    stream.on("close", () => server.sockets.delete(stream));
  };
  const receive = (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    for (let length = messageLength(buffer); length !== undefined; length = messageLength(buffer)) {
      const message = Buffer.from(buffer.subarray(0, length));
      buffer = buffer.subarray(length);
      queue = queue.then(() => answer(message)).catch(() => void current.destroy());
    }
  };
  const upgrade = (id: number) => {
    const plain = current;
    plain.removeListener("data", receive);
    buffer = Buffer.alloc(0);
    plain.write(encodeResult(id, responseTags.extended, { code: 0 }), () => {
      const encrypted = new TLSSocket(plain, { isServer: true, secureContext: server.secureContext });
      encrypted.on("secure", () => {
        state.secure = true;
      });
      attach(encrypted);
    });
  };
  const answer = async (message: Buffer) => {
    if (current.destroyed) return;
    const request = decodeRequest(message);
    const { kind } = request.operation;
    if (kind === "unbind") return void current.end();
    if (kind === "abandon") return;
    if (server.faults.delay) await new Promise((resolve) => setTimeout(resolve, server.faults.delay));
    if (request.operation.kind === "extended" && request.operation.oid === startTlsOid && !state.secure) {
      server.requests.startTls += 1;
      return upgrade(request.id);
    }
    const cut = (kind === "search" || kind === "modify") && countDown(server);
    if (cut && server.faults.performFirst !== true) return void current.destroy();
    const fault = isOperation(kind) ? server.board?.draw("directory", kind) : undefined;
    if (fault?.kind === "503") return void current.write(busy(request));
    if (fault?.kind === "hang") await server.board?.released;
    if (fault?.kind === "hang" || fault?.kind === "reset") return void current.destroy();
    if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.seconds * 1000));
    const octets = perform(server, state, request);
    if (fault?.kind === "hang-after") await server.board?.released;
    if (cut || fault?.kind.endsWith("-after")) return void current.destroy();
    current.write(octets);
  };
  attach(socket);
}

function isOperation(kind: Request["operation"]["kind"]): kind is "bind" | "search" | "modify" {
  return kind === "bind" || kind === "search" || kind === "modify";
}

/** What a domain controller answers that has too much to do. */
function busy({ id, operation }: Request): Buffer {
  const tag = isOperation(operation.kind) ? responseTags[operation.kind] : responseTags.extended;
  return encodeResult(id, tag, { code: 51, message: "0000200D: SvcErr: busy" });
}

/** Counts an operation against `disconnectAfter`; whether it is the one to be cut off. */
function countDown(server: ServerState): boolean {
  const { disconnectAfter, ...others } = server.faults;
  if (disconnectAfter === undefined) return false;
  server.faults = disconnectAfter > 1 ? { ...others, disconnectAfter: disconnectAfter - 1 } : others;
  if (disconnectAfter > 1) return false;
  return true;
}

function perform(server: ServerState, state: ConnectionState, request: Request): Buffer {
  const context = { ...server.context(), faults: server.faults };
  const { id, operation } = request;
  const done = (kind: keyof typeof responseTags, result: Result) =>
    encodeResult(id, responseTags[kind], result);
  switch (operation.kind) {
    case "bind":
      server.requests.bind += 1;
      return done("bind", bind(context, state, operation));
    case "search": {
      server.requests.search += 1;
      const { result, entries, cookie } = search(context, state, request, operation);
      return Buffer.concat([
        ...entries.map((entry) => encodeEntry(id, entry)),
        encodeResult(id, responseTags.search, result, cookie),
      ]);
    }
    case "modify":
      server.requests.modify += 1;
      return done("modify", modify(context, state, request, operation));
    case "extended":
      return done("extended", { code: 2, message: `extended operation ${operation.oid} is not known here` });
    default:
      // Add, delete, rename and compare: the response's tag follows the request's.
      return encodeResult(id, operation.kind === "unsupported" ? operation.tag + 1 : responseTags.extended, {
        code: 53,
        message: "the lab's directory does not do this",
      });
  }
}
