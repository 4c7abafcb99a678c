import { defined } from "../src/base/defined.js";
import { sidOctets } from "../src/on-premises/directory/security-descriptor.js";
import { preflight } from "../src/on-premises/outlook-anywhere/index.js";
import type { Authority } from "./certificates.js";
import type { LabClock } from "./clock.js";
import { Entries } from "./directory/entries.js";
import {
  type DirectoryRecord,
  type LabAccount,
  type LabDirectory,
  mailboxDatabase,
  mailboxUser,
  startDirectoryServer,
} from "./directory/index.js";
import { writableAttributes } from "./directory/rights.js";
import type { ConnectionSettings } from "./exchange/cmdlet.js";
import type { FaultBoard } from "./faults.js";
import type { Premises } from "./migration/service.js";
import { type LabFront, startOutlookAnywhere } from "./outlook-anywhere/index.js";
import { isAccountOf, type MailboxKind, type World } from "./world.js";

/** The customer's side, running: a domain controller and the Outlook Anywhere front. */
export interface LabPremises extends Premises {
  readonly directory: LabDirectory;
  readonly front: LabFront;
  /** Another one whenever the directory may have changed. */
  version(): string;
  /** Says that the directory was changed past its server. */
  touched(): void;
  /** Gives an account another password; the one before is refused from then on. */
  setPassword(account: "source" | "directory", password: string): void;
  /** Signs in to Outlook Anywhere as Exchange Online does; resolves to what is wrong, or undefined. */
  probe(settings: ConnectionSettings): Promise<string | undefined>;
  close(): Promise<void>;
}

/** How the customer's side is started. */
export interface PremisesOptions {
  readonly world: World;
  readonly authority: Authority;
  readonly clock: LabClock;
  readonly host: string;
  readonly ports: { readonly ldaps?: number; readonly ldap?: number | undefined; readonly rpcProxy?: number };
  /** Faults of the directory. */
  readonly faults: FaultBoard;
  /** What an earlier run left; absent: everybody has a mailbox on premises. */
  readonly entries: readonly DirectoryRecord[] | undefined;
}

/** An account of the directory that can only read, as reviews use one. */
export function reviewer(world: World): LabAccount {
  return {
    dn: `CN=mailstage-review,CN=Users,${domainParts(world.directory.baseDn)}`,
    password: "Reads-And-Never-Writes-7",
    rights: "reader",
  };
}

const migrationSid = "S-1-5-21-1004336348-1177238915-682003330-1199";

/** Starts the customer's side. */
export async function startPremises(options: PremisesOptions): Promise<LabPremises> {
  const { world, authority, clock, host, ports } = options;
  // Clients judge certificates by the service's time, which is the lab's: valid long before and after it.
  const now = clock.now().getTime();
  const certificate = await authority.issue({
    names: [world.source.rpcProxyServer, `autodiscover.${world.domain}`, "localhost"],
    ips: [...new Set(["127.0.0.1", ...(host === "localhost" ? [] : [host])])],
    notBefore: new Date(Math.min(now, Date.now()) - 86_400_000),
    notAfter: new Date(Math.max(now, Date.now()) + 730 * 86_400_000),
  });
  const migration = migrationAccount(world);
  const reader = reviewer(world);
  const directory = await startDirectoryServer({
    entries: options.entries ?? [...everyEntry(world), migration.entry],
    tls: certificate,
    accounts: isAccountOf(world.source.account, world.directory.bindDn)
      ? [migration.account, reader]
      : [
          {
            dn: world.directory.bindDn,
            password: world.directory.password,
            rights: world.directory.rights ?? "admin",
          },
          migration.account,
          reader,
        ],
    namingContext: domainParts(world.directory.baseDn),
    ...domainName(world),
    host,
    now: clock.now,
    board: options.faults,
    ports: defined({ ldaps: ports.ldaps, ldap: ports.ldap }),
  });
  const knows = (address: string) => directory.findByAddress(address).length === 1;
  const accounts = [{ username: world.source.account, password: world.source.password }];
  const front = await startOutlookAnywhere({
    tls: certificate,
    accounts,
    host,
    authentication: world.source.authentication === "Basic" ? ["Basic", "Ntlm"] : ["Ntlm"],
    ...defined({ port: ports.rpcProxy }),
    ...(world.directory.exchange === "2003"
      ? {}
      : {
          autodiscover: {
            rpcProxyServer: world.source.rpcProxyServer,
            exchangeServer: world.source.exchangeServer,
            authPackage: world.source.authentication,
            knows,
          },
        }),
  });
  let writes = 0;
  return {
    directory,
    front,
    version: () => `${directory.requests.modify} ${writes}`,
    touched: () => {
      writes += 1;
    },
    hasMailbox: (address) => directory.findByAddress(address).some((entry) => has(entry, "homeMDB")),
    async setTargetAddress(address, target) {
      const [entry, ...others] = directory.findByAddress(address);
      if (entry === undefined || others.length > 0)
        return entry === undefined
          ? "no on-premises user has this address"
          : "several on-premises users have this address";
      if (!mayWrite(directory, entry, migration.account)) return "insufficient access rights (LDAP 50)";
      writes += 1;
      directory.modify(entry.dn, [{ operation: "replace", attribute: "targetAddress", values: [target] }]);
      return undefined;
    },
    setPassword(account, password) {
      const one = isAccountOf(world.source.account, world.directory.bindDn);
      if (account === "source" || one) accounts[0] = { username: world.source.account, password };
      directory.setPassword(account === "source" ? migration.account.dn : world.directory.bindDn, password);
    },
    probe: (settings) => probe(settings, { world, authority, clock, host, port: front.port, knows }),
    async close() {
      await Promise.all([directory.close(), front.close()]);
    },
  };
}

function has(entry: DirectoryRecord, attribute: string): boolean {
  return Object.entries(entry.attributes).some(
    ([name, values]) => name.toLowerCase() === attribute.toLowerCase() && values.length > 0,
  );
}

/** Whether the account may write targetAddress, by the same rules the directory applies to LDAP clients. */
function mayWrite(
  directory: LabDirectory,
  entry: DirectoryRecord,
  account: LabAccount & { readonly sid: string },
): boolean {
  // Without access lists the answer is in the entry itself: a wave's worth is asked for at once.
  if (account.rights === "migration") return !entry.attributes["adminCount"]?.includes("1");
  const line = [entry];
  for (let dn = entry.dn; dn.includes(","); ) {
    dn = dn.slice((/^(?:\\.|[^,\\])*,/.exec(dn)?.[0] ?? dn).length);
    const above = dn === "" ? undefined : directory.entry(dn);
    if (above !== undefined) line.push(above);
  }
  const entries = new Entries(line);
  const stored = entries.get(entry.dn);
  return stored !== undefined && writableAttributes(entries, stored, account).includes("targetAddress");
}

/** The migration administrator as an account of the directory, known by the very name the plan gives it. */
function migrationAccount(world: World): { account: LabAccount & { sid: string }; entry: DirectoryRecord } {
  const { account: name, password } = world.source;
  const user = name.includes("\\") ? name.slice(name.indexOf("\\") + 1) : name.replace(/@.*/, "");
  // One account for everything has to be able to do everything.
  const one = isAccountOf(name, world.directory.bindDn);
  const dn = one ? world.directory.bindDn : `CN=${user},CN=Users,${domainParts(world.directory.baseDn)}`;
  const rights = one ? "admin" : world.source.rights === "granted" ? "reader" : "migration";
  return {
    account: { dn, password, rights, sid: migrationSid },
    entry: {
      dn,
      attributes: {
        objectClass: ["top", "person", "organizationalPerson", "user"],
        cn: [user],
        sAMAccountName: [user],
        objectSid: [{ base64: sidOctets(migrationSid).toString("base64") }],
        // A domain's short name need not be the first label of its DNS name, so the plan's spelling is a name as well.
        userPrincipalName: [`${user}@${world.domain}`, name],
      },
    },
  };
}

/** The domain's short name as the plan spells it before a backslash. */
function domainName({ source, directory }: World): { netbiosName?: string } {
  const [netbiosName] = [directory.bindDn, source.account].flatMap(
    (name) => /^([^\\=]+)\\/.exec(name)?.[1] ?? [],
  );
  return netbiosName === undefined ? {} : { netbiosName };
}

function everyEntry(world: World): DirectoryRecord[] {
  const { baseDn, exchange } = world.directory;
  const database = mailboxDatabase(domainParts(baseDn));
  const names = new Set<string>();
  return [
    database,
    ...world.mailboxes.map((mailbox) => {
      const local = mailbox.emailAddress.replace(/@.*/, "");
      const wanted = mailbox.displayName ?? local;
      // Two people of one name cannot share a DN.
      const displayName = names.has(wanted.toLowerCase()) ? mailbox.emailAddress : wanted;
      names.add(displayName.toLowerCase());
      return mailboxUser({
        address: mailbox.emailAddress,
        parentDn: baseDn,
        displayName,
        exchange,
        databaseDn: database.dn,
        unifiedMessaging: mailbox.unifiedMessaging ?? false,
        protectedAccount: mailbox.protectedAccount ?? false,
        ...defined({ aliases: mailbox.aliases }),
        attributes: kindAttributes(mailbox.kind, exchange),
      });
    }),
  ];
}

/** How a mailbox that is no user's own shows it (msExchRecipientTypeDetails); Exchange 2003 has nothing but the disabled account. */
export function kindAttributes(
  kind: MailboxKind | undefined,
  exchange: "2003" | "2007",
): DirectoryRecord["attributes"] {
  if (kind === undefined) return {};
  // Of a shared mailbox SELF is the master account, of a linked one the user of the other forest.
  const master = sidOctets(kind === "linked" ? "S-1-5-21-1-2-3-1105" : "S-1-5-10").toString("base64");
  const details = { shared: "4", room: "16", equipment: "32", linked: "2", system: "8388608" }[kind];
  return {
    userAccountControl: ["514"],
    ...(kind === "system" ? {} : { msExchMasterAccountSid: [{ base64: master }] }),
    ...(exchange === "2007" && { msExchRecipientTypeDetails: [details] }),
  };
}

/** The naming context of a DN. */
export function domainParts(dn: string): string {
  return /(?:^|,)\s*(DC=.*)$/i.exec(dn)?.[1] ?? dn;
}

interface ProbeContext {
  readonly world: World;
  readonly authority: Authority;
  readonly clock: LabClock;
  readonly host: string;
  readonly port: number;
  readonly knows: (address: string) => boolean;
}

/** The connection test of New-MigrationEndpoint and Test-MigrationServerAvailability: by the same preflight, from loopback. */
async function probe(settings: ConnectionSettings, context: ProbeContext): Promise<string | undefined> {
  const { world, authority, clock, host, port, knows } = context;
  const mailbox = settings.emailAddress ?? settings.testMailbox ?? world.source.testMailbox;
  if (!knows(mailbox)) return `The mailbox ${mailbox} couldn't be found on the on-premises server.`;
  const [, proxy = "", proxyPort] = /^(.*?)(?::(\d+))?$/.exec(settings.rpcProxyServer) ?? [];
  const answering = [world.source.rpcProxyServer, host, "localhost", "127.0.0.1"];
  if (!settings.useAutoDiscover) {
    if (!answering.includes(proxy.toLowerCase()) || (proxyPort !== undefined && Number(proxyPort) !== port))
      return `The RPC proxy server ${settings.rpcProxyServer} couldn't be reached.`;
    if (settings.exchangeServer.toLowerCase() !== world.source.exchangeServer.toLowerCase())
      return `The Exchange server ${settings.exchangeServer} isn't one that hosts mailboxes.`;
  }
  const report = await preflight(
    {
      testMailbox: mailbox,
      account: settings.credential.userName,
      password: settings.credential.password,
      authentication: settings.authentication.toLowerCase() === "ntlm" ? "Ntlm" : "Basic",
      ...(settings.useAutoDiscover
        ? { autodiscoverBase: [`${host}:${port}`] }
        : { exchangeServer: settings.exchangeServer, rpcProxyServer: proxy }),
    },
    {
      timeoutMs: 5000,
      now: clock.now(),
      authorities: [authority.caPem],
      network: {
        addresses: async () => [host === "localhost" ? "127.0.0.1" : host],
        services: async () => [],
        port: () => port,
      },
    },
  );
  const problem = report.problems.find(
    ({ code }) => !settings.acceptUntrustedCertificates || !code.startsWith("outlook-anywhere-certificate"),
  );
  return problem === undefined ? undefined : `${problem.subject}: ${problem.reason}.`;
}
