import { mergedLicenses } from "../licenses.js";
import type { Person } from "../state.js";
import { alias, type Tenant } from "../tenant.js";
import { stableGuid } from "../world.js";
import type { GraphContext, GraphRequest } from "./route.js";

const basic = [
  "businessPhones",
  "displayName",
  "givenName",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
  "id",
];

/** Without `$select` Graph gives the basic properties only. */
export function shown(
  request: GraphRequest,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return request.query.has("$select") ? row : Object.fromEntries(basic.map((name) => [name, row[name]]));
}

/** A user as Graph shows it, with the properties that were asked for. */
export function userBody(
  person: Person,
  { tenant, now }: Pick<GraphContext, "tenant" | "now">,
): Readonly<Record<string, unknown>> {
  const created = new Date(tenant.createdAt).toISOString();
  return {
    id: person.id,
    displayName: person.displayName,
    givenName: null,
    surname: null,
    jobTitle: null,
    businessPhones: [],
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    mail: person.emailAddress,
    mailNickname: alias(person),
    userPrincipalName: tenant.principalName(person),
    userType: "Member",
    accountEnabled: person.disabled !== true,
    usageLocation: person.usageLocation ?? null,
    createdDateTime: created,
    proxyAddresses: addresses(person, tenant),
    onPremisesSyncEnabled: true,
    onPremisesLastSyncDateTime: new Date(now - (now % 1_800_000)).toISOString(),
    // Only worked out where it is asked for: that takes longer than all the rest.
    get onPremisesImmutableId() {
      return Buffer.from(stableGuid("immutable", person.id)).toString("base64");
    },
    onPremisesProvisioningErrors: [],
    assignedLicenses: mergedLicenses(person.licenses).map(({ skuId, disabledPlans }) => ({
      skuId,
      disabledPlans,
    })),
    licenseAssignmentStates: [
      ...person.licenses.map(({ skuId, disabledPlans, byGroup }) => ({
        skuId,
        disabledPlans,
        assignedByGroup: byGroup ?? null,
        state: "Active",
        error: "None",
        lastUpdatedDateTime: created,
      })),
      ...(person.licenseErrors ?? []).map(({ skuId, byGroup, error }) => ({
        skuId,
        disabledPlans: [],
        assignedByGroup: byGroup,
        state: "Error",
        error,
        lastUpdatedDateTime: created,
      })),
    ],
  };
}

function addresses(person: Person, tenant: Tenant): string[] {
  return [
    `SMTP:${person.emailAddress}`,
    `smtp:${tenant.routingAddress(person)}`,
    ...(person.aliases ?? []).map((alias) => `smtp:${alias}`),
  ];
}
