import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { defined } from "../../src/base/defined.js";
import type { LabClock } from "../clock.js";
import type { DrawnFault, FaultBoard } from "../faults.js";
import type { RequestCounter } from "../requests.js";
import { faultResponse } from "./fault-responses.js";
import type { LabRequest, LabResponse, Service } from "./service.js";

/** What all services of a lab share. */
export interface AnsweringOptions {
  readonly clock: LabClock;
  readonly faults: FaultBoard;
  readonly counter: RequestCounter;
  /** Called after every request that may have changed something. */
  changed(): void;
  /** Called with the address of every request: it is what logs keep. */
  asked(url: URL): void;
}

/** The beginning of an answer. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request under way, and every way in which it may end: over a connection, or within the process (`doors.ts`). */
export interface Visit {
  readonly clientRequestId: string | undefined;
  /** Whether an answer has begun. */
  readonly answered: boolean;
  /** The request, read whole; undefined where it is larger than any real one. */
  request(): Promise<LabRequest | undefined>;
  answer(head: Head, body: Buffer | undefined): void;
  /** Begins an answer, and ends the connection in the midst of it. */
  cut(head: Head, part: Buffer): void;
  /** Ends the connection. */
  drop(): void;
  /** Ends it by a reset. */
  reset(): void;
}

/** How many answers are kept for stale reads. */
const STALE_ANSWERS = 1000;

/**
 * How one of Microsoft's services answers. Every request is counted, delayed by the latency, and may be hit by a
 * fault; every answer has Date of the lab's clock, request-id and client-request-id.
 * `otherUrl`: the same service's second listener, to which the front door may redirect.
 */
export function answering(
  service: Service,
  options: AnsweringOptions,
  otherUrl?: string,
): (visit: Visit) => void {
  const stale = new Map<string, { at: number; response: LabResponse }>();

  async function answer(visit: Visit): Promise<void> {
    const begun = performance.now();
    const request = await visit.request();
    if (request === undefined) return send(visit, { status: 413, body: "" });
    options.asked(request.url);
    const route = service.route(request);
    const answered = options.counter.add(`${service.name} ${route}`, begun);
    try {
      const busy = options.faults.limits.enter(service.name);
      if (busy !== undefined) return send(visit, busy);
      try {
        await respond(route, request, visit);
      } finally {
        options.faults.limits.leave(service.name);
      }
    } finally {
      answered();
    }
  }

  async function respond(route: string, request: LabRequest, visit: Visit): Promise<void> {
    const { latencyMs } = options.faults.behaviour;
    if (latencyMs > 0) await sleep(latencyMs);
    const drawn = options.faults.draw(service.name, route);
    // A service with one listener has nowhere to redirect to.
    const fault = drawn?.kind === "redirect" && otherUrl === undefined ? undefined : drawn;
    const after =
      fault?.kind.endsWith("-after") === true || fault?.kind === "truncated" || fault?.kind === "slow";
    if (fault !== undefined && !after) return fail(fault, request, visit);
    const response = withStaleness(request, route, await handled(route, request));
    if (!service.isRead(request)) options.changed();
    if (fault !== undefined) return fail(fault, request, visit, response);
    send(visit, response);
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
    visit: Visit,
    done: LabResponse = { status: 200, body: {} },
  ): Promise<void> {
    if (fault.kind === "reset" || fault.kind === "reset-after") return visit.reset();
    if (fault.kind === "hang" || fault.kind === "hang-after") {
      await options.faults.released;
      return visit.drop();
    }
    if (fault.kind === "slow") {
      await sleep(fault.seconds * 1000);
      return send(visit, done);
    }
    if (fault.kind === "truncated") {
      const body = Buffer.from(bodyText(done));
      const head = {
        status: done.status,
        headers: { ...headers(visit, done), "content-length": String(body.length + 32) },
      };
      return visit.cut(head, body.subarray(0, Math.ceil(body.length / 2)));
    }
    const other =
      otherUrl === undefined ? undefined : `${otherUrl}${request.url.pathname}${request.url.search}`;
    send(visit, faultResponse(fault, service, other) ?? done);
  }

  function headers({ clientRequestId }: Visit, response: LabResponse): Record<string, string> {
    const type =
      response.contentType ??
      (typeof response.body === "string" ? "text/plain" : "application/json; charset=utf-8");
    return {
      date: options.clock.now().toUTCString(),
      "request-id": randomUUID(),
      ...defined({ "client-request-id": clientRequestId }),
      ...(response.body === undefined || response.body === "" ? {} : { "content-type": type }),
      ...response.headers,
    };
  }

  function send(visit: Visit, response: LabResponse): void {
    const none = response.status === 204;
    const body = Buffer.from(bodyText(response));
    const length = none ? undefined : { "content-length": String(body.length) };
    visit.answer(
      { status: response.status, headers: { ...headers(visit, response), ...length } },
      none ? undefined : body,
    );
  }

  return (visit) =>
    void options.counter
      .during(() => answer(visit))
      .catch((error: unknown) => {
        if (visit.answered) visit.drop();
        else send(visit, { status: 500, body: { error: { code: "LabFault", message: String(error) } } });
      });
}

function bodyText(response: LabResponse): string {
  if (response.body === undefined) return "";
  return typeof response.body === "string" ? response.body : JSON.stringify(response.body);
}
