import type { Service } from "../../lab/dns/index.js";
import { parseZone } from "../../lab/dns/zone-file.js";
import { MailstageError } from "../base/problem.js";
import { canonicalName, type RecordSet, readAll, readRecordSet } from "../dns/index.js";
import type { Plan } from "../plan/index.js";
import { autodiscoverName } from "../plan/names.js";

/** A zone as a rehearsal begins with it. */
export interface RehearsedZone {
  readonly records: readonly RecordSet[];
  readonly services: readonly Service[];
}

/**
 * The zone of a file, as DNS hosts export it, for the lab, which has an SOA and name servers of its own.
 * @returns with what the lab does not serve, one sentence each
 * @throws MailstageError `zone-file` with every line that is no record, `zone-outside` where none is in the plan's zone
 */
export function readZoneFile(
  text: string,
  plan: Pick<Plan, "domain" | "dns">,
  source: string,
): RehearsedZone & { readonly skipped: readonly string[] } {
  const name = canonicalName(plan.dns.zone ?? plan.domain);
  const { zone, skipped } = parseZone(text, name, source);
  const inside = ({ name: owner }: { readonly name: string }) => owner === name || owner.endsWith(`.${name}`);
  const mine = zone.records.filter(inside);
  if (mine.length === 0)
    throw new MailstageError({
      code: "zone-outside",
      subject: source,
      reason: `has no record in the zone ${name}`,
      hint: "Export that zone, or name the zone the domain is in (dns.zone)",
    });
  const outside = zone.records.filter((set) => !inside(set));
  return {
    records: mine.filter(({ type, name: owner }) => type !== "SOA" && !(type === "NS" && owner === name)),
    services: (zone.services ?? []).filter(inside),
    skipped: [
      ...skipped,
      ...outside.map((set) => `${set.type} ${set.name}, which is outside the zone ${name}`),
    ],
  };
}

/**
 * What the migration will touch of the domain's live zone: its MX, TXT and autodiscover, read from the authoritative servers.
 * @throws MailstageError the errors of `readRecordSet`
 */
export async function readLiveZone(plan: Plan): Promise<RecordSet[]> {
  const { nameServers, resolvers } = plan.dns;
  const at = { zone: plan.dns.zone ?? plan.domain, nameServers, resolvers };
  const [mx, txt, autodiscover] = await Promise.all([
    readRecordSet({ ...at, name: plan.domain, type: "MX" }),
    readRecordSet({ ...at, name: plan.domain, type: "TXT" }),
    readAll({ ...at, name: autodiscoverName(plan) }),
  ]);
  if (mx === undefined)
    throw new MailstageError({
      code: "zone-no-mx",
      subject: `MX ${plan.domain}`,
      reason: "does not exist, so there is no mail to move",
      hint: "Check the domain in the plan",
    });
  return [mx, txt, ...autodiscover].filter((set) => set !== undefined);
}
