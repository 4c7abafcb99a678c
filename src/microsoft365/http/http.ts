import type { HttpClient, Pipeline, PipelineResponse } from "@azure/core-rest-pipeline";
import { defined } from "../../base/defined.js";
import { type AzureLibraries, azureLibraries } from "../../base/load-azure-libraries.js";
import { scrub } from "../../base/scrub.js";
import { stopping } from "../../base/stop.js";
import { AdaptiveLimit, usedShare } from "./adaptive-limit.js";
import type { ServiceClock } from "./clock.js";
import { attemptPolicy, authorizationPolicy, followPolicy, refuseForeign } from "./policies.js";
import { isRedirect, neverSent, retryStrategy } from "./retry-strategy.js";
import type { ServiceOptions, ServiceReply, ServiceRequest } from "./service.js";

/** No answer came. `sent` tells whether the request may have reached the service. */
export class NoReply extends Error {
  readonly sent: boolean;
  /** Node's or OpenSSL's code, such as ECONNRESET or CERT_HAS_EXPIRED. */
  readonly reason: string;

  constructor(reason: string, message: string, sent: boolean) {
    super(message);
    this.name = "NoReply";
    this.reason = reason;
    this.sent = sent;
  }
}

/** Sends requests to one service through `@azure/core-rest-pipeline`, which is loaded with the first of them. */
export class HttpService {
  readonly #options: ServiceOptions;
  /** How many requests to this service run at once. */
  readonly limit = new AdaptiveLimit();
  #loaded: Loaded | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /**
   * Sends one request as soon as there is room; retries what may be retried, at most five times. An error status is an answer, not an exception.
   * @throws NoReply when no answer came @throws MailstageError for missing credentials, an untrusted host, or a stopped run
   */
  async send(request: ServiceRequest): Promise<ServiceReply> {
    return this.limit.run(() => this.#send(request));
  }

  async #send(request: ServiceRequest): Promise<ServiceReply> {
    stopping.throwIfAborted();
    this.#loaded ??= load(this.#options, this.limit);
    const { libraries, client, repeating, once } = this.#loaded;
    const pipelineRequest = libraries.createPipelineRequest({
      method: request.method,
      url: request.url,
      headers: libraries.createHttpHeaders({ accept: "application/json", ...request.headers }),
      // Each hop is judged by `trusts`, which lets plain HTTP through on loopback only.
      allowInsecureConnection: true,
      // Ends waits and keeps from another attempt; the attempt under way has a signal of its own.
      abortSignal: stopping,
      ...defined({ body: request.body }),
    });
    const pipeline = request.repeatable ? repeating : once;
    try {
      const reply = replyOf(await pipeline.sendRequest(client, pipelineRequest), this.#options.clock);
      if (isRedirect(reply))
        refuseForeign(new URL(reply.header("location") ?? "", request.url).href, this.#options.trusts);
      return reply;
    } catch (error) {
      stopping.throwIfAborted();
      // The RestError holds the request with its token, so it is no `cause` of anything.
      if (libraries.isRestError(error)) throw noReply(error.code, error.message);
      throw error;
    }
  }
}

interface Loaded {
  readonly libraries: AzureLibraries;
  readonly client: HttpClient;
  readonly repeating: Pipeline;
  readonly once: Pipeline;
}

function load(options: ServiceOptions, limit: AdaptiveLimit): Loaded {
  const libraries = azureLibraries();
  const read = (response: PipelineResponse) => replyOf(response, options.clock);
  const onReply = (reply: ServiceReply) => limit.observe(reply.status, usedShare(reply));
  const authorization = authorizationPolicy(libraries, options);
  const pipelineFor = (repeatable: boolean): Pipeline => {
    const pipeline = libraries.createEmptyPipeline();
    pipeline.addPolicy(libraries.proxyPolicy());
    pipeline.addPolicy(libraries.userAgentPolicy({ userAgentPrefix: "mailstage" }));
    pipeline.addPolicy(libraries.setClientRequestIdPolicy("client-request-id"));
    pipeline.addPolicy(
      {
        name: "mailstageRetry",
        sendRequest: (request, next) => {
          const strategy = retryStrategy({ ...options, url: request.url, repeatable, read, onReply });
          return libraries.retryPolicy([strategy], { maxRetries: 5 }).sendRequest(request, next);
        },
      },
      { phase: "Retry" },
    );
    pipeline.addPolicy(followPolicy(options), { afterPhase: "Retry" });
    pipeline.addPolicy(authorization, { phase: "Sign" });
    pipeline.addPolicy(attemptPolicy(libraries, options.timeoutMs), { afterPhase: "Sign" });
    return pipeline;
  };
  return {
    libraries,
    client: libraries.createDefaultHttpClient(),
    repeating: pipelineFor(true),
    once: pipelineFor(false),
  };
}

function replyOf(response: PipelineResponse, clock: ServiceClock): ServiceReply {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    body: response.bodyAsText ?? "",
    date: clock.observe(response.headers.get("date")) ?? new Date(),
  };
}

function noReply(code: string | undefined, message: string): NoReply {
  return new NoReply(code ?? "unknown", scrub(message), !neverSent(code));
}
