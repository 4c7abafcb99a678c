import { subscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import { MailstageError } from "../src/base/problem.js";
import { stop, stopping } from "../src/base/stop.js";
import { engineAddress } from "./engine-address.js";

/** How long requests under way may take to end once the run is stopped, milliseconds: Ctrl-C is to end within five seconds. */
const graceMs = 3000;

/**
 * Learns from the engine that the run is cancelled, or that the engine is gone. Pulumi's plugin for dynamic providers
 * answers `Cancel` without telling anybody, but every call to it passes Node's own channel for HTTP/2 streams (Node 24; on
 * older ones nothing is learned, and Ctrl-C waits for what is under way). A killed engine leaves this process behind:
 * it then ends by itself, so that it does not go on beside the next run.
 */
export function watchEngine(): void {
  const sessions = new WeakSet<EventEmitter>();
  subscribe("http2.server.stream.created", (message) => {
    if (pathOf(message) === "/pulumirpc.ResourceProvider/Cancel") stop();
    const session = http2SessionOf(message);
    if (session === undefined || sessions.has(session)) return;
    sessions.add(session);
    session.once("close", () => void endWithEngine());
  });
}

/**
 * Waits for a handler's work; once the run is stopped, for `graceMs` at most.
 * @throws MailstageError run-abandoned when that was too short
 */
export async function withinGrace<T>(work: () => Promise<T>): Promise<T> {
  let release = () => {};
  const expired = new Promise<never>((_, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const begin = () => {
      timer = setTimeout(() => reject(abandoned()), graceMs);
    };
    release = () => {
      clearTimeout(timer);
      stopping.removeEventListener("abort", begin);
    };
    if (stopping.aborted) begin();
    else stopping.addEventListener("abort", begin, { once: true });
  });
  try {
    return await Promise.race([work(), expired]);
  } finally {
    release();
  }
}

function abandoned(): MailstageError {
  return new MailstageError({
    code: "run-abandoned",
    subject: "this run",
    reason: `was stopped, and a request under way had no answer ${graceMs / 1000} s later; whether it was done is unknown`,
    hint: "Run pulumi up again: what was done is found and not done twice",
  });
}

/** The engine's connection ended: with the engine, or only for a while because nothing was asked. */
async function endWithEngine(): Promise<void> {
  const [, host, port] = /^(.*):(\d+)$/.exec(engineAddress() ?? "") ?? [];
  if (host === undefined || (await listens(host, Number(port)))) return;
  stop();
  setTimeout(() => process.exit(1), graceMs);
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}

function pathOf(message: unknown): unknown {
  const headers = memberOf(message, "headers");
  return memberOf(headers, ":path");
}

function http2SessionOf(message: unknown): EventEmitter | undefined {
  const session = memberOf(memberOf(message, "stream"), "session");
  return session instanceof EventEmitter ? session : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
