import type { Problem } from "../../base/problem.js";
import { counted, someOf } from "../../base/words.js";
import type { GraphUser } from "../../microsoft365/graph/index.js";
import type { WaveAddresses } from "./reads-of-gates.js";

/**
 * Addresses of the waves that several users of the tenant hold, each with all their names: mail would go to one of them
 * by chance, and the migration service cannot tell whose mailbox is meant. Pure.
 */
export function proxyConflictProblems(
  users: readonly GraphUser[],
  waves: readonly WaveAddresses[],
): Problem[] {
  const wanted = new Set(waves.flatMap(({ addresses }) => addresses));
  const holders = new Map<string, Set<string>>();
  for (const user of users)
    for (const address of addressesOf(user))
      if (wanted.has(address))
        holders.set(address, (holders.get(address) ?? new Set()).add(user.userPrincipalName));
  return waves.flatMap(({ wave, addresses }): Problem[] => {
    const shared = addresses.filter((address) => (holders.get(address)?.size ?? 0) > 1);
    if (shared.length === 0) return [];
    const named = shared.map(
      (address) => `${address} (${[...(holders.get(address) ?? [])].sort().join(", ")})`,
    );
    return [
      {
        code: "user-proxy-conflict",
        subject: `wave ${wave}`,
        reason: `${counted(shared.length, "address is", "addresses are")} held by several users of the tenant: ${someOf(named)}`,
        hint: "Take the address from all but one: on premises where the user is synchronized, else in the tenant",
      },
    ];
  });
}

/** Every SMTP address of a user, lower-cased. */
function addressesOf({ userPrincipalName, mail, proxyAddresses }: GraphUser): Set<string> {
  return new Set(
    [
      userPrincipalName,
      ...(mail === undefined ? [] : [mail]),
      ...proxyAddresses.filter((proxy) => /^smtp:/i.test(proxy)).map((proxy) => proxy.slice(5)),
    ].map((address) => address.toLowerCase()),
  );
}
