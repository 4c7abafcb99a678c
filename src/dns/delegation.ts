import { MailstageError, type Problem } from "../base/problem.js";
import type { DnsPlan } from "../plan/index.js";
import { hostOfNameServers, isNativeHost } from "./hosts/all-about.js";
import { query } from "./query.js";
import { answerFault } from "./read.js";
import { canonicalName, canonicalValues, sameValues } from "./record-set.js";
import { authoritativeServers, type NamedServer, namedServerLabel, type ServerChoice } from "./servers.js";

interface ZoneView {
  readonly server: NamedServer;
  readonly nameServers: readonly string[];
  readonly serial: string | undefined;
  readonly fault: string | undefined;
}

async function viewOf(server: NamedServer, zone: string): Promise<ZoneView> {
  try {
    const [soa, ns] = await Promise.all([query(server, zone, "SOA"), query(server, zone, "NS")]);
    const empty = soa.records.length === 0 ? "has no SOA record for it" : undefined;
    return {
      server,
      nameServers: canonicalValues(
        "NS",
        ns.records.map(({ value }) => value),
      ),
      serial: soa.records[0]?.value.split(" ")[2],
      fault: answerFault(soa) ?? answerFault(ns) ?? empty,
    };
  } catch (error) {
    if (!(error instanceof MailstageError)) throw error;
    return { server, nameServers: [], serial: undefined, fault: error.problems[0].reason };
  }
}

function splitProblem(
  zone: string,
  views: readonly ZoneView[],
  what: string,
  of: (view: ZoneView) => string,
): Problem[] {
  if (new Set(views.map(of)).size < 2) return [];
  return [
    {
      code: "dns-split",
      subject: `zone ${zone}`,
      reason: `its servers disagree about ${what}: ${views.map((view) => `${namedServerLabel(view.server)} has ${of(view)}`).join("; ")}`,
      hint: "Wait until the secondaries have caught up; if they never do, repair the zone transfer",
    },
  ];
}

/**
 * What is wrong with a zone's delegation: servers that do not answer, refuse or are not authoritative (lame), and servers
 * whose NS sets or SOA serials differ (split). Empty where all is well.
 * @throws MailstageError where the zone's servers cannot be found out (see `authoritativeServers`).
 */
export async function delegationProblems(zone: string, choice: ServerChoice = {}): Promise<Problem[]> {
  const name = canonicalName(zone);
  const servers = await authoritativeServers(name, choice);
  const views = await Promise.all(servers.map((server) => viewOf(server, name)));
  const good = views.filter((view) => view.fault === undefined);
  return [
    ...views.flatMap((view): Problem[] =>
      view.fault === undefined
        ? []
        : [
            {
              code: "dns-lame",
              subject: `zone ${name}`,
              reason: `its name server ${namedServerLabel(view.server)} ${view.fault}`,
              hint: "Repair the server, or take it out of the delegation at the registrar",
            },
          ],
    ),
    ...splitProblem(name, good, "the NS set", (view) => view.nameServers.join(", ") || "none"),
    ...splitProblem(name, good, "the SOA serial", (view) => view.serial ?? "none"),
  ];
}

/**
 * Says where a zone is served by other name servers than the host of the plan: changes made there would never be seen.
 * @param expected the name servers the host itself names for the zone, where it can be asked
 */
export function hostProblems(
  zone: string,
  host: DnsPlan["host"],
  nameServers: readonly string[],
  expected?: readonly string[],
): Problem[] {
  const found = hostOfNameServers(nameServers.map(canonicalName));
  const differs = expected !== undefined && !sameValues("NS", expected, nameServers);
  // Where the host tells, its word is the measure: a zone may have name servers of its own name there.
  const wrong =
    expected === undefined &&
    (isNativeHost(host) ? found !== host : host === "rfc2136" && found !== undefined);
  if (!differs && !wrong) return [];
  return [
    {
      code: "dns-wrong-host",
      subject: `zone ${zone}`,
      reason:
        `it is served by ${nameServers.join(", ") || "no name server"}` +
        (expected === undefined
          ? `, which are not of the plan's host ${host}`
          : `, but ${host} expects ${expected.join(", ")}`),
      hint:
        found === undefined
          ? "Choose the host that serves the zone in the plan (dns.host)"
          : `Set dns.host to ${found} in the plan`,
    },
  ];
}
