import { z } from "zod";
import { defined } from "../../src/base/defined.js";
import type { FaultBoard } from "../faults.js";
import { faultResponse } from "../http/fault-responses.js";
import type { LabRequest, LabResponse, Service } from "../http/service.js";
import type { RequestCounter } from "../requests.js";
import { readToken } from "../tokens.js";
import { domainRoutes } from "./domain-routes.js";
import { badRequest, GraphRefusal, graphErrorBody } from "./graph-error.js";
import { groupRoutes } from "./group-routes.js";
import type { GraphContext, GraphRoute } from "./route.js";
import { tenantRoutes } from "./tenant-routes.js";
import { userRoutes } from "./user-routes.js";

const routes = [...domainRoutes, ...groupRoutes, ...tenantRoutes, ...userRoutes].map((route) => {
  const [method = "", path = ""] = route.route.split(" ");
  const pattern = path.split("/").map((part) => (part === "{id}" ? "([^/]+)" : part.replace("$", "\\$")));
  return { ...route, method, pattern: new RegExp(`^${pattern.join("/")}$`, "i") };
});

const partsAtMost = 20;
const batchSchema = z.strictObject({
  requests: z.array(
    z.strictObject({
      id: z.string().min(1),
      method: z.string(),
      url: z.string().startsWith("/"),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).optional(),
    }),
  ),
});
type Part = z.output<typeof batchSchema>["requests"][number];

/** What Graph needs of the lab. */
export interface GraphOptions {
  readonly tokenSecret: string;
  /** Audiences of tokens Graph takes. */
  readonly audiences: () => readonly string[];
  /** Brings the tenant up to the present, and says what a route works with. */
  readonly context: () => Promise<GraphContext>;
  readonly faults: FaultBoard;
  readonly counter: RequestCounter;
  readonly now: () => Date;
}

/** The subset of Microsoft Graph v1.0 a staged migration needs (Microsoft Graph v1.0 reference, 2026-11). */
export function graphService(options: GraphOptions): Service {
  const service: Service = {
    name: "graph",
    route: (request) => routeName(request.method, request.url.pathname.replace(/^\/v1\.0/, "")),
    isRead: (request) => request.method === "GET",
    throttled: () =>
      graphErrorBody("TooManyRequests", "Too many requests. Please retry later.", options.now()),
    async handle(request) {
      const claims = readToken(request.headers["authorization"], options.tokenSecret);
      const audience = typeof claims === "string" ? undefined : claims.aud;
      if (audience === undefined || !options.audiences().includes(audience))
        return {
          status: 401,
          headers: {
            "www-authenticate":
              'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
          },
          body: graphErrorBody(
            "InvalidAuthenticationToken",
            typeof claims === "string" ? claims : "Access token validation failure. Invalid audience.",
            options.now(),
          ),
        };
      const path = /^\/v1\.0(\/.*)$/.exec(request.url.pathname)?.[1];
      if (path === undefined)
        return { status: 400, body: graphErrorBody("BadRequest", "Invalid version.", options.now()) };
      const context = await options.context();
      return path === "/$batch"
        ? batch(request, context, options, service)
        : answer(request.method, path, request.url.searchParams, request, context);
    },
  };
  return service;
}

function routeName(method: string, path: string): string {
  return find(method, path)?.route.route ?? `${method} ${path === "/$batch" ? path : "(unknown)"}`;
}

function find(method: string, path: string): { route: GraphRoute; parts: string[] } | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match !== null) return { route, parts: match.slice(1).map(decodeURIComponent) };
  }
  return undefined;
}

/** Answers one request, whoever made it. */
export async function answer(
  method: string,
  path: string,
  query: URLSearchParams,
  content: Pick<LabRequest, "headers" | "body">,
  context: GraphContext,
): Promise<LabResponse> {
  try {
    const found = find(method, path);
    if (found === undefined)
      throw new GraphRefusal(
        400,
        "BadRequest",
        `Resource not found for the segment '${path.split("/")[1] ?? ""}' with ${method}.`,
      );
    return await found.route.run({ path: found.parts, query, body: parseBody(content) }, context);
  } catch (error) {
    if (error instanceof GraphRefusal) return error.response(new Date(context.now));
    throw error;
  }
}

function parseBody({ headers, body }: Pick<LabRequest, "headers" | "body">): unknown {
  if (body === "") return undefined;
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!/^application\/json/i.test(type))
    throw badRequest("Unsupported media type: a JSON body needs Content-Type application/json.");
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest(
      "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
    );
  }
}

/** Up to 20 requests; those that depend on others wait for them and get 424 when one failed (Microsoft Graph v1.0 reference, 2026-11). */
async function batch(
  request: LabRequest,
  context: GraphContext,
  options: GraphOptions,
  service: Service,
): Promise<LabResponse> {
  let parts: Part[];
  try {
    parts = readBatch(request);
  } catch (error) {
    if (error instanceof GraphRefusal) return error.response(new Date(context.now));
    throw error;
  }
  const running = new Map<string, Promise<LabResponse>>();
  for (const part of parts) {
    // A part may only depend on parts before it, so their promises are there.
    const before = (part.dependsOn ?? []).map((id) => running.get(id));
    running.set(
      part.id,
      Promise.all(before).then((answers) =>
        answers.some((other) => other === undefined || other.status >= 400)
          ? {
              status: 424,
              body: graphErrorBody(
                "FailedDependency",
                "A request this one depends on failed.",
                new Date(context.now),
              ),
            }
          : runPart(part, context, options, service),
      ),
    );
  }
  const responses = await Promise.all(
    parts.map(async ({ id }) => {
      const { status = 500, headers = {}, body } = (await running.get(id)) ?? {};
      const own = body === undefined ? headers : { ...headers, "Content-Type": "application/json" };
      return { id, status, headers: own, ...defined({ body }) };
    }),
  );
  return { status: 200, body: { responses } };
}

function readBatch(request: LabRequest): Part[] {
  const parsed = batchSchema.safeParse(parseBody(request));
  if (!parsed.success)
    throw badRequest(`Invalid batch payload format: ${parsed.error.issues[0]?.path.join("/")}.`);
  const { requests } = parsed.data;
  if (requests.length > partsAtMost)
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${partsAtMost}.`);
  const seen = new Set<string>();
  for (const { id, dependsOn = [], body, headers = {} } of requests) {
    if (seen.has(id)) throw badRequest(`The request with id ${id} is duplicated.`);
    const unknown = dependsOn.find((other) => !seen.has(other));
    if (unknown !== undefined)
      throw badRequest(`The request ${id} depends on ${unknown}, which does not precede it.`);
    if (body !== undefined && !Object.keys(headers).some((name) => name.toLowerCase() === "content-type"))
      throw badRequest(`The request ${id} has a body but no Content-Type header.`);
    seen.add(id);
  }
  return requests;
}

async function runPart(
  part: Part,
  context: GraphContext,
  options: GraphOptions,
  service: Service,
): Promise<LabResponse> {
  const url = new URL(part.url, "https://lab");
  const route = routeName(part.method, url.pathname);
  options.counter.addBatched(`graph ${route}`);
  const work = () =>
    answer(
      part.method,
      url.pathname,
      url.searchParams,
      { headers: part.headers ?? {}, body: part.body === undefined ? "" : JSON.stringify(part.body) },
      context,
    );
  const run = () => (part.method === "GET" ? work() : options.faults.limits.write(service, work));
  const fault = options.faults.drawPart(route);
  if (fault === undefined) return run();
  if (fault.kind.endsWith("-after")) await run();
  const failed = faultResponse(fault, service, undefined);
  if (failed === undefined) return run();
  const headers = Object.entries(failed.headers ?? {}).map(([name, value]) => [
    name === "retry-after" ? "Retry-After" : name,
    value,
  ]);
  return {
    ...failed,
    headers: Object.fromEntries(headers),
    body: typeof failed.body === "string" ? {} : failed.body,
  };
}
