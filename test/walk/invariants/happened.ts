import { isDeepStrictEqual } from "node:util";
import type { LabState } from "../../../lab/index.js";

/** A record set that is not what it was. */
export interface ChangedSet {
  readonly key: string;
  readonly before: Side | null;
  readonly after: Side | null;
}
export interface Side {
  readonly ttl: number;
  readonly values: readonly string[];
}

/** What a command made of the world, as far as a program can: time and Microsoft's services are not in it. */
export interface Happened {
  readonly records: readonly ChangedSet[];
  /** The zone afterwards, by the sets' names. */
  readonly zone: ReadonlyMap<string, Side>;
  /** Addresses whose mailbox on premises is gone. */
  readonly converted: readonly string[];
  /** Addresses whose Unified Messaging is another. */
  readonly telephony: readonly string[];
  /** Entries whose access list is another. */
  readonly granted: readonly string[];
  /** Entries that are otherwise not what they were. */
  readonly entries: readonly string[];
  readonly batches: {
    readonly made: readonly string[];
    readonly gone: readonly string[];
    /** Those that are there afterwards. */
    readonly there: readonly string[];
    readonly stopped: readonly string[];
    /** Of batches that were there and are: who came, and who went. */
    readonly joined: readonly string[];
    /** Who is in any batch afterwards. */
    readonly members: readonly string[];
    readonly left: readonly string[];
  };
  /** Names of endpoints that came, went or changed. */
  readonly endpoints: readonly string[];
  readonly domains: readonly string[];
  readonly licensed: readonly string[];
  readonly unlicensed: readonly string[];
}

/** Compares the world before and after. */
export function happened(before: LabState, after: LabState): Happened {
  const people = new Map(before.mailboxes.map((one) => [one.id, one]));
  const groups = (state: LabState) =>
    new Set(state.groups.flatMap(({ id, members }) => members.map((member) => `${id} ${member}`)));
  const [had, has] = [groups(before), groups(after)];
  const joinedGroup = (id: string) =>
    after.groups.some((group) => has.has(`${group.id} ${id}`) && !had.has(`${group.id} ${id}`));
  const leftGroup = (id: string) =>
    before.groups.some((group) => had.has(`${group.id} ${id}`) && !has.has(`${group.id} ${id}`));
  const inGroup = (id: string) => before.groups.some((group) => had.has(`${group.id} ${id}`));
  const changedLicenses = (more: boolean) =>
    after.mailboxes.flatMap((now) => {
      const was = people.get(now.id)?.licenses ?? [];
      const [from, to] = more ? [was, now.licenses] : [now.licenses, was];
      // What a member gets of a group comes when the service has come to it.
      const direct = to.some((sku) => !from.includes(sku)) && !inGroup(now.id);
      return direct || (more ? joinedGroup(now.id) : leftGroup(now.id)) ? [now.emailAddress] : [];
    });
  return {
    records: changedSets(setsOf(before), setsOf(after)),
    zone: setsOf(after),
    ...changedEntries(before, after),
    batches: changedBatches(before, after),
    endpoints: changedBy(before.endpoints, after.endpoints, ({ name }) => name),
    domains: changedBy(before.domains, after.domains, ({ id }) => id),
    licensed: changedLicenses(true),
    unlicensed: changedLicenses(false),
  };
}

/** A set's name as a review has it: `MX contoso.com`. */
export const keyOf = ({ type, name }: { readonly type: string; readonly name: string }) =>
  `${type} ${name.toLowerCase()}`;

/** The zone as it is served, by the names of its sets. */
export function setsOf({ zone }: Pick<LabState, "zone">): Map<string, Side> {
  const served = zone.filter(({ type }) => type !== "SOA");
  return new Map(served.map((set) => [keyOf(set), { ttl: set.ttl, values: [...set.values].sort() }]));
}

function changedSets(was: ReadonlyMap<string, Side>, is: ReadonlyMap<string, Side>): ChangedSet[] {
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const sides = { key, before: was.get(key) ?? null, after: is.get(key) ?? null };
    return isDeepStrictEqual(sides.before, sides.after) ? [] : [sides];
  });
}

type Entry = LabState["directory"][number];

/** What a mailbox has, and a mail user has not. */
const ofMailboxes = ["homeMDB", "msExchMailboxGuid", "msExchHomeServerName"];

/** Written by the migration service itself when it makes a mailbox. */
const serviceOwn = new Set(["targetAddress"]);

function changedEntries(
  before: LabState,
  after: LabState,
): Pick<Happened, "converted" | "telephony" | "granted" | "entries"> {
  const was = new Map(before.directory.map((entry) => [entry.dn, entry]));
  const result = {
    converted: [] as string[],
    telephony: [] as string[],
    granted: [] as string[],
    entries: [] as string[],
  };
  for (const entry of after.directory) {
    // States of a lab share what has not changed.
    if (was.get(entry.dn) === entry) continue;
    const names = changedAttributes(was.get(entry.dn), entry);
    if (names.length === 0) continue;
    const [name = entry.dn] = [...(entry.attributes["mail"] ?? []), entry.dn];
    // Of a mailbox that somebody has disabled by hand, homeMDB is gone already, and of one of Exchange 2003 its GUID too.
    if (ofMailboxes.some((name) => names.includes(name))) result.converted.push(name.toLowerCase());
    else if (names.some((one) => /^msExchUM/.test(one))) result.telephony.push(name.toLowerCase());
    else if (names.includes("nTSecurityDescriptor")) result.granted.push(entry.dn);
    else if (names.some((one) => !serviceOwn.has(one))) result.entries.push(`${name}: ${names.join(", ")}`);
  }
  return result;
}

function changedAttributes(was: Entry | undefined, is: Entry): string[] {
  const before = was?.attributes ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(is.attributes)])].filter(
    (name) => before[name]?.join("\n") !== is.attributes[name]?.join("\n"),
  );
}

function changedBatches(before: LabState, after: LabState): Happened["batches"] {
  const live = ({ batches }: LabState) =>
    new Map(batches.filter(({ status }) => status !== "Removing").map((batch) => [batch.name, batch]));
  const [was, is] = [live(before), live(after)];
  const both = [...is.values()].flatMap((now) => {
    const then = was.get(now.name);
    return then === undefined ? [] : [{ then, now }];
  });
  const users = (batch: LabState["batches"][number]) =>
    new Set(batch.users.map(({ emailAddress }) => emailAddress));
  const gained = (from: ReadonlySet<string>, to: ReadonlySet<string>) =>
    [...to].filter((one) => !from.has(one));
  return {
    made: gained(new Set(was.keys()), new Set(is.keys())),
    gone: gained(new Set(is.keys()), new Set(was.keys())),
    there: [...is.keys()],
    stopped: both.flatMap(({ then, now }) =>
      !isStopped(then.status) && isStopped(now.status) ? [now.name] : [],
    ),
    joined: both.flatMap(({ then, now }) => gained(users(then), users(now))),
    members: [...is.values()].flatMap((batch) => [...users(batch)]),
    left: both.flatMap(({ then, now }) => gained(users(now), users(then))),
  };
}

const isStopped = (status: string) => status === "Stopped" || status === "Stopping";

function changedBy<T>(before: readonly T[], after: readonly T[], name: (one: T) => string): string[] {
  const was = new Map(before.map((one) => [name(one), one]));
  const is = new Map(after.map((one) => [name(one), one]));
  return [...new Set([...was.keys(), ...is.keys()])].filter(
    (key) => !isDeepStrictEqual(was.get(key), is.get(key)),
  );
}
