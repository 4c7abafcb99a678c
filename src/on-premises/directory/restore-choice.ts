import type { Problem } from "../../base/problem.js";
import { textsOf } from "./attributes.js";
import type { Directory } from "./connection.js";
import { identityOf, keyOf } from "./identity.js";
import type { SnapshotUser } from "./snapshot.js";
import type { AttributeValue } from "./types.js";
import { findByAddress, smtpAddress } from "./users.js";

/** One user to be restored, under the address it was asked for by. */
export interface Chosen {
  readonly address: string;
  readonly former: SnapshotUser;
}

/** Each user once, as the last line has it. */
function lastLines(snapshot: readonly SnapshotUser[]): readonly SnapshotUser[] {
  return [...new Map(snapshot.map((line) => [keyOf(line), line])).values()];
}

const addressesOf = (line: SnapshotUser): ReadonlySet<string> =>
  new Set(textsOf(line.attributes, "proxyAddresses").flatMap((proxy) => smtpAddress(proxy) ?? []));

/**
 * The users of a snapshot that addresses mean: who had one as the primary address then, else who had it at all, else who holds it
 * now. Of several, the one who holds it now; never a guess.
 * @param addresses undefined: everybody
 */
export async function chooseUsers(
  directory: Directory,
  snapshot: readonly SnapshotUser[],
  addresses: readonly string[] | undefined,
): Promise<{ chosen: readonly Chosen[]; failed: readonly Problem[] }> {
  const lines = lastLines(snapshot);
  if (addresses === undefined)
    return { chosen: lines.map((former) => ({ address: former.address, former })), failed: [] };
  const holders = await findByAddress(directory, addresses, ["objectGUID", "proxyAddresses"]);
  const chosen = new Map<string, Chosen>();
  const failed: Problem[] = [];
  for (const address of new Set(addresses)) {
    const lower = address.toLowerCase();
    const holding = new Set(
      (holders.get(lower) ?? []).flatMap((entry) => [keyOf(identityOf(entry)), keyOf({ dn: entry.dn })]),
    );
    const held = (line: SnapshotUser) => holding.has(keyOf(line));
    const tries = [
      lines.filter((line) => line.address.toLowerCase() === lower),
      lines.filter((line) => addressesOf(line).has(lower)),
      lines.filter(held),
    ];
    const candidates = tries.find((list) => list.length > 0) ?? [];
    const [former, ...others] = candidates.length > 1 ? candidates.filter(held) : candidates;
    if (former !== undefined && others.length === 0) {
      if (!chosen.has(keyOf(former))) chosen.set(keyOf(former), { address, former });
    } else failed.push(candidates.length === 0 ? notInSnapshot(address) : severalUsers(address, candidates));
  }
  return { chosen: [...chosen.values()], failed };
}

function notInSnapshot(address: string): Problem {
  return {
    code: "restore-not-in-snapshot",
    subject: address,
    operation: "restore",
    reason: "is in the snapshot neither as an address somebody had, nor does anybody hold it now who is",
    hint: "Name another file, or another address of the user",
  };
}

function severalUsers(address: string, candidates: readonly SnapshotUser[]): Problem {
  return {
    code: "restore-ambiguous",
    subject: address,
    operation: "restore",
    reason: `was the address of several users of the snapshot: ${candidates.map(({ dn }) => dn).join("; ")}`,
    hint: "Name the user by another address",
  };
}

/** Users one of whose former addresses, primary or not, somebody else holds now: giving it back would make two holders. */
export async function addressesTaken(
  directory: Directory,
  users: readonly SnapshotUser[],
): Promise<ReadonlyMap<string, Problem>> {
  const wanted = [...new Set(users.flatMap((line) => [...addressesOf(line)]))];
  const holders = await findByAddress(directory, wanted, ["objectGUID", "proxyAddresses"]);
  const problems = new Map<string, Problem>();
  for (const line of users) {
    const isOwn = (entry: Parameters<typeof identityOf>[0]) =>
      keyOf(identityOf(entry)) === keyOf(line) || keyOf({ dn: entry.dn }) === keyOf(line);
    const taken = [...addressesOf(line)].flatMap((address) =>
      (holders.get(address) ?? []).filter((entry) => !isOwn(entry)).map(({ dn }) => `${address} (${dn})`),
    );
    if (taken.length > 0)
      problems.set(keyOf(line), {
        code: "restore-other-user",
        subject: line.address,
        operation: `restore ${line.dn}`,
        reason: `had addresses that others hold now: ${taken.join("; ")}`,
        hint: "Nothing of this user was changed. Take the addresses from those who hold them now, or restore the user by hand",
      });
  }
  return problems;
}

/** What a conversion itself adds: the cloud's legacyExchangeDN, and the user's own. */
function isOfConversion(proxy: string, legacyExchangeDn: string | undefined): boolean {
  const lower = proxy.toLowerCase();
  return lower.startsWith("x500:/o=exchangelabs") || lower === `x500:${legacyExchangeDn ?? ""}`.toLowerCase();
}

/**
 * A user's proxies as the snapshot has them, and those that came in since: mail to them would bounce without. What the
 * conversion added goes; an address that became the primary one since is a secondary one again.
 */
export function restoredProxies(
  former: readonly AttributeValue[],
  present: readonly AttributeValue[],
  legacyExchangeDn: string | undefined,
): { readonly proxies: readonly AttributeValue[]; readonly kept: readonly string[] } {
  const text = (value: AttributeValue) => (typeof value === "string" ? value : undefined);
  const before = new Set(former.map((value) => text(value)?.toLowerCase()));
  const kept = present.flatMap((value) => {
    const proxy = text(value);
    if (proxy === undefined || before.has(proxy.toLowerCase())) return [];
    if (isOfConversion(proxy, legacyExchangeDn)) return [];
    return [proxy.startsWith("SMTP:") ? `smtp:${proxy.slice(5)}` : proxy];
  });
  return { proxies: [...former, ...kept], kept };
}
