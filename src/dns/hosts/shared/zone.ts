import type { TokenCredential } from "@azure/core-auth";
import type { z } from "zod";
import { parseJson } from "../../../base/json.js";
import { MailstageError } from "../../../base/problem.js";
import { scrub } from "../../../base/scrub.js";
import { ServiceClock } from "../../../microsoft365/http/clock.js";
import { isLoopbackHttp } from "../../../microsoft365/http/clouds.js";
import { HttpService, NoReply } from "../../../microsoft365/http/http.js";
import type { ServiceReply } from "../../../microsoft365/http/service.js";
import { type RecordSet, type RecordType, recordSet, sameValues } from "../../record-set.js";

/** One object of a DNS host's API: a value, or a whole record set, by the host's granularity. */
export interface HostedRecord {
  /** What Pulumi's own provider imports it by. */
  readonly importId: string;
  /** Fully qualified, canonical. */
  readonly name: string;
  readonly type: RecordType;
  /** Seconds as the world sees them. */
  readonly ttl: number;
  /** Canonical values. */
  readonly values: readonly string[];
  /** How the host spells a value, by canonical value, so that taking it over changes nothing. */
  readonly spelling: Readonly<Record<string, string>>;
  /** Whether the host chooses the TTL by itself. */
  readonly automatic?: boolean;
  /** Whether the host answers with addresses of its own proxy instead. */
  readonly proxied?: boolean;
}

/** Whether a record holds what is wanted: the type and all of its values, in any order. */
export const holds = (
  live: Pick<HostedRecord, "type" | "values">,
  { type, values }: Pick<HostedRecord, "type" | "values">,
): boolean => live.type === type && sameValues(type, live.values, values);

/** What stands at a name. */
export interface HostedName {
  readonly records: readonly HostedRecord[];
  /** Types mailstage knows nothing of, such as SRV or an alias: they stand in a CNAME's way. */
  readonly otherTypes: readonly string[];
}

/** A zone as its host's API has it. Reads, and removes what a change has displaced; all else is declared natively. */
export interface HostedZone {
  /** `Cloudflare zone …`, for messages. */
  readonly label: string;
  /** The name servers the host serves the zone from. */
  nameServers(): Promise<string[]>;
  /** Everything at one name. */
  at(name: string): Promise<HostedName>;
  /** Removes a record that still holds the given values; one that is gone already is a success. @throws MailstageError `record-changed` */
  remove(record: Pick<HostedRecord, "importId" | "name" | "type" | "values">): Promise<void>;
}

/** The record set of one type among what stands at a name. */
export function setOf(
  { records }: Pick<HostedName, "records">,
  name: string,
  type: RecordType,
): RecordSet | undefined {
  const own = records.filter((record) => record.type === type);
  if (own.length === 0) return undefined;
  return recordSet({
    name,
    type,
    ttl: Math.min(...own.map((record) => record.ttl)),
    values: own.flatMap((record) => record.values),
  });
}

/** Requests to a host's API as JSON, retried where that is safe. */
export class HostApi {
  readonly #http: HttpService;

  constructor(
    readonly base: string,
    credential: TokenCredential,
    scope: string,
  ) {
    const { origin, protocol } = new URL(base);
    if (protocol !== "https:" && !isLoopbackHttp(new URL(base)))
      throw new MailstageError({
        code: "dns-host-url",
        subject: base,
        reason: "is not https, and the token must not travel in clear",
        hint: "Name it with https, or leave the variable out that names it",
      });
    this.#http = new HttpService({
      clock: new ServiceClock(),
      identity: { credential, scope },
      trusts: (url) => new URL(url).origin === origin,
      base,
    });
  }

  /** Sends one request; the status and the JSON body of the answer. */
  async send(method: "GET" | "DELETE", path: string): Promise<{ status: number; body: unknown }> {
    let reply: ServiceReply;
    try {
      // Both methods may be repeated: a DELETE that was done already answers 404.
      reply = await this.#http.send({ method, url: `${this.base}${path}`, repeatable: true });
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      throw new MailstageError({
        code: "dns-host-unreachable",
        subject: new URL(this.base).origin,
        reason: `gave no answer: ${scrub(error.message)}`,
        operation: `${method} ${path.split("?")[0]}`,
        status: error.reason,
        hint: "Check the network and the proxy, and run it again",
      });
    }
    return { status: reply.status, body: parseJson(reply.body) };
  }

  /**
   * What a path answers, by its schema.
   * @param refused the error of another answer; `issue` is what of it is not as documented
   */
  async read<S extends z.ZodType>(
    path: string,
    schema: S,
    refused: (status: number, body: unknown, issue?: z.core.$ZodIssue) => MailstageError,
  ): Promise<z.output<S>> {
    const { status, body } = await this.send("GET", path);
    const parsed = status === 200 ? schema.safeParse(body) : undefined;
    if (parsed?.success) return parsed.data;
    throw refused(status, body, parsed?.error.issues[0]);
  }
}

/** Why an answer that is no known error cannot be read: the property that is not as documented. */
export function unreadable(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "gave no readable answer";
  return `gave an answer with an unexpected ${scrub(issue.path.join(".")) || "shape"}: ${issue.message}`;
}

/** Somebody else's change of a record that was to be removed. */
export function changedBeforeRemoval(type: RecordType, name: string): MailstageError {
  return new MailstageError({
    code: "record-changed",
    subject: `${type} ${name}`,
    reason: "was changed by somebody else since the preview, so it is not removed",
    hint: "Run pulumi preview again and review the new difference",
  });
}
