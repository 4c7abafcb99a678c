import { createHash } from "node:crypto";
import { z } from "zod";
import { MailstageError } from "../../src/base/problem.js";
import { relativeName, textStrings } from "../../src/dns/hosts/index.js";
import { canonicalName, canonicalValues, type RecordSet } from "../../src/dns/index.js";
import type { LabDns } from "../dns/index.js";
import type { FaultBoard } from "../faults.js";
import { type JsonRequest, type JsonResponse, serveJson } from "../http/json-server.js";
import type { RunningServer } from "../http/server.js";

/** What the lab's Resource Manager serves. */
export interface AzureDnsOptions {
  readonly dns: LabDns;
  readonly zone: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Whether an Authorization header is good. */
  readonly accepts: (authorization: string | undefined) => boolean;
  readonly host?: string;
  readonly port?: number;
  /** Switchable faults, as those of service `azure`. @default none */
  readonly faults?: FaultBoard;
  /** Called after a change. */
  changed?(): void;
}

const types = ["A", "AAAA", "CNAME", "MX", "TXT"] as const;
const served = [...types, "NS", "SRV", "CAA", "PTR"];

const setBody = z.looseObject({
  properties: z.strictObject({
    TTL: z.int().min(1).max(2_147_483_647),
    ARecords: z.array(z.strictObject({ ipv4Address: z.string() })).optional(),
    AAAARecords: z.array(z.strictObject({ ipv6Address: z.string() })).optional(),
    CNAMERecord: z.strictObject({ cname: z.string() }).optional(),
    MXRecords: z.array(z.strictObject({ preference: z.int(), exchange: z.string() })).optional(),
    TXTRecords: z.array(z.strictObject({ value: z.array(z.string().max(255)) })).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
});

const refusal = (status: number, code: string, message: string): JsonResponse => ({
  status,
  body: { error: { code, message } },
});

/** Starts Azure Resource Manager for one DNS zone of the lab: the zone, and its record sets by GET, PUT and DELETE. */
export function startAzureDnsApi(options: AzureDnsOptions): Promise<RunningServer> {
  return serveJson(
    options.host ?? "127.0.0.1",
    options.port ?? 0,
    (request) => {
      try {
        const response = answer(options, request);
        if (request.method !== "GET") options.changed?.();
        return response;
      } catch (error) {
        if (!(error instanceof MailstageError)) throw error;
        return refusal(400, "BadRequest", error.message);
      }
    },
    options.faults && {
      service: "azure",
      board: options.faults,
      refusal: (status, message) =>
        refusal(status, status === 429 ? "TooManyRequests" : "InternalServerError", message),
    },
  );
}

function answer(options: AzureDnsOptions, request: JsonRequest): JsonResponse {
  if (!options.accepts(request.authorization))
    return refusal(401, "InvalidAuthenticationToken", "The access token is invalid.");
  if (!request.query.has("api-version"))
    return refusal(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  const zone = canonicalName(options.zone);
  const zoneId = `/subscriptions/${options.subscriptionId}/resourceGroups/${options.resourceGroup}/providers/Microsoft.Network/dnsZones/${zone}`;
  const path = request.path.replace(/\/$/, "");
  if (path.toLowerCase() === zoneId.toLowerCase() && request.method === "GET")
    return {
      status: 200,
      body: {
        id: zoneId,
        name: zone,
        type: "Microsoft.Network/dnszones",
        location: "global",
        properties: {
          nameServers: (options.dns.recordSet(zone, "NS")?.values ?? []).map((name) => `${name}.`),
        },
      },
    };
  const inside = path.toLowerCase().startsWith(`${zoneId.toLowerCase()}/`)
    ? path.slice(zoneId.length + 1)
    : "";
  const [typeText = "", relative = "", more] = inside.split("/");
  if (relative === "" || more !== undefined || !served.includes(typeText))
    return refusal(404, "ResourceNotFound", `The Resource '${path}' was not found.`);
  const name = relative === "@" ? zone : `${relative}.${zone}`;
  const type = types.find((own) => own === typeText);
  const set = type && options.dns.recordSet(name, type);
  if (request.method === "GET")
    return set === undefined ? missing(typeText, relative) : { status: 200, body: body(zoneId, zone, set) };
  if (type === undefined)
    return refusal(400, "BadRequest", `The lab's zone holds no record sets of type ${typeText}.`);
  if (request.method === "DELETE") {
    if (set === undefined) return { status: 204 };
    options.dns.setRecordSet({ ...set, values: [] });
    return { status: 200 };
  }
  if (request.method === "PUT") return put(options, request, { name, type, zone, zoneId }, set);
  return refusal(405, "MethodNotAllowed", `The method ${request.method} is not allowed.`);
}

const missing = (type: string, name: string) =>
  refusal(404, "NotFound", `The resource record '${name}' of type ${type} does not exist in the zone.`);

function put(
  { dns }: AzureDnsOptions,
  request: JsonRequest,
  place: { name: string; type: (typeof types)[number]; zone: string; zoneId: string },
  present: RecordSet | undefined,
): JsonResponse {
  const parsed = setBody.safeParse(request.body);
  if (!parsed.success)
    return refusal(
      400,
      "BadRequest",
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    );
  if (request.ifNoneMatch === "*" && present !== undefined)
    return refusal(
      412,
      "PreconditionFailed",
      `The Record set ${place.name} exists already and hence cannot be created again.`,
    );
  const { name, type } = place;
  const values = canonicalValues(type, valuesOf(type, parsed.data));
  if (values.length === 0) return refusal(400, "BadRequest", "The record set has no records.");
  const neighbours = dns
    .zones()
    .flatMap(({ records }) => records)
    .filter((set) => set.name === name && set.type !== type);
  if (type === "CNAME" ? neighbours.length > 0 : neighbours.some((set) => set.type === "CNAME"))
    return refusal(
      409,
      "Conflict",
      "The record could not be created because a CNAME record with the same name already exists in this zone.",
    );
  dns.setRecordSet({ name, type, ttl: parsed.data.properties.TTL, values });
  const stored = dns.recordSet(name, type);
  return {
    status: present === undefined ? 201 : 200,
    body: stored && body(place.zoneId, place.zone, stored),
  };
}

function valuesOf(type: (typeof types)[number], { properties }: z.output<typeof setBody>): string[] {
  switch (type) {
    case "A":
      return (properties.ARecords ?? []).map((record) => record.ipv4Address);
    case "AAAA":
      return (properties.AAAARecords ?? []).map((record) => record.ipv6Address);
    case "CNAME":
      return properties.CNAMERecord === undefined ? [] : [properties.CNAMERecord.cname];
    case "MX":
      return (properties.MXRecords ?? []).map(({ preference, exchange }) => `${preference} ${exchange}`);
    case "TXT":
      return (properties.TXTRecords ?? []).map(({ value }) => value.join(""));
  }
}

/** Another one with every change of the set. */
function etagOf(set: RecordSet): string {
  const digest = createHash("sha256").update(JSON.stringify(set)).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}

function body(zoneId: string, zone: string, { name, type, ttl, values }: RecordSet) {
  const relative = relativeName(name, zone);
  const records = {
    A: { ARecords: values.map((ipv4Address) => ({ ipv4Address })) },
    AAAA: { AAAARecords: values.map((ipv6Address) => ({ ipv6Address })) },
    CNAME: { CNAMERecord: { cname: values[0] } },
    MX: {
      MXRecords: values.map((value) => ({
        preference: Number.parseInt(value, 10),
        exchange: value.split(" ")[1],
      })),
    },
    TXT: { TXTRecords: values.map((value) => ({ value: textStrings(value) })) },
    NS: {},
    SOA: {},
  }[type];
  return {
    id: `${zoneId}/${type}/${relative}`,
    name: relative,
    type: `Microsoft.Network/dnszones/${type}`,
    etag: etagOf({ name, type, ttl, values }),
    properties: {
      fqdn: `${name}.`,
      TTL: ttl,
      provisioningState: "Succeeded",
      targetResource: {},
      ...records,
    },
  };
}
