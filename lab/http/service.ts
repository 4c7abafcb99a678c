/** One HTTP request, read whole. */
export interface LabRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** An answer; a body that is no string is sent as JSON. */
export interface LabResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Name of a service, as faults and counts name it. */
export type ServiceName = "authority" | "graph" | "exchange";

/** One of Microsoft's services, behind the common server. */
export interface Service {
  readonly name: ServiceName;
  /** How the request counts and faults call the request: a route with placeholders, or a cmdlet. */
  route(request: LabRequest): string;
  /** Whether the request changes nothing, so that a stale answer can be given. */
  isRead(request: LabRequest): boolean;
  handle(request: LabRequest): Promise<LabResponse>;
  /** The service's own throttling answer, as JSON. */
  throttled(): unknown;
}
