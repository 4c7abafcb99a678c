import type { EndpointRecord } from "../state.js";
import { stableGuid } from "../world.js";
import {
  type Cmdlet,
  type CmdletContext,
  type ConnectionSettings,
  dateText,
  nothing,
  output,
  type Row,
  sameName,
} from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";
import {
  authenticationOf,
  limitText,
  optionalSettings,
  readSettings,
  refuseLimits,
  refuseOtherTypes,
  refuseUnreachable,
  settingsOf,
  unresolvedSet,
} from "./endpoint-settings.js";

const connection = {
  AcceptUntrustedCertificates: "switch",
  Authentication: "string",
  Autodiscover: "switch",
  Credentials: "credential",
  EmailAddress: "string",
  ExchangeOutlookAnywhere: "switch",
  ExchangeRemoteMove: "switch",
  ExchangeServer: "string",
  IMAP: "switch",
  MailboxPermission: "string",
  NspiServer: "string",
  Port: "int",
  RemoteServer: "string",
  RpcProxyServer: "string",
  Security: "string",
  SourceMailboxLegacyDN: "string",
  TestMailbox: "string",
} as const;

const limits = {
  MaxConcurrentIncrementalSyncs: "unlimited",
  MaxConcurrentMigrations: "unlimited",
} as const;

/** New-, Get-, Set-, Remove-MigrationEndpoint and Test-MigrationServerAvailability (Microsoft's cmdlet reference, 2026-11). */
export const endpointCmdlets: Readonly<Record<string, Cmdlet>> = {
  "New-MigrationEndpoint": {
    parameters: { Name: "string", Partition: "string", SkipVerification: "switch", ...connection, ...limits },
    async run(given, context) {
      given.require("Name");
      const name = given.text("Name") ?? "";
      refuseOtherTypes(given);
      const refuseTaken = () => {
        if (context.tenant.endpoints.some((endpoint) => sameName(endpoint.name, name)))
          throw new CmdletError("AlreadyExists", `The migration endpoint "${name}" already exists.`, name);
      };
      refuseTaken();
      const settings = readSettings(given);
      refuseLimits(given);
      if (!given.flag("SkipVerification")) await refuseUnreachable(settings, context);
      // Somebody else may have made one of that name meanwhile.
      refuseTaken();
      const { credential, ...shown } = settings;
      const endpoint: EndpointRecord = {
        guid: stableGuid(context.tenant.world.tenantId, "endpoint", name, String(context.now)),
        name,
        ...shown,
        ...optionalSettings(given),
        maxConcurrentMigrations: limitText(given, "MaxConcurrentMigrations", "20"),
        maxConcurrentIncrementalSyncs: limitText(given, "MaxConcurrentIncrementalSyncs", "10"),
        userName: credential.userName,
        password: credential.password,
        createdAt: context.now,
        changedAt: context.now,
      };
      context.tenant.endpoints.push(endpoint);
      return output([endpoint], endpointRow);
    },
  },
  "Get-MigrationEndpoint": {
    parameters: {
      ConnectionSettings: "string",
      Diagnostic: "switch",
      DiagnosticArgument: "string",
      Identity: "string",
      Partition: "string",
      Type: "string",
    },
    run(given, context) {
      const identity = given.text("Identity");
      const type = given.text("Type");
      const all = context.tenant.endpoints.filter(
        () => type === undefined || sameName(type, "ExchangeOutlookAnywhere"),
      );
      if (identity === undefined) return output(all, endpointRow);
      const found = all.filter((endpoint) => isEndpoint(endpoint, identity));
      if (found.length === 0 && !context.behaviour.getUnknownReturnsAll) throw notFound(identity);
      return output(found.length === 0 ? all : found, endpointRow);
    },
  },
  "Set-MigrationEndpoint": {
    parameters: {
      AcceptUntrustedCertificates: "bool",
      ApplicationId: "string",
      AppSecretKeyVaultUrl: "string",
      Authentication: "string",
      Credentials: "credential",
      ExchangeServer: "string",
      Identity: "string",
      MailboxPermission: "string",
      NspiServer: "string",
      Partition: "string",
      Port: "int",
      RemoteServer: "string",
      RpcProxyServer: "string",
      Security: "string",
      SkipVerification: "switch",
      SourceMailboxLegacyDN: "string",
      TestMailbox: "string",
      ...limits,
    },
    async run(given, context) {
      given.require("Identity");
      const endpoint = requireEndpoint(context, given.text("Identity") ?? "");
      refuseLimits(given);
      const credential = given.credential("Credentials");
      const changed: EndpointRecord = {
        ...endpoint,
        exchangeServer: given.text("ExchangeServer") ?? endpoint.exchangeServer,
        rpcProxyServer: given.text("RpcProxyServer") ?? endpoint.rpcProxyServer,
        authentication: authenticationOf(given) ?? endpoint.authentication,
        acceptUntrustedCertificates:
          given.boolean("AcceptUntrustedCertificates") ?? endpoint.acceptUntrustedCertificates,
        ...optionalSettings(given),
        maxConcurrentMigrations: limitText(
          given,
          "MaxConcurrentMigrations",
          endpoint.maxConcurrentMigrations,
        ),
        maxConcurrentIncrementalSyncs: limitText(
          given,
          "MaxConcurrentIncrementalSyncs",
          endpoint.maxConcurrentIncrementalSyncs,
        ),
        userName: credential?.userName ?? endpoint.userName,
        password: credential?.password ?? endpoint.password,
        changedAt: context.now,
      };
      if (!given.flag("SkipVerification")) await refuseUnreachable(settingsOf(changed), context);
      Object.assign(endpoint, changed);
      return nothing;
    },
  },
  "Remove-MigrationEndpoint": {
    parameters: { Identity: "string", Partition: "string" },
    run(given, context) {
      given.require("Identity");
      const endpoint = requireEndpoint(context, given.text("Identity") ?? "");
      const user = context.tenant.batches.find((batch) => batch.endpoint === endpoint.guid);
      if (user !== undefined)
        throw new CmdletError(
          "Refused",
          `The migration endpoint "${endpoint.name}" can't be removed because it's used by the migration batch "${user.name}".`,
          endpoint.name,
        );
      context.tenant.endpoints.splice(context.tenant.endpoints.indexOf(endpoint), 1);
      return nothing;
    },
  },
  "Test-MigrationServerAvailability": {
    parameters: { Endpoint: "string", FilePath: "string", Partition: "string", ...connection },
    async run(given, context) {
      const name = given.text("Endpoint");
      let settings: ConnectionSettings;
      if (name === undefined) {
        refuseOtherTypes(given);
        if (!given.flag("Autodiscover")) given.require("ExchangeServer", "RpcProxyServer");
        settings = readSettings(given);
      } else {
        if (given.has("Credentials", "ExchangeServer", "RpcProxyServer", "Autodiscover"))
          throw unresolvedSet();
        settings = settingsOf(requireEndpoint(context, name));
      }
      const fault = await context.probe(settings);
      return output([{ reason: fault }], ({ reason }) => ({
        Result: reason === undefined ? "Success" : "Failed",
        Message: reason ?? "",
        ConnectionSettings: `ExchangeOutlookAnywhere;${settings.exchangeServer};${settings.rpcProxyServer}`,
        SupportsCutover: reason === undefined,
        ErrorDetail:
          reason === undefined
            ? null
            : `Microsoft.Exchange.Migration.MigrationServerConnectionFailedException: ${reason}`,
        IsValid: true,
        Identity: "",
        ObjectState: "New",
      }));
    },
  },
};

function notFound(identity: string): CmdletError {
  return new CmdletError("NotFound", `The migration endpoint "${identity}" couldn't be found.`, identity);
}

function isEndpoint(endpoint: EndpointRecord, identity: string): boolean {
  return sameName(endpoint.name, identity) || sameName(endpoint.guid, identity);
}

/** The endpoint of that name or GUID. Throws CmdletError. */
export function requireEndpoint(context: CmdletContext, identity: string): EndpointRecord {
  const endpoint = context.tenant.endpoints.find((item) => isEndpoint(item, identity));
  if (endpoint === undefined) throw notFound(identity);
  return endpoint;
}

function endpointRow(endpoint: EndpointRecord): Row {
  return {
    Identity: endpoint.name,
    Guid: endpoint.guid,
    EndpointType: "ExchangeOutlookAnywhere",
    MaxConcurrentMigrations: endpoint.maxConcurrentMigrations,
    MaxConcurrentIncrementalSyncs: endpoint.maxConcurrentIncrementalSyncs,
    UseAutoDiscover: endpoint.useAutoDiscover,
    EmailAddress: endpoint.emailAddress ?? null,
    ExchangeServer: endpoint.exchangeServer,
    RpcProxyServer: endpoint.rpcProxyServer,
    NspiServer: endpoint.nspiServer ?? endpoint.exchangeServer,
    Authentication: endpoint.authentication,
    MailboxPermission: endpoint.mailboxPermission ?? "Admin",
    SourceMailboxLegacyDN: endpoint.sourceMailboxLegacyDN ?? null,
    TestMailbox: endpoint.testMailbox ?? null,
    AcceptUntrustedCertificates: endpoint.acceptUntrustedCertificates,
    Username: endpoint.userName,
    RemoteServer: null,
    Port: null,
    Security: "None",
    CreatedTime: dateText(endpoint.createdAt),
    LastModifiedTime: dateText(endpoint.changedAt),
    IsValid: true,
    ObjectState: "Unchanged",
  };
}
