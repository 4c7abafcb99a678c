import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDnsServer } from "../../lab/dns/index.js";
import { type DnsServer, query, type RecordSet, type RecordType, type TsigKey } from "../../src/dns/index.js";
import { freePorts } from "./free-ports.js";

/** A zone that every server of the contract serves. */
export const contoso: { readonly name: string; readonly records: readonly RecordSet[] } = {
  name: "contoso.test",
  records: [
    { name: "contoso.test", type: "NS", ttl: 86_400, values: ["ns1.contoso.test"] },
    { name: "ns1.contoso.test", type: "A", ttl: 86_400, values: ["127.0.0.1"] },
    {
      name: "contoso.test",
      type: "MX",
      ttl: 86_400,
      values: ["10 mail.contoso.test", "20 backup.contoso.test"],
    },
    { name: "contoso.test", type: "TXT", ttl: 86_400, values: ["v=spf1 ip4:192.0.2.1 -all", "site=abc"] },
    { name: "mail.contoso.test", type: "A", ttl: 3600, values: ["192.0.2.1"] },
    { name: "backup.contoso.test", type: "A", ttl: 3600, values: ["192.0.2.3"] },
    { name: "other.contoso.test", type: "A", ttl: 3600, values: ["192.0.2.4"] },
    { name: "autodiscover.contoso.test", type: "A", ttl: 3600, values: ["192.0.2.2"] },
    { name: "autodiscover.contoso.test", type: "AAAA", ttl: 3600, values: ["2001:db8::2"] },
    { name: "*.wild.contoso.test", type: "A", ttl: 600, values: ["192.0.2.9"] },
    { name: "www.contoso.test", type: "CNAME", ttl: 600, values: ["mail.contoso.test"] },
    // A tree whose names a wildcard answers for, mail included, as in a zone above the domain.
    { name: "*.cover.contoso.test", type: "MX", ttl: 600, values: ["10 mail.contoso.test"] },
    { name: "*.cover.contoso.test", type: "TXT", ttl: 600, values: ["v=spf1 mx -all"] },
    { name: "known.cover.contoso.test", type: "A", ttl: 600, values: ["192.0.2.20"] },
    { name: "deep.empty.cover.contoso.test", type: "A", ttl: 600, values: ["192.0.2.21"] },
    { name: "*.alias.contoso.test", type: "CNAME", ttl: 600, values: ["mail.contoso.test"] },
    { name: "towards.contoso.test", type: "CNAME", ttl: 600, values: ["any.wild.contoso.test"] },
  ],
};

const secret = (seed: number) => Buffer.alloc(32, seed).toString("base64");

/** Keys every server of the contract knows: one for each algorithm, and one that may change TXT only. */
export const keys = {
  sha256: { name: "mig-256", algorithm: "hmac-sha256", secret: secret(1) },
  sha384: { name: "mig-384", algorithm: "hmac-sha384", secret: secret(2) },
  sha512: { name: "mig-512", algorithm: "hmac-sha512", secret: secret(3) },
  txtOnly: { name: "mig-txt", algorithm: "hmac-sha256", secret: secret(4) },
} as const satisfies Record<string, TsigKey>;

/** What each key may change. */
const allowed: Record<keyof typeof keys, readonly RecordType[]> = {
  sha256: ["MX", "TXT", "CNAME", "A", "AAAA"],
  sha384: ["MX", "TXT", "CNAME", "A", "AAAA"],
  sha512: ["MX", "TXT", "CNAME", "A", "AAAA"],
  txtOnly: ["TXT"],
};

/** A server the contract is held to. */
export interface ContractServer {
  readonly server: DnsServer;
  /** Where its files are; the lab has none. */
  readonly folder?: string;
  close(): Promise<void>;
}

/** The lab's server with the contract's zone. */
export async function startLab(): Promise<ContractServer> {
  const granted = (Object.keys(keys) as (keyof typeof keys)[]).map((name) => ({
    ...keys[name],
    types: allowed[name],
  }));
  const server = await startDnsServer({ zones: [contoso], keys: granted });
  return { server, close: () => server.close() };
}

function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** The contract's zone as BIND reads it. */
export function zoneFile(): string {
  const lines = contoso.records.flatMap(({ name, type, ttl, values }) =>
    values.map((value) => {
      const host = type === "MX" || type === "CNAME" || type === "NS" ? `${value}.` : value;
      return `${name}. ${ttl} IN ${type} ${type === "TXT" ? quote(value) : host}`;
    }),
  );
  return [
    `${contoso.name}. 3600 IN SOA ns1.${contoso.name}. hostmaster.${contoso.name}. 1 3600 900 1209600 300`,
    ...lines,
    "",
  ].join("\n");
}

/** The keys every BIND of these tests knows. */
export const keyClauses = (Object.keys(keys) as (keyof typeof keys)[])
  .map(
    (name) =>
      `key "${keys[name].name}" { algorithm ${keys[name].algorithm}; secret "${keys[name].secret}"; };`,
  )
  .join("\n");

/** What each key may change, as BIND's `update-policy`. */
export const grants = (Object.keys(keys) as (keyof typeof keys)[])
  .map((name) => `grant ${keys[name].name} zonesub ${allowed[name].join(" ")};`)
  .join(" ");

const zoneClause = `
zone "${contoso.name}" {
  type primary;
  file "zone.db";
  check-names ignore;
  update-policy { ${grants} };
};`;

/** How a BIND of its own is configured: the clauses after its options and keys, and what its folder holds. */
export interface BindSetup {
  readonly clauses?: string;
  /** @default none */
  readonly controls?: string;
  /** Besides `zone.db`, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** A real BIND with the contract's zone, in the foreground on a free port, with nothing outside its own folder. */
export async function startBind(
  named: string,
  { clauses = zoneClause, controls = "", files = {}, port: chosen }: BindSetup = {},
): Promise<ContractServer> {
  const directory = mkdtempSync(join(tmpdir(), "mailstage-named-"));
  const port = chosen ?? (await freePorts(1))[0] ?? 0;
  const conf = `
options {
  directory "${directory}";
  pid-file "${directory}/named.pid";
  session-keyfile "${directory}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  notify no;
};
controls { ${controls} };
${keyClauses}
${clauses}
`;
  for (const [name, text] of Object.entries({ "zone.db": zoneFile(), ...files, "named.conf": conf }))
    writeFileSync(join(directory, name), text);
  const log: string[] = [];
  const child = spawn(named, ["-g", "-n", "1", "-c", join(directory, "named.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.on("data", (part) => log.push(String(part)));
  const exited = once(child, "exit");
  const server = { address: "127.0.0.1", port };
  for (let tries = 0; ; tries += 1) {
    const answer = await query(server, contoso.name, "SOA", { timeoutMs: 200, attempts: 1 }).catch(
      () => undefined,
    );
    if (answer?.authoritative === true) break;
    if (tries > 100 || child.exitCode !== null) throw new Error(`named did not start:\n${log.join("")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    server,
    folder: directory,
    close: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
