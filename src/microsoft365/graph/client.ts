import type { z } from "zod";
import { MailstageError, type Problem } from "../../base/problem.js";

/**
 * Kinds of failure a caller can act on. `outcome-unknown`: the request was sent and no answer came, so it may have
 * been done; read back before repeating.
 */
export type GraphFailure =
  | "not-found"
  | "conflict"
  | "denied"
  | "bad-request"
  | "throttled"
  | "outcome-unknown"
  | "unavailable";

/** A Graph request that failed; `kind` is for code, the problem for people. */
export class GraphError extends MailstageError {
  readonly kind: GraphFailure;
  /** Graph's own error code, such as `Request_BadRequest`. */
  readonly graphCode: string | undefined;
  /** Graph's own text, to tell apart errors that share a code. */
  readonly graphMessage: string | undefined;

  constructor(
    kind: GraphFailure,
    problem: Omit<Problem, "code">,
    details: { graphCode?: string | undefined; graphMessage?: string | undefined; cause?: unknown } = {},
  ) {
    super({ code: `graph-${kind}`, ...problem }, { cause: details.cause });
    this.name = "GraphError";
    this.kind = kind;
    this.graphCode = details.graphCode;
    this.graphMessage = details.graphMessage;
  }
}

/** How a write is made. */
export interface GraphWriteOptions {
  /**
   * Whether doing it twice is the same as doing it once: then it is repeated after a timeout.
   * @default false for POST, true for PATCH and DELETE
   */
  readonly repeatable?: boolean;
}

/** One part of a `$batch` (Microsoft Graph v1.0 reference, 2026-11). */
export interface BatchRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Relative to the version: `/users/…`. */
  readonly path: string;
  readonly body?: unknown;
  /** @default true for all but POST */
  readonly repeatable?: boolean;
}

/** The answer to one part. */
export interface BatchResponse {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly body: unknown;
  /** Set when the part failed. */
  readonly error?: GraphError;
}

/** Graph v1.0. Paths are relative to the version and start with `/`; every answer passes a schema. */
export interface GraphClient {
  /** Base URL with the version, for references inside bodies. */
  readonly base: string;
  /** @throws GraphError */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** All items of a collection, following `@odata.nextLink`. @throws GraphError */
  list<T>(path: string, item: z.ZodType<T>, onPage?: (total: number) => void): Promise<T[]>;
  /** @returns the parsed answer @throws GraphError */
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, options?: GraphWriteOptions): Promise<T>;
  /** @throws GraphError */
  patch(path: string, body: unknown, options?: GraphWriteOptions): Promise<void>;
  /** @throws GraphError */
  delete(path: string, options?: GraphWriteOptions): Promise<void>;
  /**
   * Sends requests in `$batch` calls of 20, several at a time as far as throttling allows; answers in the order of the
   * requests, a failed part as its `error`. Requests that touch one object must not be in one call.
   * @param onProgress called with the number answered so far
   * @throws MailstageError only where nothing can be sent at all, such as without credentials
   */
  batch(requests: readonly BatchRequest[], onProgress?: (done: number) => void): Promise<BatchResponse[]>;
}

/** Whether `error` is a Graph failure of one of these kinds. */
export function isGraphFailure(error: unknown, ...kinds: GraphFailure[]): error is GraphError {
  return error instanceof GraphError && kinds.includes(error.kind);
}
