import type { Problem } from "../../base/problem.js";
import {
  authoritativeServers,
  autodiscoverService,
  delegationProblems,
  describeSet,
  hostProblems,
  inheritedSpfProblems,
  nullMxProblems,
  proveUpdates,
  type RecordSet,
  readRecordSet,
  type ServerChoice,
  type WildcardCover,
  wildcardOver,
} from "../../dns/index.js";
import type { Plan } from "../../plan/index.js";
import { autodiscoverName } from "../../plan/names.js";
import { howToGive, type Secret, secrets } from "../../plan/secrets.js";
import type { Findings } from "./findings.js";

type Observed = ServerChoice & { readonly zone: string };
type Update = Extract<Plan["dns"], { host: "rfc2136" }>;

/**
 * The zone before the first update: its delegation, the MX, the SPF policies, what still leads clients to the old server,
 * wildcards, and for RFC 2136 the key, proved by updates that change nothing.
 * @throws MailstageError the errors of `readRecordSet` and `proveUpdates`
 */
export async function checkDns(
  plan: Plan,
  observed: Observed,
  secret: (secret: Secret) => string | undefined,
): Promise<Findings> {
  const { domain, dns } = plan;
  const at = { ...observed, name: domain };
  const [mx, txt, servers, service, cover, delegation, key] = await Promise.all([
    readRecordSet({ ...at, type: "MX" }),
    readRecordSet({ ...at, type: "TXT" }),
    authoritativeServers(observed.zone, observed),
    autodiscoverService(domain, observed),
    wildcardOver(at),
    // Servers named in the plan stand for the delegation, as in a split zone or the lab.
    dns.nameServers === undefined ? delegationProblems(observed.zone, observed) : [],
    dns.host === "rfc2136" ? proofOf(plan, dns, observed.zone, secret(secrets.tsig)) : undefined,
  ]);
  const spf = spfFindings(plan, txt);
  const named = dns.nameServers === undefined ? servers.map(({ name }) => name) : undefined;
  return {
    facts: [
      ...(mx === undefined ? [] : [`MX ${domain} is ${mx.values.join(", ")} with a TTL of ${mx.ttl} s`]),
      ...(key?.facts ?? []),
    ],
    warnings: [
      ...spf.warnings,
      ...wildcardWarning(domain, cover),
      ...(service === undefined
        ? []
        : [{ code: "autodiscover-service", subject: `autodiscover.${domain}`, reason: service }]),
      ...(key?.warnings ?? []),
    ],
    problems: [
      ...delegation,
      ...(named === undefined ? [] : hostProblems(observed.zone, dns.host, named)),
      ...(mx === undefined ? [missing(domain)] : nullMxProblems(mx)),
      ...spf.problems,
      ...(key?.problems ?? []),
    ],
  };
}

const missing = (domain: string): Problem => ({
  code: "mx-missing",
  subject: `MX ${domain}`,
  reason: "is not published, so the domain receives no mail that could be migrated",
  hint: "Check the domain's name in the plan",
});

/** Two policies are nobody's of ours, but the tenant's senders cannot be put into two. */
function spfFindings({ spf }: Plan, txt: RecordSet | undefined) {
  const found = inheritedSpfProblems(txt);
  if (spf !== "add") return { warnings: found, problems: [] };
  const problems = found.map((problem) => ({
    ...problem,
    hint: `${problem.hint}: migrate cannot add the tenant's senders to two`,
  }));
  return { warnings: [], problems };
}

function wildcardWarning(domain: string, cover: WildcardCover | undefined): Problem[] {
  if (cover === undefined) return [];
  const answers = cover.sets.map((set) => `${set.type} ${describeSet(set)}`);
  return [
    {
      code: "dns-wildcard-hidden",
      subject: domain,
      reason: `has no records of its own: the wildcard ${cover.wildcard} answers for it (${[...answers, ...cover.others].join("; ")}), and no more once it has one (RFC 4592)`,
      hint: `With RFC 2136 what it answers is written with the first record; at any other host publish it by hand at ${domain} and *.${domain} first`,
    },
  ];
}

/** The key's signature and its rights. Nothing is changed by the proof. */
async function proofOf(
  plan: Plan,
  { server, key, transport }: Update,
  zone: string,
  secret: string | undefined,
): Promise<Findings> {
  if (key !== undefined && secret === undefined)
    return {
      facts: [],
      problems: [],
      warnings: [
        {
          code: "tsig-secret-missing",
          subject: `TSIG key ${key.name}`,
          reason: "has no secret here, so it is not proved that the server takes updates",
          hint: `${howToGive(secrets.tsig)}; a review needs none`,
        },
      ],
    };
  const signed = key === undefined || secret === undefined ? {} : { key: { ...key, secret } };
  const { domain, verification, spf } = plan;
  const autodiscover = autodiscoverName(plan);
  const names = [
    { name: domain, type: "MX" },
    ...(verification === "txt" || spf === "add" ? [{ name: domain, type: "TXT" } as const] : []),
    { name: autodiscover, type: "CNAME" },
    { name: autodiscover, type: "A" },
    { name: autodiscover, type: "AAAA" },
  ] as const;
  const problems = await proveUpdates({ server, zone, transport, ...signed }, names);
  const who = key === undefined ? "unsigned updates" : `updates signed with ${key.name}`;
  return {
    facts: problems.length === 0 ? [`${server} takes ${who}: proved by some that change nothing`] : [],
    // Without a key the server goes by the address, and another machine than this one may be the one that updates.
    ...(key === undefined ? { problems: [], warnings: problems } : { problems, warnings: [] }),
  };
}
