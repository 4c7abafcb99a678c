import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { Client } from "ldapts";
import type { DirectorySettings } from "./types.js";

/** Milliseconds to open the connection, and to wait for one answer: a page of a search, or a write. */
const connectTimeout = 15_000;
const operationTimeout = 60_000;

/** Seconds a search may take at the server, which then says so itself, before the answer is no longer waited for. */
export const searchTimeLimit = 50;

/** A client, and whether its socket still stands: ldapts does not notice a lost StartTLS session. */
export interface Session {
  readonly client: Client;
  lost: boolean;
}

/** Connects, agrees on TLS (verified) and binds. @throws ldapts' ResultCodeError, Node's errors */
export async function openSession(settings: DirectorySettings, password: string): Promise<Session> {
  const url = new URL(settings.url);
  const secure = url.protocol === "ldaps:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 636 : 389) : Number(url.port);
  // Node sends the name only where `servername` is given, and an IP address may not be sent.
  const verify = { host, ...(isIP(host) === 0 && { servername: host }) };
  const state = { lost: false };
  const sockets: Socket[] = [];
  const watch = <T extends Socket>(socket: T): T => {
    sockets.push(socket);
    socket.setNoDelay(true).once("close", () => {
      state.lost = true;
    });
    return socket;
  };
  const client = new Client({
    url: settings.url,
    connectTimeout,
    timeout: operationTimeout,
    createConnection: () => watch(connectPlain(port, host)),
    createSecureConnection: () => {
      const [plain] = sockets;
      return watch(connectSecure(plain === undefined ? { ...verify, port } : { ...verify, socket: plain }));
    },
  });
  try {
    if (!secure) await client.startTLS();
    await client.bind(settings.bindDn, password);
  } catch (error) {
    for (const socket of sockets) socket.on("error", () => undefined).destroy();
    throw error;
  }
  return Object.assign(state, { client });
}
