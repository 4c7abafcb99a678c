import { MailstageError, type Problem } from "../../base/problem.js";
import { hostOfNameServers, type NativeHostName } from "../../dns/hosts/index.js";
import {
  authoritativeServers,
  canonicalName,
  delegationProblems,
  nullMxProblems,
  type RecordSet,
  readFromServer,
  readRecordSet,
  type ServerChoice,
} from "../../dns/index.js";
import type { DnsPlan } from "../../plan/index.js";

/** What a domain's live zone looks like before there is a plan. */
export interface ZoneSurvey {
  /** A-labels, as DNS has them. */
  readonly domain: string;
  /** The zone the domain's records are in: the domain or one above it. */
  readonly zone: string;
  readonly mx: RecordSet;
  /** All name servers any of the zone's servers names. */
  readonly nameServers: readonly string[];
  /** TTL of the NS set, seconds. */
  readonly nameServersTtl: number;
  /** The primary server by the SOA record; updates go there. */
  readonly primary: string;
  /** The host whose name servers these are; undefined where mailstage knows none. */
  readonly recognized: NativeHostName | undefined;
  /** The `dns.host` that fits: rfc2136 for a zone with name servers of its own name, manual for an unknown host. */
  readonly proposed: DnsPlan["host"];
  /** A lame or split delegation, an MX that takes no mail: no reason to stop, but to be seen to. */
  readonly warnings: readonly Problem[];
}

/**
 * Looks at a domain's MX, its TTL, and who serves the zone, on the authoritative servers.
 * @throws MailstageError `init-no-zone`, `init-no-mx`, and the errors of `readRecordSet`
 */
export async function surveyZone(domain: string, choice: ServerChoice = {}): Promise<ZoneSurvey> {
  const name = canonicalName(domain);
  const { zone, nameServers, nameServersTtl, primary } = await findZone(name, choice);
  const [warnings, mx] = await Promise.all([
    delegationProblems(zone, choice),
    readRecordSet({ ...choice, zone, name, type: "MX" }),
  ]);
  if (mx === undefined)
    throw new MailstageError({
      code: "init-no-mx",
      subject: `MX ${name}`,
      reason: "does not exist, so there is no mail to move",
      hint: "Check --domain",
    });
  const recognized = hostOfNameServers(nameServers.map(canonicalName));
  const own = nameServers.some((server) => server.endsWith(`.${zone}`));
  return {
    domain: name,
    zone,
    mx,
    nameServers,
    nameServersTtl,
    primary,
    recognized,
    proposed: recognized ?? (own ? "rfc2136" : "manual"),
    warnings: [...warnings, ...nullMxProblems(mx)],
  };
}

type Apex = Pick<ZoneSurvey, "zone" | "nameServers" | "nameServersTtl" | "primary">;

/** The zone a domain is in. The walk up ends before names of one label: nobody's mail domain is in the zone of `com`. */
async function findZone(domain: string, choice: ServerChoice): Promise<Apex> {
  for (let name = domain; name.includes("."); name = name.slice(name.indexOf(".") + 1)) {
    const apex = await apexOf(name, choice);
    if (apex !== undefined) return apex;
  }
  throw new MailstageError({
    code: "init-no-zone",
    subject: domain,
    reason: "is in no zone: neither it nor a domain above it has name servers",
    hint: "Check --domain, or name the zone's servers with --name-server",
  });
}

/** What stands at a zone's apex; undefined where the name is no zone. */
async function apexOf(zone: string, choice: ServerChoice): Promise<Apex | undefined> {
  try {
    const servers = await authoritativeServers(zone, choice);
    const reads = await Promise.allSettled(
      servers.map((server) =>
        Promise.all([readFromServer(server, zone, "NS"), readFromServer(server, zone, "SOA")]),
      ),
    );
    const good = reads.flatMap((read) => (read.status === "fulfilled" ? [read.value] : []));
    const [failed] = reads.flatMap((read): unknown[] => (read.status === "rejected" ? [read.reason] : []));
    if (good.length === 0 && failed !== undefined) throw failed;
    const sets = good.flatMap(([ns]) => ns.set ?? []);
    const nameServers = [...new Set(sets.flatMap(({ values }) => values))].sort();
    const [first] = nameServers;
    if (first === undefined) return undefined;
    const [soa] = good.flatMap(([, { records }]) => records);
    return {
      zone,
      nameServers,
      nameServersTtl: Math.min(...sets.map(({ ttl }) => ttl)),
      primary: soa?.value.split(" ")[0] ?? first,
    };
  } catch (error) {
    if (error instanceof MailstageError && error.code === "dns-no-servers") return undefined;
    throw error;
  }
}
