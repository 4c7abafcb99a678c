import type { Problem } from "../../base/problem.js";
import { are, counted, someOf } from "../../base/words.js";
import {
  isExchangeFailure,
  listAcceptedDomains,
  testMigrationEndpoint,
} from "../../microsoft365/exchange/index.js";
import { type GraphUser, getDomain } from "../../microsoft365/graph/index.js";
import { usersByAddress } from "../license-plan.js";
import { proofSettlesMinutes } from "../wait-15-minutes.js";
import { proxyConflictProblems } from "./proxy-conflicts.js";
import type { GateAnswer, GateQuestion, WaveAddresses } from "./reads-of-gates.js";

/** The tenant has verified the domain, and Exchange Online takes mail for it. */
export async function askDomainVerified(question: GateQuestion): Promise<GateAnswer> {
  const { domain } = question.subject;
  const [entry, accepted] = await Promise.all([
    getDomain(question.session.graph, domain),
    listAcceptedDomains(question.session.exchange),
  ]);
  const problems: Problem[] = [];
  if (entry?.isVerified !== true)
    problems.push({
      code: "domain-not-verified",
      subject: `domain ${domain}`,
      reason: entry === undefined ? "is not in the tenant" : "is not verified yet",
      hint: `Stay at stage verify and run pulumi up again; the record needs about ${proofSettlesMinutes} minutes`,
    });
  else if (!accepted.some((item) => item.domainName === domain))
    problems.push({
      code: "domain-not-accepted",
      subject: `domain ${domain}`,
      reason: "is verified, but Exchange Online does not list it as an accepted domain yet",
      hint: "Run pulumi up again in a few minutes",
      operation: "Get-AcceptedDomain",
    });
  return { gate: "domain-verified", facts: [`domain ${domain} is verified and accepted`], problems };
}

/** Every mailbox of the waves is a synchronized user of the tenant (Microsoft's procedure, "Use directory synchronization to create users"). */
export async function askDirectorySynchronized(question: GateQuestion): Promise<GateAnswer> {
  // The files are read while the pages of users are under way; a file that cannot be read must not leave those unawaited.
  const [all, waves] = await Promise.all([question.users(), (async () => question.waves())()]);
  const users = usersByAddress(all);
  const { licenses } = question.subject;
  const problems = [
    ...waves.flatMap((wave) => synchronizationProblems(users, wave)),
    ...proxyConflictProblems(all, waves),
    ...sameUserProblems(users, waves),
  ];
  const unlocated =
    "sku" in licenses && licenses.usageLocation === undefined
      ? waves
          .flatMap(({ addresses }) => addresses)
          .filter((address) => users.has(address) && users.get(address)?.usageLocation === undefined)
      : [];
  if (unlocated.length > 0)
    problems.push({
      code: "usage-location-missing",
      subject: "licences",
      reason: `${counted(unlocated.length, "user")} ${are(unlocated.length)} without a usage location: ${someOf(unlocated)}`,
      hint: "Give licenses.usageLocation in the plan, or set it in the directory",
    });
  const count = waves.reduce((sum, { addresses }) => sum + addresses.length, 0);
  return { gate: "directory-synchronized", facts: [counted(count, "synchronized user")], problems };
}

/** Why addresses of a wave cannot be migrated yet: no user, a user made in the cloud, a synchronization conflict. Pure. */
export function synchronizationProblems(
  users: ReadonlyMap<string, GraphUser>,
  { wave, addresses }: WaveAddresses,
): Problem[] {
  const find = (fits: (user: GraphUser | undefined, address: string) => boolean) =>
    addresses.filter((address) => fits(users.get(address), address));
  const kinds = [
    {
      code: "user-not-synchronized",
      found: find((user) => user === undefined),
      reason: (number: number) =>
        counted(number, "address is no user of the tenant", "addresses are no user of the tenant"),
      hint: "Wait for directory synchronization, or correct the CSV",
    },
    {
      code: "user-cloud-only",
      found: find((user) => user?.synchronized === false),
      reason: (number: number) =>
        counted(
          number,
          "user was made in the cloud, not synchronized",
          "users were made in the cloud, not synchronized",
        ),
      hint: "Only synchronized users can be migrated; remove the cloud user, or check how the two are matched",
    },
    {
      code: "user-address-not-primary",
      found: find((user, address) => otherPrimary(user, address) !== undefined),
      reason: (number: number) =>
        counted(
          number,
          "address is not the primary one of its user",
          "addresses are not the primary ones of their users",
        ),
      hint: "List each user by the primary address, here in parentheses",
      detail: otherPrimary,
    },
    {
      code: "user-provisioning-error",
      found: find((user) => (user?.provisioningErrors.length ?? 0) > 0),
      reason: (number: number) =>
        counted(number, "user has a synchronization conflict", "users have a synchronization conflict"),
      hint: "Two objects hold one value that must be unique, such as a proxy address; mend it in the directory",
      detail: (user: GraphUser | undefined) =>
        user?.provisioningErrors.map(({ property, value }) => `${property} ${value}`.trim()).join("; "),
    },
  ];
  return kinds.flatMap(({ code, found, reason, hint, detail }) => {
    if (found.length === 0) return [];
    const named = found.map((address) => {
      const why = detail?.(users.get(address), address);
      return why ? `${address} (${why})` : address;
    });
    return [{ code, subject: `wave ${wave}`, reason: `${reason(found.length)}: ${someOf(named)}`, hint }];
  });
}

/** Rows, of one list or of several, that are one user of the tenant. Pure. */
export function sameUserProblems(
  users: ReadonlyMap<string, GraphUser>,
  waves: readonly WaveAddresses[],
): Problem[] {
  const rows = new Map<string, { readonly wave: string; readonly address: string }[]>();
  for (const { wave, addresses } of waves)
    for (const address of addresses) {
      const id = users.get(address)?.id;
      if (id !== undefined) rows.set(id, [...(rows.get(id) ?? []), { wave, address }]);
    }
  return [...rows.values()].flatMap((same): Problem[] => {
    const [, second] = same;
    if (second === undefined) return [];
    return [
      {
        code: "user-listed-twice",
        subject: `wave ${second.wave}`,
        reason: `${same.map(({ wave, address }) => `${address} (${wave})`).join(" and ")} are one user of the tenant`,
        hint: "Keep the row of the user's primary address",
      },
    ];
  });
}

/** The user's primary address where it is of the same domain as a listed one and differs: in the tenant's own it says nothing. */
function otherPrimary(user: GraphUser | undefined, address: string): string | undefined {
  const primary = user?.proxyAddresses
    .find((proxy) => proxy.startsWith("SMTP:"))
    ?.slice(5)
    .toLowerCase();
  if (primary === undefined || primary === address) return undefined;
  const domain = address.slice(address.indexOf("@"));
  return primary.endsWith(domain) ? primary : undefined;
}

/** Exchange itself can reach the on-premises organization (Test-MigrationServerAvailability). */
export async function askEndpointTested(question: GateQuestion): Promise<GateAnswer> {
  const endpoint = question.subject.source.endpointName;
  const test = await testMigrationEndpoint(question.session.exchange, { endpoint }).catch(
    (error: unknown) => {
      if (isExchangeFailure(error, "not-found")) return undefined;
      throw error;
    },
  );
  const subject = `migration endpoint ${endpoint}`;
  const operation = "Test-MigrationServerAvailability";
  return {
    gate: "endpoint-tested",
    facts: [`Exchange reaches the on-premises organization through endpoint ${endpoint}`],
    problems:
      test === undefined
        ? [
            {
              code: "endpoint-gone",
              subject,
              reason: "is in Exchange Online no more: somebody has removed it",
              hint: "Run pulumi refresh and then pulumi up, which makes it anew; where the plan says source.credentials: adopt, make it by hand",
              operation,
            },
          ]
        : test.success
          ? []
          : [
              {
                code: "endpoint-test-failed",
                subject,
                reason: `Exchange cannot connect: ${[test.message, test.detail].filter(Boolean).join("; ") || "no reason given"}`,
                hint: "Mend Outlook Anywhere, its certificate or the account's rights",
                operation,
              },
            ],
  };
}
