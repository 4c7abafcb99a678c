import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { MailstageError } from "../base/problem.js";
import { stopping } from "../base/stop.js";

/** Where a DNS server listens. */
export interface DnsServer {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

/** How a message travels. */
export type Transport = "udp" | "tcp";

/** A server as it is named in messages: `10.0.0.53`, `127.0.0.1:5353`, `[::1]:5353`. */
export function serverLabel(server: DnsServer): string {
  if (server.port === 53) return server.address;
  return isIPv6(server.address) ? `[${server.address}]:${server.port}` : `${server.address}:${server.port}`;
}

function failure(
  server: DnsServer,
  transport: Transport,
  code: string,
  reason: string,
  cause?: unknown,
): MailstageError {
  return new MailstageError(
    {
      code,
      subject: `DNS server ${serverLabel(server)}`,
      reason,
      operation: transport.toUpperCase(),
      hint: "Check the address, and that a firewall lets DNS through over UDP and TCP",
    },
    { cause },
  );
}

/** Whether a message is the reply to a request: same id, QR bit set (RFC 1035 §4.1.1). */
function answers(reply: Buffer, request: Buffer): boolean {
  return (
    reply.length >= 12 &&
    reply.readUInt16BE(0) === request.readUInt16BE(0) &&
    (reply.readUInt8(2) & 0x80) !== 0
  );
}

/** Settles once: with the reply, or after the time has run out. */
function settle(
  server: DnsServer,
  transport: Transport,
  timeoutMs: number,
  start: (done: (reply: Buffer) => void, failed: (cause: unknown) => void) => () => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      clearTimeout(timer);
      close();
      act();
    };
    const timer = setTimeout(
      () =>
        finish(() =>
          reject(failure(server, transport, "dns-timeout", `did not answer within ${timeoutMs} ms`)),
        ),
      timeoutMs,
    );
    const close = start(
      (reply) => finish(() => resolve(reply)),
      (cause) => {
        const detail = cause instanceof Error ? cause.message : String(cause);
        finish(() =>
          reject(failure(server, transport, "dns-unreachable", `cannot be reached: ${detail}`, cause)),
        );
      },
    );
  });
}

function overUdp(server: DnsServer, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return settle(server, "udp", timeoutMs, (done, failed) => {
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    let open = true;
    socket.on("error", failed);
    socket.on("message", (reply) => {
      if (answers(reply, request)) done(reply);
    });
    // A connected socket takes datagrams from that server only, and learns of a closed port.
    socket.connect(server.port, server.address, () => {
      if (open) socket.send(request);
    });
    return () => {
      open = false;
      socket.close();
    };
  });
}

function overTcp(server: DnsServer, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return settle(server, "tcp", timeoutMs, (done, failed) => {
    const socket = connect(server.port, server.address);
    let received = Buffer.alloc(0);
    socket.on("error", failed);
    socket.on("end", () => failed(new Error("the connection was closed before the answer")));
    socket.on("connect", () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(request.length);
      socket.write(Buffer.concat([length, request]));
    });
    socket.on("data", (part) => {
      received = Buffer.concat([received, part]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = received.subarray(2, 2 + received.readUInt16BE(0));
      if (answers(reply, request)) done(reply);
      else failed(new Error("the answer belongs to another question"));
    });
    return () => socket.destroy();
  });
}

/**
 * Sends one message and returns its reply, once and without repetition.
 * @param timeoutMs how long to wait in all, milliseconds
 * @throws MailstageError `dns-timeout` without an answer in time, `dns-unreachable` where nothing listens, `run-stopped`.
 */
export async function exchange(
  server: DnsServer,
  request: Buffer,
  transport: Transport,
  timeoutMs: number,
): Promise<Buffer> {
  stopping.throwIfAborted();
  return transport === "tcp" ? overTcp(server, request, timeoutMs) : overUdp(server, request, timeoutMs);
}
