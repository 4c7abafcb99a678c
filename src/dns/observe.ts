import { MailstageError } from "../base/problem.js";
import { goesTo } from "./mail-exchangers.js";
import { query } from "./query.js";
import { answerFault, type ReadRequest, setFromAnswer } from "./read.js";
import { canonicalName, type RecordType, sameValues } from "./record-set.js";
import { authoritativeServers, type NamedServer, resolverServers } from "./servers.js";
import { serverLabel } from "./transport.js";

/** What one server answers. */
export interface ServerObservation {
  /** Host name, or the address where it has none. */
  readonly name: string;
  /** Address, with its port where that is not 53. */
  readonly address: string;
  readonly role: "authoritative" | "resolver";
  /** Canonical values; none where it knows no such record set or failed. */
  readonly values: readonly string[];
  /** Seconds: the zone's own, or what is left in a resolver's cache; undefined without values. */
  readonly ttl?: number;
  /** Why there is no usable answer. */
  readonly error?: string;
}

/** One record set as every server answers it at one moment. */
export interface Observation {
  readonly name: string;
  readonly type: RecordType;
  readonly servers: readonly ServerObservation[];
}

/** What an observation should show. */
export interface Expectation {
  /** The values every server should answer; an empty list expects none. */
  readonly values?: readonly string[];
  /** MX values whose hosts count: every server should answer at least one, and no other host; preferences do not matter. */
  readonly goesTo?: readonly string[];
  /** The greatest TTL allowed, seconds. */
  readonly maxTtl?: number;
}

/** How far an observation is from what was expected. */
export interface Judgement {
  /** Every server, resolvers included, answers as expected. */
  readonly agreed: boolean;
  /** Every authoritative server does: the change is made, caches may still hold the old. */
  readonly authoritativeAgreed: boolean;
  /** An authoritative server answers as expected. */
  readonly seen: boolean;
  /** An authoritative server answers otherwise; one that does not answer says nothing of it. */
  readonly contradicted: boolean;
  /** One sentence for each server that is not there yet. */
  readonly waiting: readonly string[];
}

async function observeOne(
  server: NamedServer,
  role: ServerObservation["role"],
  name: string,
  type: RecordType,
): Promise<ServerObservation> {
  const base = { name: server.name, address: serverLabel(server), role };
  try {
    const answer = await query(server, name, type, { recursive: role === "resolver" });
    const fault =
      role === "authoritative"
        ? answerFault(answer)
        : ["NOERROR", "NXDOMAIN"].includes(answer.rcode)
          ? undefined
          : `answers ${answer.rcode}`;
    if (fault !== undefined) return { ...base, values: [], error: fault };
    const set = setFromAnswer(answer);
    return set === undefined ? { ...base, values: [] } : { ...base, values: set.values, ttl: set.ttl };
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    return { ...base, values: [], error: error.problems[0].reason };
  }
}

/**
 * Asks every authoritative server and every resolver side by side; a server that fails is part of the result.
 * @throws MailstageError where the zone's servers cannot be found out (see `authoritativeServers`).
 */
export async function observe(request: ReadRequest): Promise<Observation> {
  const name = canonicalName(request.name);
  const [authoritative, resolvers] = await Promise.all([
    authoritativeServers(request.zone, request),
    resolverServers(request.resolvers),
  ]);
  const servers = await Promise.all([
    ...authoritative.map((server) => observeOne(server, "authoritative", name, request.type)),
    ...resolvers.map((server) => observeOne(server, "resolver", name, request.type)),
  ]);
  return { name, type: request.type, servers };
}

function complaint(server: ServerObservation, type: RecordType, expected: Expectation): string | undefined {
  if (server.error !== undefined) return server.error;
  const other =
    (expected.values !== undefined && !sameValues(type, server.values, expected.values)) ||
    (expected.goesTo !== undefined && !goesTo(server.values, expected.goesTo));
  if (other) {
    if (server.values.length === 0) return `answers no ${type} record yet`;
    const answer = `still answers ${server.values.join(", ")}`;
    // An authoritative server does not count down: its TTL is how long a cache filled now will keep the old.
    return server.role === "resolver"
      ? `${answer} for ${server.ttl} s`
      : `${answer} with TTL ${server.ttl} s`;
  }
  if (expected.maxTtl !== undefined && server.ttl !== undefined && server.ttl > expected.maxTtl)
    return `still has the TTL ${server.ttl} s, more than ${expected.maxTtl} s`;
  return undefined;
}

/** Compares an observation with what is expected. Pure. */
export function judge(observation: Observation, expected: Expectation): Judgement {
  const findings = observation.servers.flatMap((server) => {
    const reason = complaint(server, observation.type, expected);
    if (reason === undefined) return [];
    const named = server.name === server.address || server.address.startsWith(`${server.name}:`);
    const label = named ? server.address : `${server.name} (${server.address})`;
    const contradicts = server.role === "authoritative" && server.error === undefined;
    return [{ role: server.role, contradicts, sentence: `${label} ${reason}` }];
  });
  const authoritative = observation.servers.filter(({ role }) => role === "authoritative").length;
  const unlike = findings.filter(({ role }) => role === "authoritative").length;
  return {
    agreed: findings.length === 0,
    authoritativeAgreed: unlike === 0,
    seen: unlike < authoritative,
    contradicted: findings.some(({ contradicts }) => contradicts),
    waiting: findings.map(({ sentence }) => sentence),
  };
}
