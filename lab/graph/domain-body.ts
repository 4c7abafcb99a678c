import type { DomainRecord } from "../state.js";
import type { Tenant } from "../tenant.js";

/** A domain as Graph shows it. */
export function domainBody(domain: DomainRecord): Readonly<Record<string, unknown>> {
  return {
    id: domain.id,
    authenticationType: "Managed",
    availabilityStatus: domain.isVerified ? null : "AvailableImmediately",
    isAdminManaged: true,
    isDefault: domain.isDefault,
    isInitial: domain.isInitial,
    isRoot: true,
    isVerified: domain.isVerified,
    supportedServices: domain.supportedServices,
    passwordNotificationWindowInDays: null,
    passwordValidityPeriodInDays: null,
    state: null,
  };
}

/** The OData type of a record. */
export function typed(kind: "Mx" | "Txt" | "CName"): Readonly<Record<string, unknown>> {
  const name = kind === "CName" ? "Cname" : kind;
  return { "@odata.type": `#microsoft.graph.domainDns${name}Record`, recordType: kind };
}

/** Empty until the domain is verified and Email is on. */
export function serviceRecords(domain: DomainRecord, tenant: Tenant): Readonly<Record<string, unknown>>[] {
  if (!domain.isVerified || !domain.supportedServices.includes("Email")) return [];
  const { named = {} } = domain;
  const usual =
    domain.id === tenant.world.domain
      ? tenant.world.mailExchange
      : `${domain.id.replaceAll(".", "-")}.mail.protection.outlook.com`;
  const common = { isOptional: false, supportedService: "Email", ttl: 3600 };
  const { mailExchange = usual, preference = 0, autodiscover = "autodiscover.outlook.com" } = named;
  const cname = {
    ...typed("CName"),
    ...common,
    id: `${domain.id}-autodiscover`,
    label: `autodiscover.${domain.id}`,
    canonicalName: autodiscover,
  };
  return [
    ...(autodiscover === null ? [] : [cname]),
    { ...typed("Mx"), ...common, id: `${domain.id}-mx`, label: domain.id, mailExchange, preference },
    {
      ...typed("Txt"),
      ...common,
      id: `${domain.id}-spf`,
      label: domain.id,
      text: "v=spf1 include:spf.protection.outlook.com -all",
    },
  ];
}
