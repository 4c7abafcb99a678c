import { defined } from "../../src/base/defined.js";
import type { EndpointRecord } from "../state.js";
import type { Arguments } from "./arguments.js";
import type { CmdletContext, ConnectionSettings } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";

/** How to reach Outlook Anywhere, from the parameters of New- and Test-. Throws CmdletError for a mix no set allows. */
export function readSettings(given: Arguments): ConnectionSettings {
  given.require("ExchangeOutlookAnywhere", "Credentials");
  const credential = given.credential("Credentials");
  const useAutoDiscover = given.flag("Autodiscover");
  if (useAutoDiscover && given.has("ExchangeServer", "RpcProxyServer", "NspiServer", "Authentication"))
    throw unresolvedSet();
  if (useAutoDiscover) given.require("EmailAddress");
  else given.require("ExchangeServer", "RpcProxyServer");
  if (credential === undefined) throw unresolvedSet();
  const emailAddress = given.text("EmailAddress");
  const testMailbox = given.text("TestMailbox");
  return {
    exchangeServer: given.text("ExchangeServer") ?? "",
    rpcProxyServer: given.text("RpcProxyServer") ?? "",
    useAutoDiscover,
    authentication: authenticationOf(given) ?? "Basic",
    acceptUntrustedCertificates: given.flag("AcceptUntrustedCertificates"),
    ...defined({ emailAddress, testMailbox }),
    credential,
  };
}

/** How to reach Outlook Anywhere, from an endpoint there is. */
export function settingsOf(endpoint: EndpointRecord): ConnectionSettings {
  return { ...endpoint, credential: { userName: endpoint.userName, password: endpoint.password } };
}

/** Throws CmdletError when the connection test fails. */
export async function refuseUnreachable(settings: ConnectionSettings, context: CmdletContext): Promise<void> {
  const reason = await context.probe(settings);
  if (reason !== undefined)
    throw new CmdletError("Refused", `Unable to connect to the server. ${reason}`, settings.rpcProxyServer);
}

/** The settings of an endpoint that may be left out. */
export function optionalSettings(given: Arguments): Partial<EndpointRecord> {
  const permission = given.text("MailboxPermission");
  if (permission !== undefined && !/^(Admin|FullAccess)$/.test(permission))
    throw new CmdletError(
      "Parameter",
      `Cannot process argument transformation on parameter 'MailboxPermission'. Cannot convert value "${permission}" to type "Microsoft.Exchange.Data.Storage.Management.MigrationMailboxPermission".`,
    );
  const nspiServer = given.text("NspiServer");
  const legacyDn = given.text("SourceMailboxLegacyDN");
  const testMailbox = given.text("TestMailbox");
  return {
    ...defined({ mailboxPermission: permission, nspiServer, sourceMailboxLegacyDN: legacyDn, testMailbox }),
  };
}

/** Basic or Ntlm, in any case; undefined when it was not given. Throws CmdletError for anything else. */
export function authenticationOf(given: Arguments): string | undefined {
  const value = given.text("Authentication");
  if (value !== undefined && !/^(Basic|Ntlm)$/i.test(value))
    throw new CmdletError(
      "Parameter",
      `Cannot process argument transformation on parameter 'Authentication'. Cannot convert value "${value}" to type "Microsoft.Exchange.Data.AuthenticationMethod".`,
    );
  return value;
}

/** Throws CmdletError for parameters of other endpoint types. */
export function refuseOtherTypes(given: Arguments): void {
  if (given.has("ExchangeRemoteMove", "IMAP", "RemoteServer", "Port", "Security")) throw unresolvedSet();
}

/** Throws CmdletError when more incremental syncs than migrations are asked for. */
export function refuseLimits(given: Arguments): void {
  const incremental = given.number("MaxConcurrentIncrementalSyncs");
  const migrations = given.number("MaxConcurrentMigrations");
  if (incremental !== undefined && incremental > (migrations ?? 20))
    throw new CmdletError(
      "Refused",
      "The value of MaxConcurrentIncrementalSyncs can't be greater than the value of MaxConcurrentMigrations.",
    );
}

/** A limit as the service shows it: digits or Unlimited. */
export function limitText(given: Arguments, name: string, fallback: string): string {
  const value = given.number(name);
  return value === undefined ? fallback : value === Number.POSITIVE_INFINITY ? "Unlimited" : String(value);
}

/** The error of a mix of parameters that fits no set. */
export function unresolvedSet(): CmdletError {
  return new CmdletError(
    "ParameterSet",
    "Parameter set cannot be resolved using the specified named parameters.",
  );
}
