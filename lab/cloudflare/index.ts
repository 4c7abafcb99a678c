import { z } from "zod";
import { defined } from "../../src/base/defined.js";
import { MailstageError } from "../../src/base/problem.js";
import { fromCloudflare } from "../../src/dns/hosts/index.js";
import { canonicalName } from "../../src/dns/index.js";
import type { LabDns } from "../dns/index.js";
import type { FaultBoard } from "../faults.js";
import { type JsonRequest, type JsonResponse, serveJson } from "../http/json-server.js";
import type { RunningServer } from "../http/server.js";
import { CloudflareRecords, editableTypes, type RecordFields, type StoredRecord } from "./records.js";

/** What the lab's Cloudflare API serves. */
export interface CloudflareOptions {
  readonly dns: LabDns;
  /** The zone's name. */
  readonly zone: string;
  /** 32 hexadecimal digits. */
  readonly zoneId: string;
  readonly token: string;
  readonly now: () => Date;
  readonly host?: string;
  readonly port?: number;
  /** Records as an earlier run left them. @default those of the zone */
  readonly records?: readonly StoredRecord[];
  /** Switchable faults, as those of service `cloudflare`. @default none */
  readonly faults?: FaultBoard;
  /** Called after a change. */
  changed?(): void;
}

const recordBody = z.strictObject({
  name: z.string().min(1),
  type: z.enum(editableTypes),
  content: z.string().min(1),
  ttl: z.number(),
  priority: z.number().int().min(0).max(65_535).optional(),
  proxied: z.boolean().default(false),
  comment: z.string().nullish(),
  settings: z
    .strictObject({
      flatten_cname: z.boolean().optional(),
      ipv4_only: z.boolean().optional(),
      ipv6_only: z.boolean().optional(),
    })
    .nullish(),
  tags: z.array(z.string()).nullish(),
});
type RecordBody = z.output<typeof recordBody>;

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const envelope = (result: unknown, more: object = {}): JsonResponse => ({
  status: 200,
  body: { success: true, errors: [], messages: [], result, ...more },
});

/** Starts Cloudflare's API v4 for one zone of the lab: `zones/{zone}` and `zones/{zone}/dns_records`. Its URL ends in `/client/v4`. */
export async function startCloudflareApi(
  options: CloudflareOptions,
): Promise<RunningServer & { records(): readonly StoredRecord[] }> {
  const records = new CloudflareRecords(options.dns, options.zone, options.now, options.records);
  const server = await serveJson(
    options.host ?? "127.0.0.1",
    options.port ?? 0,
    (request) => {
      try {
        const response = answer(options, records, request);
        if (request.method !== "GET") options.changed?.();
        return response;
      } catch (error) {
        if (error instanceof Refused) return refusal(error.status, error.code, error.message);
        if (error instanceof MailstageError)
          return refusal(400, 1004, `DNS Validation Error: ${error.message}`);
        throw error;
      }
    },
    options.faults && {
      service: "cloudflare",
      board: options.faults,
      refusal: (status, message) => refusal(status, status === 429 ? 971 : 10_000, message),
    },
  );
  return {
    ...server,
    url: `${server.url}/client/v4`,
    records: () => records.list(),
    close: () => server.close(),
  };
}

const refusal = (status: number, code: number, message: string): JsonResponse => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
});

function answer(options: CloudflareOptions, records: CloudflareRecords, request: JsonRequest): JsonResponse {
  if (request.authorization !== `Bearer ${options.token}`)
    throw new Refused(403, 9109, "Invalid access token");
  const [, zoneId, rest, id] =
    /^\/client\/v4\/zones\/([^/]+)(\/dns_records(?:\/([^/]+))?)?$/.exec(request.path) ?? [];
  if (zoneId === undefined) throw new Refused(404, 7000, "No route for that URI");
  if (zoneId !== options.zoneId)
    throw new Refused(
      404,
      7003,
      `Could not route to /client/v4/zones/${zoneId}, perhaps your object identifier is invalid?`,
    );
  const { method } = request;
  if (rest === undefined && method === "GET") return envelope(zoneResult(options));
  if (rest === undefined) throw new Refused(405, 10405, "Method not allowed for this authentication scheme");
  if (id === undefined && method === "GET") return list(records, request.query);
  if (id === undefined && method === "POST")
    return envelope(result(records.create(valid(options, records, request.body))));
  const stored = id === undefined ? undefined : records.find(id);
  if (stored === undefined) throw new Refused(404, 81_044, "Record does not exist.");
  if (method === "GET") return envelope(result(stored));
  if (method === "DELETE") {
    records.remove(stored);
    return envelope({ id: stored.id });
  }
  if (method !== "PUT" && method !== "PATCH")
    throw new Refused(405, 10405, "Method not allowed for this authentication scheme");
  const { name, type, content, ttl, priority, proxied, comment, tags, settings } = stored;
  const present = {
    name,
    type,
    content,
    ttl,
    proxied,
    comment,
    tags,
    settings,
    ...defined({ priority }),
  };
  const change =
    method === "PATCH" && typeof request.body === "object" ? { ...present, ...request.body } : request.body;
  return envelope(result(records.change(stored, valid(options, records, change, stored))));
}

function zoneResult({ zoneId, zone, dns }: CloudflareOptions) {
  const servers = dns.recordSet(zone, "NS")?.values ?? [];
  return { id: zoneId, name: canonicalName(zone), status: "active", type: "full", name_servers: servers };
}

function list(records: CloudflareRecords, query: URLSearchParams): JsonResponse {
  const wanted = (key: "name" | "type" | "content", record: StoredRecord) => {
    const value = query.get(key) ?? query.get(`${key}.exact`);
    return value === null || value.toLowerCase() === record[key].toLowerCase();
  };
  const all = records
    .list()
    .filter((record) => wanted("name", record) && wanted("type", record) && wanted("content", record));
  const perPage = Number(query.get("per_page") ?? 100);
  const page = Number(query.get("page") ?? 1);
  const shown = all.slice((page - 1) * perPage, page * perPage);
  const info = { page, per_page: perPage, count: shown.length, total_count: all.length };
  return envelope(shown.map(result), {
    result_info: { ...info, total_pages: Math.ceil(all.length / perPage) },
  });
}

/** A record as it may be stored, or the API's own refusal. */
function valid(
  { zone }: CloudflareOptions,
  records: CloudflareRecords,
  body: unknown,
  own?: StoredRecord,
): RecordFields {
  const parsed = recordBody.safeParse(body);
  if (!parsed.success)
    throw new Refused(
      400,
      9207,
      `Request body is invalid: ${parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`,
    );
  const { type, content, ttl, priority, proxied, comment, tags, settings } = parsed.data;
  const name = fullName(parsed.data, canonicalName(zone));
  if (ttl !== 1 && (ttl < 60 || ttl > 86_400))
    throw new Refused(400, 9021, "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic.");
  if (type === "MX" && priority === undefined)
    throw new Refused(400, 9100, "priority is a required field for MX records.");
  if (proxied && !["A", "AAAA", "CNAME"].includes(type))
    throw new Refused(400, 9004, "This record type cannot be proxied.");
  if (own !== undefined && own.type !== type)
    throw new Refused(400, 9009, "The record's type cannot be changed.");
  const value = fromCloudflare(type, content, priority);
  const others = records.list().filter((record) => record !== own && record.name === name);
  if (
    others.some(
      (record) => record.type === type && fromCloudflare(type, record.content, record.priority) === value,
    )
  )
    throw new Refused(400, 81_058, "An identical record already exists.");
  if (type === "CNAME" && others.some((record) => ["A", "AAAA", "CNAME"].includes(record.type)))
    throw new Refused(400, 81_053, "An A, AAAA, or CNAME record with that host already exists.");
  if (type === "CNAME" ? others.length > 0 : others.some((record) => record.type === "CNAME"))
    throw new Refused(400, 81_054, "A CNAME record with that host already exists.");
  return {
    name,
    type,
    content: type === "TXT" ? content : (value.split(" ").at(-1) ?? content),
    ttl: proxied ? 1 : ttl,
    ...(type === "MX" && priority !== undefined ? { priority } : {}),
    proxied,
    // PUT replaces a record as a whole: what it does not name is gone.
    comment: comment ?? null,
    tags: [...(tags ?? [])],
    settings: Object.fromEntries(
      Object.entries(settings ?? {}).flatMap(([key, value]) => (value === true ? [[key, value]] : [])),
    ),
  };
}

function fullName({ name }: RecordBody, zone: string): string {
  if (name === "@") return zone;
  const own = canonicalName(name);
  return own === zone || own.endsWith(`.${zone}`) ? own : `${own}.${zone}`;
}

function result(record: StoredRecord) {
  const { createdOn, modifiedOn, commentModifiedOn, settings, ...rest } = record;
  const cname = { flatten_cname: false, ipv4_only: false, ipv6_only: false };
  return {
    ...rest,
    proxiable: ["A", "AAAA", "CNAME"].includes(record.type),
    settings: record.type === "CNAME" ? { ...cname, ...settings } : settings,
    meta: {},
    created_on: createdOn,
    modified_on: modifiedOn,
    ...defined({ comment_modified_on: commentModifiedOn }),
  };
}
