import type { z } from "zod";
import type { Behaviour } from "../behaviour.js";
import type { LabResponse } from "../http/service.js";
import type { Instant } from "../state.js";
import type { Tenant } from "../tenant.js";
import { badRequest } from "./graph-error.js";

/** What a Graph route works with. */
export interface GraphContext {
  readonly tenant: Tenant;
  readonly now: Instant;
  readonly behaviour: Behaviour;
  /** `https://…/v1.0`, for next links. */
  readonly base: string;
  /** Asks the authoritative server what the domain's TXT and MX records say, as Graph does to verify it. */
  lookUp(domain: string): Promise<{ readonly txt: readonly string[]; readonly mx: readonly string[] }>;
}

/** One request after routing. */
export interface GraphRequest {
  /** The `{…}` parts of the path, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Parsed JSON, or undefined where there was no body. */
  readonly body: unknown;
}

/** One operation of Graph: `PATCH /users/{id}`. Throws GraphRefusal. */
export interface GraphRoute {
  readonly route: string;
  run(request: GraphRequest, context: GraphContext): Promise<LabResponse> | LabResponse;
}

/** The body by its schema; Graph names the first property it does not know. */
export function bodyOf<T>(request: GraphRequest, schema: z.ZodType<T>, type: string): T {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const issue =
    parsed.error.issues.find(({ code }) => code === "unrecognized_keys") ?? parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys")
    throw badRequest(`The property '${issue.keys[0]}' does not exist on type 'microsoft.graph.${type}'.`);
  throw badRequest(
    `Invalid value specified for property '${issue?.path.join("/") || "body"}' of resource '${type}': ${issue?.message ?? "not understood"}.`,
  );
}

const pageLimit = 999;

/**
 * A page of a collection with `@odata.nextLink`: `$top` up to 999, 100 by default. `properties` are what `$select` may
 * name; without it all are given.
 */
export function page<T>(
  request: GraphRequest,
  context: GraphContext,
  collection: string,
  items: readonly T[],
  row: (item: T) => Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): LabResponse {
  refuseQuery(request.query, allowed);
  const top = Number(request.query.get("$top") ?? 100);
  if (!Number.isInteger(top) || top < 1 || top > pageLimit)
    throw badRequest(
      `Invalid page size specified: '${request.query.get("$top")}'. Must be between 1 and ${pageLimit} inclusive.`,
    );
  const token = request.query.get("$skiptoken");
  const start = token === null ? 0 : Number(Buffer.from(token, "base64url").toString("utf8"));
  if (!Number.isInteger(start) || start < 0) throw badRequest("Invalid skip token.");
  const shown = items.slice(start, start + top);
  const names = selected(request.query);
  const next = new URLSearchParams(request.query);
  next.set("$skiptoken", Buffer.from(String(start + top)).toString("base64url"));
  return {
    status: 200,
    body: {
      "@odata.context": `${context.base}/$metadata#${collection}`,
      ...(start + top < items.length ? { "@odata.nextLink": `${context.base}/${collection}?${next}` } : {}),
      value: shown.map((item) => pick(names, row(item), collection)),
    },
  };
}

/** Only the properties `$select` names. Throws GraphRefusal for one there is not. */
export function select(
  query: URLSearchParams,
  row: Readonly<Record<string, unknown>>,
  type: string,
): Readonly<Record<string, unknown>> {
  return pick(selected(query), row, type);
}

const selected = (query: URLSearchParams) =>
  query
    .get("$select")
    ?.split(",")
    .map((raw) => raw.trim());

function pick(
  names: readonly string[] | undefined,
  row: Readonly<Record<string, unknown>>,
  type: string,
): Readonly<Record<string, unknown>> {
  if (names === undefined) return row;
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (!(name in row))
      throw badRequest(`Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`);
    picked[name] = row[name];
  }
  return picked;
}

/** Refuses query options the operation does not have. */
export function refuseQuery(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of query.keys())
    if (!allowed.includes(name))
      throw badRequest(
        `The query specified in the URI is not valid. The query option '${name}' is not allowed here.`,
      );
}
