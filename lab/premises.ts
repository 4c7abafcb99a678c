import { defined } from "../src/base/defined.js";
import type { Authority } from "./certificates.js";
import type { LabClock } from "./clock.js";
import { domainParts, parentDn } from "./directory/dn.js";
import { Entries, hasValue } from "./directory/entries.js";
import {
  type DirectoryRecord,
  type LabAccount,
  type LabDirectory,
  startDirectoryServer,
} from "./directory/index.js";
import { writableAttributes } from "./directory/rights.js";
import { directoryAccounts, domainName, mailboxEntries, migrationAccount } from "./directory-content.js";
import type { ConnectionSettings } from "./exchange/cmdlet.js";
import type { FaultBoard } from "./faults.js";
import type { Premises } from "./migration/service.js";
import { probe } from "./outlook-anywhere/connection-test.js";
import { type LabFront, startOutlookAnywhere } from "./outlook-anywhere/index.js";
import { isAccountOf, type World } from "./world.js";

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
  const directory = await startDirectoryServer({
    entries: options.entries ?? [...mailboxEntries(world), migration.entry],
    tls: certificate,
    accounts: directoryAccounts(world, migration),
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
  const version = () => `${directory.requests.modify} ${writes}`;
  // Four connections over TLS, which go well again until the directory, a password or the day is another one.
  const connected = new Set<string>();
  return {
    directory,
    front,
    version,
    touched: () => {
      writes += 1;
    },
    hasMailbox: (address) =>
      directory.findByAddress(address).some(({ attributes }) => hasValue(attributes, "homeMDB")),
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
    async probe(settings) {
      const day = clock.now().toISOString().slice(0, 10);
      const asked = JSON.stringify([settings, accounts, version(), day]);
      if (connected.has(asked)) return undefined;
      const reason = await probe(settings, { world, authority, clock, host, port: front.port, knows });
      if (reason === undefined) connected.add(asked);
      return reason;
    },
    async close() {
      await Promise.all([directory.close(), front.close()]);
    },
  };
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
  for (let dn = parentDn(entry.dn); dn !== ""; dn = parentDn(dn))
    line.push(...[directory.entry(dn)].filter((above) => above !== undefined));
  const entries = new Entries(line);
  const stored = entries.get(entry.dn);
  return stored !== undefined && writableAttributes(entries, stored, account).includes("targetAddress");
}
