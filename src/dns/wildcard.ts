import { randomBytes } from "node:crypto";
import { MailstageError } from "../base/problem.js";
import type { RecordSetChange } from "./plan-record-set.js";
import { type QueryOptions, query, queryOther } from "./query.js";
import { type OtherType, otherTypes } from "./query-message.js";
import { answerFault, setFromAnswer } from "./read.js";
import { canonicalName, type RecordSet, type RecordType, sameRecordSet } from "./record-set.js";
import { authoritativeServers, type ServerChoice } from "./servers.js";
import type { DnsServer } from "./transport.js";

/** Types a wildcard may answer with, of those mailstage writes. */
const written = ["MX", "TXT", "CNAME", "A", "AAAA"] as const satisfies readonly RecordType[];

/** A record set that mailstage may write. */
export interface WritableSet extends RecordSet {
  readonly type: (typeof written)[number];
}

/** A wildcard that answers for a name, because the name does not exist (RFC 4592). */
export interface WildcardCover {
  /** `*.contoso.com`. */
  readonly wildcard: string;
  /** The name, and those above it that do not exist either: with the name they all come into existence. */
  readonly names: readonly string[];
  /** What it answers, under the name that was asked about. */
  readonly sets: readonly WritableSet[];
  /** Types of its answers that mailstage does not write. */
  readonly others: readonly OtherType[];
}

/** An answer that a wildcard gives now, and that would be gone. */
export interface HiddenSet {
  readonly name: string;
  readonly type: RecordType | OtherType;
  /** Absent for a type mailstage does not write. */
  readonly set?: WritableSet;
}

interface Answers {
  readonly sets: readonly WritableSet[];
  readonly others: readonly OtherType[];
}

const parentOf = (name: string) => name.slice(name.indexOf(".") + 1);
const types = Object.keys(otherTypes).filter((type): type is OtherType => type in otherTypes);

/** Everything a server answers at a name; undefined where the name is not there, wildcards included. */
async function answersAt(
  server: DnsServer,
  name: string,
  options: QueryOptions,
): Promise<Answers | undefined> {
  const first = await query(server, name, "MX", options);
  if (answerFault(first) !== undefined || first.rcode === "NXDOMAIN") return undefined;
  const [answers, others] = await Promise.all([
    Promise.all(
      written.map(async (type) => ({ type, set: setFromAnswer(await query(server, name, type, options)) })),
    ),
    Promise.all(
      types.map(async (type) => ((await queryOther(server, name, type, options)).length > 0 ? [type] : [])),
    ),
  ]);
  return {
    sets: answers.flatMap(({ type, set }) => (set === undefined ? [] : [{ ...set, type }])),
    others: others.flat(),
  };
}

function sameAnswers(left: Answers, right: Answers): boolean {
  const at = ({ sets }: Answers, type: RecordType) => sets.find((set) => set.type === type);
  const alike = (type: RecordType) => {
    const [one, other] = [at(left, type), at(right, type)];
    return sameRecordSet(one, other && one && { ...other, name: one.name });
  };
  return written.every(alike) && left.others.join() === right.others.join();
}

/**
 * The wildcard that answers for a name, as one server of its zone shows it: a name beside it that nobody has is answered
 * alike. A name that exists with the very records of the wildcard is told as covered too, which does no harm.
 * @throws MailstageError as `query` does.
 */
export async function wildcardAt(
  server: DnsServer,
  zone: string,
  name: string,
  options: QueryOptions = {},
): Promise<WildcardCover | undefined> {
  const [apex, asked] = [canonicalName(zone), canonicalName(name)];
  const names: string[] = [];
  let found: Answers | undefined;
  for (let at = asked; at !== apex && at.endsWith(`.${apex}`); at = parentOf(at)) {
    const nobody = `mailstage-${randomBytes(8).toString("hex")}.${parentOf(at)}`;
    const beside = await answersAt(server, nobody, options);
    if (beside === undefined) break;
    const own = await answersAt(server, at, options);
    if (own === undefined || !sameAnswers(own, beside)) break;
    found ??= own;
    names.push(at);
  }
  const top = names.at(-1);
  if (top === undefined || found === undefined || found.sets.length + found.others.length === 0)
    return undefined;
  return { wildcard: `*.${parentOf(top)}`, names, ...found };
}

/**
 * The wildcard that answers for a name by the zone's authoritative servers, of which the first that answers is asked.
 * @throws MailstageError as `authoritativeServers` does, and where none answers.
 */
export async function wildcardOver(
  request: ServerChoice & { readonly zone: string; readonly name: string },
): Promise<WildcardCover | undefined> {
  if (canonicalName(request.zone) === canonicalName(request.name)) return undefined;
  let failed: MailstageError | undefined;
  for (const server of await authoritativeServers(request.zone, request))
    try {
      return await wildcardAt(server, request.zone, request.name);
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      failed ??= error;
    }
  if (failed !== undefined) throw failed;
  return undefined;
}

/**
 * What a wildcard answers at a name and below it, and would not any more once the change brings the name into existence.
 * What the change itself sets is left out, and so is what a CNAME takes the place of at its own name.
 */
export function hiddenBy(cover: WildcardCover, change: Pick<RecordSetChange, "name" | "type">): HiddenSet[] {
  const at = (name: string): HiddenSet[] => [
    ...cover.sets.map((set) => ({ name, type: set.type, set: { ...set, name } })),
    ...cover.others.map((type) => ({ name, type })),
  ];
  const own = (hidden: HiddenSet) =>
    hidden.name === change.name && (change.type === "CNAME" || hidden.type === change.type);
  return cover.names.flatMap((name) => [...at(name), ...at(`*.${name}`)]).filter((hidden) => !own(hidden));
}

/** The sets that the change would hide and that can be written together with it, so that the answers stay. */
export function writtenBeside(
  cover: WildcardCover,
  change: Pick<RecordSetChange, "name" | "type">,
): WritableSet[] {
  return hiddenBy(cover, change).flatMap(({ name, set }) =>
    set === undefined || (name === change.name && set.type === "CNAME") ? [] : [set],
  );
}
