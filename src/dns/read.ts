import { MailstageError } from "../base/problem.js";
import { type DnsAnswer, type QueryOptions, query } from "./query.js";
import {
  canonicalName,
  describeSet,
  type RecordSet,
  type RecordType,
  recordSet,
  sameRecordSet,
} from "./record-set.js";
import { authoritativeServers, type NamedServer, namedServerLabel, type ServerChoice } from "./servers.js";
import { type DnsServer, serverLabel } from "./transport.js";
import type { DnsRecord } from "./wire.js";

/** Which record set to read, and from where. */
export interface ReadRequest extends ServerChoice {
  readonly zone: string;
  /** Fully qualified. */
  readonly name: string;
  readonly type: RecordType;
}

/** The record set in an answer, undefined where there is none of that type at that name. */
export function setFromAnswer(answer: DnsAnswer): RecordSet | undefined {
  const [first] = answer.records;
  if (first === undefined) return undefined;
  // RFC 2181 §5.2 wants one TTL a set; where a server breaks that, the smallest is the one that counts.
  const ttl = Math.min(...answer.records.map((record) => record.ttl));
  return recordSet({
    name: answer.name,
    type: answer.type,
    ttl,
    values: answer.records.map((record) => record.value),
  });
}

/** Why an answer is not an authoritative one, or undefined where it is. */
export function answerFault(answer: DnsAnswer): string | undefined {
  if (answer.rcode !== "NOERROR" && answer.rcode !== "NXDOMAIN") return `answers ${answer.rcode}`;
  return answer.authoritative ? undefined : "is not authoritative for it";
}

/** One record set as one authoritative server holds it, with its records as they were sent. */
export interface ServerRead {
  readonly set: RecordSet | undefined;
  readonly records: readonly DnsRecord[];
}

/**
 * Reads one record set from one authoritative server, such as the primary that takes updates.
 * @throws MailstageError `dns-not-authoritative` where it does not speak for the zone, and the errors of `query`.
 */
export async function readFromServer(
  server: DnsServer,
  name: string,
  type: RecordType,
  options: QueryOptions = {},
): Promise<ServerRead> {
  const answer = await query(server, name, type, options);
  const fault = answerFault(answer);
  if (fault !== undefined)
    throw new MailstageError({
      code: "dns-not-authoritative",
      subject: `${type} ${answer.name}`,
      reason: `DNS server ${serverLabel(server)} ${fault}`,
      status: answer.rcode,
      hint: "Name a server of the zone itself, not a resolver",
    });
  return { set: setFromAnswer(answer), records: answer.records };
}

async function readFromAll(
  servers: readonly NamedServer[],
  name: string,
  type: RecordType,
): Promise<RecordSet | undefined> {
  const reads = await Promise.all(
    servers.map(async (server) => {
      try {
        const { set } = await readFromServer(server, name, type);
        return { server, set, fault: undefined };
      } catch (error) {
        if (!(error instanceof MailstageError)) throw error;
        return { server, set: undefined, fault: error.problems[0].reason };
      }
    }),
  );
  const good = reads.filter((read) => read.fault === undefined);
  const [first] = good;
  if (first === undefined)
    throw new MailstageError({
      code: "dns-no-answer",
      subject: `${type} ${name}`,
      reason: `no authoritative server gave an answer: ${reads.map((read) => `${namedServerLabel(read.server)}: ${read.fault}`).join("; ")}`,
      hint: "Check the zone's servers, or name others in the plan (dns.nameServers)",
    });
  if (!good.every((read) => sameRecordSet(read.set, first.set)))
    throw new MailstageError({
      code: "dns-split",
      subject: `${type} ${name}`,
      reason: `the authoritative servers disagree: ${good.map((read) => `${namedServerLabel(read.server)} has ${describeSet(read.set)}`).join("; ")}`,
      hint: "Wait until the secondaries have caught up; if they never do, repair the zone transfer",
    });
  return first.set;
}

/**
 * The record set as the zone's authoritative servers hold it, with its original TTL; undefined where there is none.
 * A server that does not answer is passed over as long as another does: `delegationProblems` names it.
 * @throws MailstageError `dns-split` where they disagree (each one named), `dns-no-answer` where none answers, and the
 *   errors of `authoritativeServers`.
 */
export async function readRecordSet(request: ReadRequest): Promise<RecordSet | undefined> {
  const servers = await authoritativeServers(request.zone, request);
  return readFromAll(servers, canonicalName(request.name), request.type);
}

/**
 * What stands at a name where a CNAME is wanted: its A, AAAA and CNAME record sets.
 * @throws MailstageError as `readRecordSet` does.
 */
export async function readAll(request: Omit<ReadRequest, "type">): Promise<RecordSet[]> {
  const servers = await authoritativeServers(request.zone, request);
  const name = canonicalName(request.name);
  const sets = await Promise.all(
    (["A", "AAAA", "CNAME"] as const).map((type) => readFromAll(servers, name, type)),
  );
  return sets.filter((set) => set !== undefined);
}
