import type { TokenCredential } from "@azure/core-auth";
import type { ServiceClock } from "./clock.js";

/** One request to a Microsoft service. */
export interface ServiceRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** Whether doing it twice is the same as doing it once; only then is it repeated when its outcome is unknown. */
  readonly repeatable: boolean;
}

/** The last answer, after retries. */
export interface ServiceReply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
  /** The service's time of the answer. */
  readonly date: Date;
}

/** What one service needs. */
export interface ServiceOptions {
  readonly clock: ServiceClock;
  /** Who signs the requests; absent: nobody. */
  readonly identity?: { readonly credential: TokenCredential; readonly scope: string };
  /** Whether a URL may see the token; a redirect or next link elsewhere is refused. */
  readonly trusts: (url: string) => boolean;
  /** Where a redirect to the front door's internal port leads: the service's own base URL. */
  readonly base: string;
  /** Whether an answer is a passing failure, worth repeating when the request is repeatable. */
  readonly transient?: (reply: ServiceReply) => boolean;
  /** @default MAILSTAGE_RETRY_BASE_MS or 2000 */
  readonly retryBaseMs?: number;
  /** For one attempt with its whole answer. @default MAILSTAGE_REQUEST_TIMEOUT_MS or 300000 */
  readonly timeoutMs?: number;
}
