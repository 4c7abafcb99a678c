import { z } from "zod";
import { type CmdletParameters, credential, ExchangeError, type ExchangePort, flag } from "./port.js";
import { optionalBoolean, optionalText, parseRows, sameName, text } from "./schemas.js";
import { ignoreNotFound, isExchangeFailure, writeOnce } from "./write.js";

/** A migration endpoint as Get-MigrationEndpoint shows it. The service never returns its password. */
export interface MigrationEndpointInfo {
  readonly name: string;
  readonly guid: string | undefined;
  /** `ExchangeOutlookAnywhere` for ours. */
  readonly endpointType: string;
  readonly useAutoDiscover: boolean | undefined;
  readonly emailAddress: string | undefined;
  readonly userName: string | undefined;
  readonly exchangeServer: string | undefined;
  readonly rpcProxyServer: string | undefined;
  readonly nspiServer: string | undefined;
  readonly authentication: string | undefined;
  readonly mailboxPermission: string | undefined;
  readonly acceptUntrustedCertificates: boolean | undefined;
  readonly testMailbox: string | undefined;
}

/** Where Outlook Anywhere is: found by Autodiscover from a mailbox's address, or named. */
export type EndpointServers =
  | { readonly autodiscover: { readonly emailAddress: string } }
  | {
      readonly exchangeServer: string;
      readonly rpcProxyServer: string;
      /** @default Basic */
      readonly authentication?: "Basic" | "Ntlm";
      /** Tells the service which mailbox to test with. */
      readonly emailAddress?: string;
    };

/** How the service signs in on premises. */
export interface EndpointAccount {
  /** `DOMAIN\user` or an e-mail address. */
  readonly userName: string;
  readonly password: string;
}

/** What New-MigrationEndpoint is given for Outlook Anywhere (Microsoft's cmdlet reference, 2026-11). */
export interface NewMigrationEndpoint {
  readonly name: string;
  readonly servers: EndpointServers;
  readonly account: EndpointAccount;
  /** Absent: Exchange tries administrator access first, then FullAccess and Receive As. */
  readonly mailboxPermission?: "Admin" | "FullAccess";
}

/** What Set-MigrationEndpoint can change in place; name, Autodiscover mode and address mean a new endpoint (Microsoft's cmdlet reference, 2026-11). */
export interface EndpointChanges {
  readonly account?: EndpointAccount;
  readonly exchangeServer?: string;
  readonly rpcProxyServer?: string;
  readonly authentication?: "Basic" | "Ntlm";
  readonly mailboxPermission?: "Admin" | "FullAccess";
}

/** Outcome of Test-MigrationServerAvailability. A failed test is an answer, not an error. */
export interface EndpointTest {
  readonly success: boolean;
  readonly message: string | undefined;
  readonly detail: string | undefined;
}

const endpointRow = z
  .looseObject({
    Identity: text,
    Guid: optionalText,
    EndpointType: text,
    UseAutoDiscover: optionalBoolean,
    EmailAddress: optionalText,
    Username: optionalText,
    UserName: optionalText,
    ExchangeServer: optionalText,
    RpcProxyServer: optionalText,
    NspiServer: optionalText,
    Authentication: optionalText,
    MailboxPermission: optionalText,
    AcceptUntrustedCertificates: optionalBoolean,
    TestMailbox: optionalText,
  })
  .transform(
    (row): MigrationEndpointInfo => ({
      name: row.Identity,
      guid: row.Guid,
      endpointType: row.EndpointType,
      useAutoDiscover: row.UseAutoDiscover,
      emailAddress: row.EmailAddress,
      userName: row.Username ?? row.UserName,
      exchangeServer: row.ExchangeServer,
      rpcProxyServer: row.RpcProxyServer,
      nspiServer: row.NspiServer,
      authentication: row.Authentication,
      mailboxPermission: row.MailboxPermission,
      acceptUntrustedCertificates: row.AcceptUntrustedCertificates,
      testMailbox: row.TestMailbox,
    }),
  );

const testRow = z.looseObject({ Result: text, Message: optionalText, ErrorDetail: z.unknown().optional() });

/** One endpoint by exact name or GUID, or undefined (an unknown Identity may give all: Microsoft's cmdlet reference, 2026-11). @throws ExchangeError */
export async function getMigrationEndpoint(
  port: ExchangePort,
  name: string,
): Promise<MigrationEndpointInfo | undefined> {
  try {
    const { rows } = await port.invoke("Get-MigrationEndpoint", { Identity: name });
    return parseRows("Get-MigrationEndpoint", rows, endpointRow).find(
      (endpoint) => sameName(endpoint.name, name) || sameName(endpoint.guid, name),
    );
  } catch (error) {
    if (isExchangeFailure(error, "not-found")) return undefined;
    throw error;
  }
}

/**
 * Creates an Outlook Anywhere endpoint (New-MigrationEndpoint); Exchange tests the connection while it does so.
 * The REST transport may refuse credentials: give the PowerShell port (ExchangeOnlineManagement module, 2026-11).
 * @param reader where to read back, when that is not `port`
 * @throws ExchangeError
 */
export async function createMigrationEndpoint(
  port: ExchangePort,
  endpoint: NewMigrationEndpoint,
  reader: ExchangePort = port,
): Promise<MigrationEndpointInfo> {
  const read = () => getMigrationEndpoint(reader, endpoint.name);
  return writeOnce(async () => {
    const { rows } = await port.invoke("New-MigrationEndpoint", {
      Name: endpoint.name,
      ...connection(endpoint),
    });
    const created = parseRows("New-MigrationEndpoint", rows, endpointRow).find((row) =>
      sameName(row.name, endpoint.name),
    );
    const info = created ?? (await read());
    if (info !== undefined) return info;
    throw new ExchangeError("outcome-unknown", {
      subject: `migration endpoint ${endpoint.name}`,
      reason: "New-MigrationEndpoint succeeded, but the endpoint cannot be read yet",
      hint: "Run the same command again in a minute",
      operation: "Get-MigrationEndpoint",
    });
  }, read);
}

/** Changes an endpoint in place (Set-MigrationEndpoint). @throws ExchangeError */
export async function setMigrationEndpoint(
  port: ExchangePort,
  name: string,
  changes: EndpointChanges,
): Promise<void> {
  await port.invoke(
    "Set-MigrationEndpoint",
    {
      Identity: name,
      ExchangeServer: changes.exchangeServer,
      RpcProxyServer: changes.rpcProxyServer,
      Authentication: changes.authentication,
      MailboxPermission: changes.mailboxPermission,
      Credentials: changes.account && credential(changes.account.userName, changes.account.password),
      Confirm: false,
    },
    { repeatable: true },
  );
}

/** Removes an endpoint (Remove-MigrationEndpoint); refused by the service while a batch uses it. @throws ExchangeError */
export async function removeMigrationEndpoint(port: ExchangePort, name: string): Promise<void> {
  await ignoreNotFound(() =>
    port.invoke("Remove-MigrationEndpoint", { Identity: name, Confirm: false }, { repeatable: true }),
  );
}

/** Lets Exchange test an endpoint that exists; sends no credential. @throws ExchangeError when the test cannot be run */
export async function testMigrationEndpoint(
  port: ExchangePort,
  { endpoint }: { readonly endpoint: string },
): Promise<EndpointTest> {
  return runTest(port, { Endpoint: endpoint });
}

/** Lets Exchange test settings before an endpoint is made of them. @throws ExchangeError when the test cannot be run */
export async function testMigrationServer(
  port: ExchangePort,
  settings: Omit<NewMigrationEndpoint, "name">,
): Promise<EndpointTest> {
  return runTest(port, connection(settings));
}

async function runTest(port: ExchangePort, parameters: CmdletParameters): Promise<EndpointTest> {
  const cmdlet = "Test-MigrationServerAvailability";
  const { rows } = await port.invoke(cmdlet, parameters);
  const [row] = parseRows(cmdlet, rows, testRow);
  if (row === undefined) return { success: false, message: "Exchange gave no result", detail: undefined };
  const detail = row.ErrorDetail;
  return {
    success: row.Result.toLowerCase() === "success",
    message: row.Message,
    detail:
      detail === undefined || detail === null || detail === ""
        ? undefined
        : typeof detail === "string"
          ? detail
          : JSON.stringify(detail),
  };
}

function connection(settings: Omit<NewMigrationEndpoint, "name">): CmdletParameters {
  const { servers, account, mailboxPermission } = settings;
  return {
    ExchangeOutlookAnywhere: flag(true),
    Credentials: credential(account.userName, account.password),
    MailboxPermission: mailboxPermission,
    ...("autodiscover" in servers
      ? { Autodiscover: flag(true), EmailAddress: servers.autodiscover.emailAddress }
      : {
          ExchangeServer: servers.exchangeServer,
          RpcProxyServer: servers.rpcProxyServer,
          Authentication: servers.authentication,
          EmailAddress: servers.emailAddress,
        }),
  };
}
