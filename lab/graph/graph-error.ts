import { randomUUID } from "node:crypto";
import type { LabResponse } from "../http/service.js";

/** A Graph request that fails with Graph's own code and text. */
export class GraphRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  response(now: Date): LabResponse {
    return { status: this.status, body: graphErrorBody(this.code, this.message, now) };
  }
}

/** Graph's error body. */
export function graphErrorBody(code: string, message: string, now: Date): unknown {
  const id = randomUUID();
  return {
    error: {
      code,
      message,
      innerError: { date: now.toISOString().slice(0, 19), "request-id": id, "client-request-id": id },
    },
  };
}

export function notFound(id: string): GraphRefusal {
  return new GraphRefusal(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

export function badRequest(message: string): GraphRefusal {
  return new GraphRefusal(400, "Request_BadRequest", message);
}
