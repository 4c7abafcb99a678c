import { givesMailbox } from "../licenses.js";
import type { Person, SharedKind } from "../state.js";
import { alias, type Tenant } from "../tenant.js";
import { stableGuid } from "../world.js";
import type { Arguments } from "./arguments.js";
import { type Cmdlet, type CmdletContext, dateText, limited, output, type Row, sameName } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";
import { parseRecipientFilter } from "./recipient-filter.js";

const selection = {
  Anr: "string",
  Filter: "string",
  Identity: "string",
  OrganizationalUnit: "string",
  ResultSize: "unlimited",
  SortBy: "string",
} as const;

const nobody = "00000000-0000-0000-0000-000000000000";

/** Reading recipients and accepted domains; Get-Mailbox is what the conversion needs (Microsoft's cmdlet reference, 2026-11). */
export const recipientCmdlets: Readonly<Record<string, Cmdlet>> = {
  "Get-Mailbox": {
    parameters: {
      ...selection,
      Archive: "switch",
      GroupMailbox: "switch",
      InactiveMailboxOnly: "switch",
      IncludeInactiveMailbox: "switch",
      MailboxPlan: "string",
      Migration: "switch",
      PublicFolder: "switch",
      RecipientTypeDetails: "strings",
      SoftDeletedMailbox: "switch",
    },
    run: (given, context) => read(given, context, ["UserMailbox"]),
  },
  "Set-Mailbox": {
    parameters: { Identity: "string", Type: "string" },
    run(given, { tenant }) {
      const identity = given.text("Identity") ?? "";
      const person = byIdentity(tenant, identity);
      if (person?.mailbox === undefined || tenant.recipientType(person) !== "UserMailbox")
        throw notFound(identity);
      const type = (given.text("Type") ?? "Regular").toLowerCase();
      const kind = (["shared", "room", "equipment"] as const).find((name) => name === type);
      if (kind === undefined && type !== "regular")
        throw new CmdletError(
          "Refused",
          `The value "${type}" of Type isn't one of Regular, Room, Equipment, Shared.`,
        );
      if (kind === undefined) delete person.mailbox.kind;
      else person.mailbox.kind = kind;
      return output([], () => ({}));
    },
  },
  "Get-MailUser": {
    parameters: { ...selection, RecipientTypeDetails: "strings", SoftDeletedMailUser: "switch" },
    run: (given, context) => read(given, context, ["MailUser"]),
  },
  "Get-Recipient": {
    parameters: {
      ...selection,
      AuthenticationType: "string",
      BookmarkDisplayName: "string",
      Capabilities: "string",
      Database: "string",
      IncludeBookmarkObject: "bool",
      IncludeSoftDeletedRecipients: "switch",
      PropertySet: "string",
      RecipientPreviewFilter: "string",
      RecipientType: "strings",
      RecipientTypeDetails: "strings",
    },
    run: (given, context) => read(given, context, ["UserMailbox", "MailUser"]),
  },
  "Get-AcceptedDomain": {
    parameters: { Identity: "string", ResultSize: "unlimited" },
    run(given, context) {
      const all = acceptedDomains(context);
      const identity = given.text("Identity");
      const found = identity === undefined ? all : all.filter((name) => sameName(name, identity));
      if (identity !== undefined && found.length === 0) throw notFound(identity);
      return limited(found, given, (name) => domainRow(name, context));
    },
  },
  "Get-OrganizationConfig": {
    parameters: {},
    run: (_given, context) =>
      output([context.tenant.world], (world) => ({
        Name: world.initialDomain,
        Identity: world.initialDomain,
        DisplayName: world.domain,
        Guid: world.tenantId,
        IsDehydrated: false,
        RejectDirectSend: context.behaviour.rejectDirectSend ?? false,
      })),
  },
  "Get-InboundConnector": {
    parameters: { Identity: "string", ResultSize: "unlimited" },
    run(given, context) {
      const all = context.behaviour.inboundConnector === true ? ["From on premises"] : [];
      const identity = given.text("Identity");
      const found = identity === undefined ? all : all.filter((name) => sameName(name, identity));
      if (identity !== undefined && found.length === 0) throw notFound(identity);
      return limited(found, given, (name) => ({
        Identity: name,
        Name: name,
        Enabled: true,
        ConnectorType: "OnPremises",
        SenderDomains: ["smtp:*;1"],
      }));
    },
  },
};

/** The domains Exchange takes mail for: those with Email, once that has been replicated. */
export function acceptedDomains(context: Pick<CmdletContext, "tenant" | "now" | "behaviour">): string[] {
  const lag = context.behaviour.acceptedDomainSeconds * 1000;
  return [...context.tenant.domains.values()]
    .filter(
      (domain) =>
        domain.isVerified && domain.emailSince !== undefined && context.now >= domain.emailSince + lag,
    )
    .map((domain) => domain.id);
}

function read(given: Arguments, context: CmdletContext, types: readonly string[]) {
  const { tenant } = context;
  const identity = given.text("Identity");
  const named = (list: readonly string[] | undefined, type: string) =>
    list === undefined || list.some((name) => name.split(",").some((one) => sameName(one.trim(), type)));
  const details = given.texts("RecipientTypeDetails");
  const kinds = given.texts("RecipientType");
  const filterText = given.text("Filter");
  const [first] = tenant.people;
  const filter =
    filterText === undefined || first === undefined
      ? undefined
      : parseRecipientFilter(filterText, recipientRow(first, tenant));
  let people: readonly Person[] = tenant.people;
  if (identity !== undefined) {
    const person = byIdentity(tenant, identity);
    if (person === undefined || !types.includes(tenant.recipientType(person))) throw notFound(identity);
    people = [person];
  }
  const found = people.filter((person) => {
    const type = tenant.recipientType(person);
    if (!types.includes(type)) return false;
    const detail = type === "UserMailbox" ? detailsOf(person.mailbox?.kind) : type;
    if (!named(kinds, type) || !named(details, detail)) return false;
    return filter === undefined || filter(recipientRow(person, tenant));
  });
  return limited(found, given, (person) => recipientRow(person, tenant));
}

function byIdentity(tenant: Tenant, identity: string): Person | undefined {
  const person =
    tenant.byAddress(identity) ??
    tenant.byKey(identity) ??
    tenant.byAddress(`${identity}@${tenant.world.domain}`);
  if (person !== undefined) return person;
  const lower = identity.toLowerCase();
  return tenant.people.find(
    (other) => other.mailbox?.guid === lower || tenant.legacyExchangeDN(other).toLowerCase() === lower,
  );
}

function recipientRow(person: Person, tenant: Tenant): Row {
  const type = tenant.recipientType(person);
  const isMailbox = type === "UserMailbox";
  return {
    Identity: alias(person),
    Name: alias(person),
    Alias: alias(person),
    DisplayName: person.displayName,
    Guid: stableGuid("exchange", person.id),
    ExternalDirectoryObjectId: person.id,
    UserPrincipalName: tenant.principalName(person),
    WindowsLiveID: tenant.principalName(person),
    PrimarySmtpAddress: person.emailAddress,
    WindowsEmailAddress: person.emailAddress,
    EmailAddresses: [
      `smtp:${tenant.routingAddress(person)}`,
      `SMTP:${person.emailAddress}`,
      ...(person.aliases ?? []).map((address) => `smtp:${address}`),
    ],
    ExternalEmailAddress: isMailbox ? null : `SMTP:${person.emailAddress}`,
    LegacyExchangeDN: tenant.legacyExchangeDN(person),
    ExchangeGuid: isMailbox ? (person.mailbox?.guid ?? nobody) : nobody,
    ArchiveGuid: nobody,
    RecipientType: type,
    RecipientTypeDetails: isMailbox ? detailsOf(person.mailbox?.kind) : type,
    IsDirSynced: true,
    IsMailboxEnabled: isMailbox,
    SKUAssigned: givesMailbox(person.licenses, tenant.licensing.skus),
    UsageLocation: person.usageLocation ?? null,
    WhenMailboxCreated: isMailbox ? dateText(person.mailbox?.createdAt) : null,
  };
}

function detailsOf(kind: SharedKind | undefined): string {
  return kind === undefined ? "UserMailbox" : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Mailbox`;
}

function domainRow(name: string, { tenant, behaviour }: CmdletContext): Row {
  return {
    Identity: name,
    Name: name,
    DomainName: name,
    DomainType: name === tenant.world.domain ? (behaviour.domainType ?? "Authoritative") : "Authoritative",
    Default: tenant.domains.get(name)?.isDefault ?? false,
    InitialDomain: tenant.domains.get(name)?.isInitial ?? false,
    MatchSubDomains: false,
    AuthenticationType: "Managed",
  };
}

function notFound(identity: string): CmdletError {
  return new CmdletError(
    "NotFound",
    `The operation couldn't be performed because object '${identity}' couldn't be found on 'lab'.`,
    identity,
  );
}
