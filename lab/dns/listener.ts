import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Transport } from "../../src/dns/index.js";
import { dnsDoors } from "../doors.js";

/** Answers one message; undefined stays silent. */
export type MessageHandler = (message: Buffer, transport: Transport) => Promise<Buffer | undefined>;

/** A DNS listener on one port, UDP and TCP. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

function serveTcp(socket: Socket, handle: MessageHandler): void {
  let received = Buffer.alloc(0);
  let turn = Promise.resolve();
  socket.on("error", () => socket.destroy());
  socket.on("data", (part) => {
    received = Buffer.concat([received, part]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const message = received.subarray(2, 2 + received.readUInt16BE(0));
      received = received.subarray(2 + message.length);
      turn = turn.then(async () => {
        const reply = await handle(message, "tcp");
        if (reply === undefined || socket.destroyed) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([length, reply]));
      });
    }
  });
}

async function bind(host: string, port: number): Promise<{ tcp: Server; udp: UdpSocket; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const tcp = createServer();
    tcp.listen(port, host);
    await once(tcp, "listening");
    const bound = tcp.address();
    const chosen = typeof bound === "object" && bound !== null ? bound.port : port;
    const udp = createSocket(host.includes(":") ? "udp6" : "udp4");
    try {
      udp.bind(chosen, host);
      await once(udp, "listening");
      return { tcp, udp, port: chosen };
    } catch (error) {
      // The port that is free for TCP may be taken for UDP: another one is chosen then.
      tcp.close();
      udp.close();
      if (port !== 0 || attempt >= 10) throw error;
    }
  }
}

/** Listens for DNS messages over UDP and TCP on one port; 0 takes a free one. */
export async function listen(host: string, port: number, answer: MessageHandler): Promise<Listener> {
  // A message that breaks its handler stays unanswered; it must not take the lab down.
  const handle: MessageHandler = (message, transport) => answer(message, transport).catch(() => undefined);
  const bound = await bind(host, port);
  const connections = new Set<Socket>();
  let open = true;
  bound.tcp.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    serveTcp(socket, handle);
  });
  bound.udp.on("message", async (message, peer) => {
    const reply = await handle(message, "udp");
    if (reply !== undefined && open) bound.udp.send(reply, peer.port, peer.address);
  });
  const shut = dnsDoors.open(`${host}:${bound.port}`, (message) => handle(message, "udp"));
  return {
    address: host,
    port: bound.port,
    close: async () => {
      if (!open) return;
      open = false;
      shut();
      for (const socket of connections) socket.destroy();
      const closed = [once(bound.tcp, "close"), once(bound.udp, "close")];
      bound.tcp.close();
      bound.udp.close();
      await Promise.all(closed);
    },
  };
}
