import type {
  CheckName,
  Finding,
  Network,
  PreflightReport,
  ServiceRecord,
} from "../../src/on-premises/outlook-anywhere/index.js";

/** A network in which exactly these `host:port` exist, each at a port of loopback; other ports of a host are closed. */
export function rehearsal(
  ports: Readonly<Record<string, number>>,
  services: Readonly<Record<string, readonly ServiceRecord[]>> = {},
): Network & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    addresses: async (host) => {
      asked.push(host);
      if (Object.keys(ports).some((name) => name.startsWith(`${host}:`))) return ["127.0.0.1"];
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" });
    },
    services: async (name) => services[name] ?? [],
    // Port 1 of loopback: nobody listens there.
    port: (host, wellKnown) => ports[`${host}:${wellKnown}`] ?? 1,
  };
}

/** The finding of one check; fails the test when there is none. */
export function findingOf(report: PreflightReport, check: CheckName): Finding {
  const finding = report.findings.find((candidate) => candidate.check === check);
  if (finding === undefined)
    throw new Error(`no finding ${check} among ${report.findings.map((found) => found.check).join(", ")}`);
  return finding;
}

/** `check: verdict` of every finding, in order. */
export function verdictsOf(report: PreflightReport): Partial<Record<CheckName, Finding["verdict"]>> {
  return Object.fromEntries(report.findings.map((finding) => [finding.check, finding.verdict]));
}
