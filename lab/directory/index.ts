import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:net";
import { createSecureContext, createServer as createSecureServer } from "node:tls";
import type { AttributeValues } from "../../src/on-premises/directory/index.js";
import { sidOctets } from "../../src/on-premises/directory/security-descriptor.js";
import { directoryDoors } from "../doors.js";
import type { FaultBoard } from "../faults.js";
import { type DirectoryRequests, type ServerState, serveConnection } from "./connection.js";
import { canonicalDn, domainParts, firstValue } from "./dn.js";
import { type DirectoryRecord, Entries, toRecord } from "./entries.js";
import type { DirectoryFaults } from "./faults.js";
import { escapeDnValue } from "./mailbox-user.js";
import type { BoundAccount, LabAccount } from "./rights.js";
import type { RequestedChange, Result } from "./wire.js";

export type { DirectoryRequests } from "./connection.js";
export type { DirectoryRecord } from "./entries.js";
export type { DirectoryFaults } from "./faults.js";
export { escapeDnValue, mailboxDatabase, mailboxUser } from "./mailbox-user.js";
export type { LabAccount } from "./rights.js";

/** What the lab's domain controller starts with. */
export interface DirectoryServerOptions {
  /** Every entry, or what `snapshot()` gave. Missing containers above them are made. */
  readonly entries: readonly DirectoryRecord[];
  /** PEM texts of the server's certificate, for LDAPS and StartTLS. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly accounts: readonly LabAccount[];
  /** @default the `DC=` end of the first entry's DN */
  readonly namingContext?: string;
  /** The domain's short name, as in `DOMAIN\user`. @default the first label of the naming context */
  readonly netbiosName?: string;
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** @default free ones */
  readonly ports?: { readonly ldaps?: number; readonly ldap?: number };
  /** The lab's clock. @default the machine's */
  readonly now?: () => Date;
  /** Switchable faults, as those of service `directory`; routes are bind, search and modify. @default none */
  readonly board?: FaultBoard;
}

/** One change of an entry as the lab's own services make it, past all rights. */
export interface EntryChange {
  readonly operation: "add" | "delete" | "replace";
  readonly attribute: string;
  readonly values: AttributeValues[string];
}

/** A running domain controller of the lab. */
export interface LabDirectory {
  readonly ldapsPort: number;
  readonly ldapPort: number;
  /** All entries, as `load` and `entries` take them: JSON-clean. */
  snapshot(): DirectoryRecord[];
  /** Puts other entries in place of all there are. */
  load(entries: readonly DirectoryRecord[]): void;
  /** The entry at a DN; undefined where there is none. */
  entry(dn: string): DirectoryRecord | undefined;
  /** Entries that hold a proxy address, without its prefix. */
  findByAddress(address: string): DirectoryRecord[];
  /** Changes an entry, all or nothing, without asking for rights: the migration service writes `targetAddress` so. @throws Error */
  modify(dn: string, changes: readonly EntryChange[]): void;
  /** Adds an entry, and the containers above it that are missing. @throws Error */
  add(record: DirectoryRecord): void;
  /** Removes an entry. @throws Error */
  remove(dn: string): void;
  /** Moves or renames an entry; containers that are missing are made. @throws Error */
  move(dn: string, to: string): void;
  readonly requests: Readonly<DirectoryRequests>;
  /** Gives an account another password. @throws Error where there is no such account */
  setPassword(dn: string, password: string): void;
  /** Switches faults on, or all off with `{}`. */
  setFaults(faults: DirectoryFaults): void;
  close(): Promise<void>;
}

/**
 * Starts an LDAP server that behaves as Active Directory does where a migration can tell: simple binds over TLS only,
 * paged searches, atomic modifies, rights by attribute, linked attributes. See `operations.ts` and `entries.ts`.
 */
export async function startDirectoryServer(options: DirectoryServerOptions): Promise<LabDirectory> {
  const { host = "127.0.0.1", now = () => new Date(), ports = {}, tls } = options;
  const accounts = options.accounts.map((account, index) => ({
    ...account,
    sid: account.sid ?? `S-1-5-21-1004336348-1177238915-682003330-${1100 + index}`,
  }));
  const namingContext =
    options.namingContext ?? domainParts(options.entries[0]?.dn ?? options.accounts[0]?.dn ?? "");
  const netbiosName = options.netbiosName ?? firstValue(canonicalDn(namingContext)).toUpperCase();
  const whole = (records: readonly DirectoryRecord[]) =>
    complete([...records, ...partition(namingContext, netbiosName, records)], accounts);
  let entries = whole(options.entries);
  const state: ServerState = {
    context: () => ({ entries, accounts, namingContext, netbiosName, now }),
    requests: { bind: 0, search: 0, modify: 0, startTls: 0 },
    secureContext: createSecureContext({ ...tls, minVersion: "TLSv1.2" }),
    sockets: new Set(),
    faults: {},
    board: options.board,
  };
  const secure = createSecureServer({ ...tls, minVersion: "TLSv1.2" }, (socket) =>
    serveConnection(state, socket, true),
  );
  secure.on("tlsClientError", (_, socket) => socket.destroy());
  const plain = createPlainServer((socket) => serveConnection(state, socket, false));
  const [ldapsPort, ldapPort] = [
    await listen(secure, host, ports.ldaps),
    await listen(plain, host, ports.ldap),
  ];
  const shut = directoryDoors.open(`${host}:${ldapsPort}`, (socket) => serveConnection(state, socket, true));
  return {
    ldapsPort,
    ldapPort,
    requests: state.requests,
    snapshot: () => entries.records(),
    load: (records) => {
      entries = whole(records);
    },
    entry: (dn) => {
      const found = entries.get(dn);
      return found && toRecord(found);
    },
    findByAddress: (address) =>
      entries
        .find("", 2, { kind: "equal", attribute: "proxyAddresses", value: Buffer.from(`smtp:${address}`) })
        .map(toRecord),
    modify: (dn, changes) => must(dn, entries.modify(dn, changes.map(toRequested), true)),
    add: (record) => {
      contain(entries, record.dn);
      must(record.dn, entries.add(record));
    },
    remove: (dn) => must(dn, entries.remove(dn)),
    move: (dn, to) => {
      contain(entries, to);
      must(dn, entries.move(dn, to));
    },
    setPassword: (dn, password) => {
      const account = accounts.find((one) => one.dn === dn);
      if (account === undefined) throw new Error(`${dn} is no account of the directory`);
      accounts[accounts.indexOf(account)] = { ...account, password };
    },
    setFaults: (faults) => {
      state.faults = faults;
    },
    close: async () => {
      shut();
      const closed = [secure, plain].map(async (server) => {
        server.close();
        await once(server, "close");
      });
      for (const socket of state.sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

async function listen(server: Server, host: string, port = 0): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

/** Where a domain controller says what its domain is called; not again where it is among the records. */
function partition(
  namingContext: string,
  netbiosName: string,
  records: readonly DirectoryRecord[],
): DirectoryRecord[] {
  if (namingContext === "") return [];
  const dn = `CN=${escapeDnValue(netbiosName)},CN=Partitions,CN=Configuration,${namingContext}`;
  if (records.some((record) => canonicalDn(record.dn) === canonicalDn(dn))) return [];
  const attributes = {
    objectClass: ["top", "crossRef"],
    nCName: [namingContext],
    nETBIOSName: [netbiosName],
    dnsRoot: [[...namingContext.matchAll(/DC=([^,]+)/gi)].map(([, label]) => label).join(".")],
  };
  return [{ dn, attributes }];
}

/** What a domain controller always has: entries of the accounts, with their SIDs, and of every container. */
function complete(records: readonly DirectoryRecord[], accounts: readonly BoundAccount[]): Entries {
  const present = new Entries(records);
  const added = new Map<string, DirectoryRecord>();
  for (const { dn, sid } of accounts)
    if (present.get(dn) === undefined)
      added.set(canonicalDn(dn), {
        dn,
        attributes: {
          objectClass: ["top", "person", "organizationalPerson", "user"],
          cn: [firstValue(dn)],
          sAMAccountName: [firstValue(dn)],
          objectSid: [{ base64: sidOctets(sid).toString("base64") }],
        },
      });
  for (const { dn } of [...records, ...added.values()])
    for (let above = upperDn(dn); above !== ""; above = upperDn(above))
      if (present.get(above) === undefined && !added.has(canonicalDn(above)))
        added.set(canonicalDn(above), container(above));
  return added.size === 0 ? present : new Entries([...records, ...added.values()]);
}

/** Makes the containers above an entry that are not there yet. */
function contain(entries: Entries, dn: string): void {
  for (let above = upperDn(dn); above !== ""; above = upperDn(above))
    if (entries.get(above) === undefined) entries.add(container(above));
}

/** The DN above, as it is written. */
function upperDn(dn: string): string {
  const first = /^(?:\\.|[^,\\])*,?/.exec(dn)?.[0] ?? dn;
  return dn.slice(first.length);
}

const containerClasses: Readonly<Record<string, string>> = { ou: "organizationalUnit", dc: "domainDNS" };

function container(dn: string): DirectoryRecord {
  const type = dn.slice(0, dn.indexOf("=")).trim().toLowerCase();
  return {
    dn,
    attributes: { objectClass: ["top", containerClasses[type] ?? "container"], [type]: [firstValue(dn)] },
  };
}

function toRequested({ operation, attribute, values }: EntryChange): RequestedChange {
  return {
    operation,
    attribute,
    values: values.map((value) =>
      typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64"),
    ),
  };
}

function must(dn: string, result: Result): void {
  if (result.code !== 0) throw new Error(`${dn}: ${describe(result)}`);
}

function describe({ code, message = "" }: Result): string {
  return `LDAP result ${code} ${message}`.trim();
}
