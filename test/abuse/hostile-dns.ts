import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import * as packet from "dns-packet";
import type { DnsServer, Transport } from "../../src/dns/transport.js";

/** A DNS server that answers whatever it is told to, with the id of the request; undefined: it does not answer. */
export interface HostileDns extends DnsServer {
  answer(reply: (request: Buffer, transport: Transport) => Buffer | undefined): void;
  close(): Promise<void>;
}

/** Starts it on one port of UDP and TCP. */
export async function startHostileDns(): Promise<HostileDns> {
  let make: (request: Buffer, transport: Transport) => Buffer | undefined = () => undefined;
  const udp = createSocket("udp4");
  udp.on("message", (request, from) => {
    const reply = make(request, "udp");
    if (reply !== undefined) udp.send(reply, from.port, from.address);
  });
  const tcp = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (part) => {
      const reply = make(part.subarray(2), "tcp");
      if (reply === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const address = tcp.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
  return {
    address: "127.0.0.1",
    port,
    answer: (reply) => {
      make = reply;
    },
    close: async () => {
      udp.close();
      await new Promise<void>((resolve) => {
        tcp.close(() => resolve());
      });
    },
  };
}

/** A true authoritative answer to a request. */
export function trueAnswer(request: Buffer, answers: packet.Answer[]): Buffer {
  const { id, questions } = packet.decode(request);
  return packet.encode({
    type: "response",
    ...(id === undefined ? {} : { id }),
    flags: packet.AUTHORITATIVE_ANSWER,
    ...(questions === undefined ? {} : { questions }),
    answers,
  });
}

/** An answer of one record whose RDATA is given octet for octet. */
export function rawAnswer(request: Buffer, type: number, rdata: Buffer, ttl = 300): Buffer {
  const base = trueAnswer(request, []);
  base.writeUInt16BE(1, 6);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(rdata.length, 10);
  return Buffer.concat([base, record, rdata]);
}
