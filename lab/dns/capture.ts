import {
  authoritativeServers,
  canonicalName,
  parseMx,
  type RecordSet,
  type RecordType,
  readRecordSet,
  type ServerChoice,
  serverLabel,
} from "../../src/dns/index.js";
import type { Zone } from "./zone.js";

/**
 * Copies what a migration touches of a live zone, by asking its authoritative servers: the apex, autodiscover, DMARC and the
 * addresses of the mail servers inside the zone. Enough to rehearse with; the servers need not allow a zone transfer.
 * @throws MailstageError as `readRecordSet` does.
 */
export async function captureZone(zone: string, choice: ServerChoice = {}): Promise<Zone> {
  const name = canonicalName(zone);
  const servers = await authoritativeServers(name, choice);
  const nameServers = servers.map(serverLabel);
  const read = async (owner: string, types: readonly RecordType[]): Promise<RecordSet[]> => {
    const sets = await Promise.all(
      types.map((type) => readRecordSet({ zone: name, name: owner, type, nameServers })),
    );
    return sets.filter((set) => set !== undefined);
  };
  const apex = await read(name, ["SOA", "NS", "MX", "TXT", "A", "AAAA"]);
  const soa = apex.find(({ type }) => type === "SOA")?.values[0]?.split(" ");
  const hosts = apex
    .filter(({ type }) => type === "MX")
    .flatMap(({ values }) => values.map((value) => parseMx(value).exchange))
    .filter((host) => host.endsWith(`.${name}`));
  const others = await Promise.all([
    read(`autodiscover.${name}`, ["A", "AAAA", "CNAME"]),
    read(`_dmarc.${name}`, ["TXT", "CNAME"]),
    ...[...new Set(hosts)]
      .filter((host) => host !== `autodiscover.${name}`)
      .map((host) => read(host, ["A", "AAAA", "CNAME"])),
  ]);
  return {
    name,
    ...(soa?.[0] === undefined
      ? {}
      : { primary: soa[0], serial: Number(soa[2]), negativeTtl: Number(soa[6]) }),
    records: [...apex.filter(({ type }) => type !== "SOA"), ...others.flat()],
  };
}
