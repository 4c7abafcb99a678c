import { z } from "zod";
import { mapBounded } from "../../base/map-bounded.js";
import { pause, retryAfterMs, retryDelay } from "../../base/retry.js";
import { type AdaptiveLimit, mostAtOnce } from "../http/adaptive-limit.js";
import { longestWaitMs } from "../http/retry-strategy.js";
import { type BatchRequest, type BatchResponse, GraphError } from "./client.js";
import { type FailedRequest, graphFailure, subjectOf } from "./failures.js";

const partsAtMost = 20;
const roundsAtMost = 6;

const answerSchema = z.looseObject({
  responses: z.array(
    z.looseObject({
      id: z.string(),
      status: z.number().int(),
      headers: z.record(z.string(), z.coerce.string()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
});

/** What a batch is sent with. */
export interface BatchSender {
  /** Keeps the number of calls at once; told here of parts that were throttled one by one. */
  readonly limit: AdaptiveLimit;
  readonly retryBaseMs: number | undefined;
  /** Sends one `$batch` body of at most 20 parts. @throws GraphError */
  readonly post: (body: unknown, repeatable: boolean) => Promise<unknown>;
  readonly onProgress: ((done: number) => void) | undefined;
}

/** One part's answer, and whether and when it is worth asking again. */
interface Part {
  readonly response: BatchResponse;
  readonly again: boolean;
  readonly afterMs: number | undefined;
}

/** A request that has no answer yet. */
interface Open {
  readonly request: BatchRequest;
  readonly index: number;
}

/**
 * Sends all requests in rounds: a round sends what is open in `$batch` calls of 20, and no further call once a part was
 * throttled (Microsoft Graph v1.0 reference, 2026-11: parts are throttled one by one). What was throttled, failed in passing and may be repeated, or was not
 * sent is open in the next round, after the longest Retry-After. That goes on for as long as something gets through, and ends
 * with six rounds in a row in which nothing did.
 */
export async function runBatch(
  requests: readonly BatchRequest[],
  sender: BatchSender,
): Promise<BatchResponse[]> {
  const results = new Map<number, BatchResponse>();
  let open: Open[] = requests.map((request, index) => ({ request, index }));
  for (let fruitless = 0; open.length > 0; ) {
    const settled = results.size;
    const round = await sendRound(open, sender, fruitless, results);
    fruitless = results.size > settled ? 0 : fruitless + 1;
    open = round.open;
    if (open.length > 0) await pause(round.waitMs);
  }
  return [...results].sort(([left], [right]) => left - right).map(([, response]) => response);
}

/**
 * Sends one round, after so many in which nothing got through; what it settles goes to `results`. In the last one that is
 * everything; so it is where the service wants to be left alone for longer than is waited here: what was not sent shares that
 * refusal.
 */
async function sendRound(
  open: readonly Open[],
  sender: BatchSender,
  fruitless: number,
  results: Map<number, BatchResponse>,
): Promise<{ open: Open[]; waitMs: number }> {
  const last = fruitless + 1 === roundsAtMost;
  const later: Open[] = [];
  const unsent: Open[] = [];
  let waitMs = 0;
  let throttled = false;
  let refused: GraphError | undefined;
  await mapBounded(chunks(open), mostAtOnce, async (chunk) => {
    if (throttled) {
      unsent.push(...chunk);
      return;
    }
    const parts = await sendChunk(
      chunk.map(({ request }) => request),
      sender,
    );
    for (const [position, entry] of chunk.entries()) {
      const part = parts[position];
      if (part === undefined) continue;
      throttled ||= part.response.status === 429;
      if (part.again && !last) {
        later.push(entry);
        waitMs = Math.max(waitMs, part.afterMs ?? retryDelay(fruitless, sender.retryBaseMs));
        continue;
      }
      if (part.response.status === 429) refused = part.response.error;
      results.set(entry.index, part.response);
    }
    sender.onProgress?.(results.size);
  });
  if (refused !== undefined)
    for (const { request, index } of unsent.splice(0)) results.set(index, shared(refused, request).response);
  return { open: [...later, ...unsent].sort((left, right) => left.index - right.index), waitMs };
}

async function sendChunk(requests: readonly BatchRequest[], sender: BatchSender): Promise<Part[]> {
  const body = {
    requests: requests.map(({ method, path, body: content }, index) => ({
      id: String(index + 1),
      method,
      url: path,
      ...(content === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: content }),
    })),
  };
  let answer: unknown;
  try {
    answer = await sender.post(
      body,
      requests.every((request) => failed(request).repeatable),
    );
  } catch (error) {
    // Refused as a whole: each part shares the failure, in its own name. The client has retried already.
    if (!(error instanceof GraphError)) throw error;
    return requests.map((request) => shared(error, request));
  }
  const parsed = answerSchema.safeParse(answer);
  // One bad answer, however many of its parts were throttled.
  const throttled = parsed.success ? parsed.data.responses.find((part) => part.status === 429) : undefined;
  if (throttled !== undefined) sender.limit.observe(429, undefined);
  const responses = new Map(parsed.success ? parsed.data.responses.map((part) => [part.id, part]) : []);
  return requests.map((request, index) => {
    const part = responses.get(String(index + 1));
    if (part === undefined) return judge(request, 0, undefined, {});
    return judge(request, part.status, part.body, part.headers ?? {});
  });
}

function judge(
  request: BatchRequest,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Part {
  const header = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (status >= 200 && status < 300) return { response: { status, body }, again: false, afterMs: undefined };
  const passing =
    status === 429 || (failed(request).repeatable && (status === 0 || status >= 500 || status === 424));
  const afterMs = retryAfterMs(header("retry-after"), new Date());
  return {
    response: { status, body, error: graphFailure(status, body, failed(request)) },
    again: passing && (afterMs ?? 0) <= longestWaitMs,
    afterMs,
  };
}

function shared(error: GraphError, request: BatchRequest): Part {
  const { code: _, ...problem } = error.problems[0];
  const kind = error.kind === "outcome-unknown" && failed(request).repeatable ? "unavailable" : error.kind;
  const own = new GraphError(kind, { ...problem, subject: subjectOf(request.path) }, error);
  return {
    response: { status: 0, body: undefined, error: own },
    // A mixed call is sent once only; its repeatable parts go again by themselves.
    again: error.kind === "outcome-unknown" && failed(request).repeatable,
    afterMs: undefined,
  };
}

function failed({ method, path, repeatable = method !== "POST" }: BatchRequest): FailedRequest {
  return { method, path, repeatable };
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / partsAtMost) }, (_, index) =>
    items.slice(index * partsAtMost, (index + 1) * partsAtMost),
  );
}
