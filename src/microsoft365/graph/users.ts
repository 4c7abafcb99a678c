import { z } from "zod";
import { serviceDate } from "../../base/dates.js";
import type { GraphClient, GraphError } from "./client.js";

/** How one licence of a user stands (Microsoft Graph v1.0 reference, 2026-11). */
export interface LicenseState {
  readonly skuId: string;
  /** Group the licence comes from; undefined for a direct one. */
  readonly assignedByGroup: string | undefined;
  /** Active, ActiveWithError, Disabled, Error. */
  readonly state: string;
  /** Such as CountViolation, ProhibitedInUsageLocationViolation. */
  readonly error: string | undefined;
  /** Service plans that this assignment leaves out. */
  readonly disabledPlans: readonly string[];
}

/** A user of the tenant, as far as the migration asks. */
export interface GraphUser {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly mail: string | undefined;
  /** `SMTP:` primary, `smtp:` others. */
  readonly proxyAddresses: readonly string[];
  /** ISO 3166, two letters. */
  readonly usageLocation: string | undefined;
  /** Whether it comes from the on-premises directory. */
  readonly synchronized: boolean;
  readonly accountEnabled: boolean;
  readonly licenses: readonly { readonly skuId: string; readonly disabledPlans: readonly string[] }[];
  readonly licenseStates: readonly LicenseState[];
  readonly createdAt: Date | undefined;
  /** Attribute conflicts of directory synchronization, such as a proxy address held twice. */
  readonly provisioningErrors: readonly { readonly property: string; readonly value: string }[];
}

const select = [
  "id",
  "userPrincipalName",
  "mail",
  "proxyAddresses",
  "usageLocation",
  "onPremisesSyncEnabled",
  "accountEnabled",
  "assignedLicenses",
  "licenseAssignmentStates",
  "createdDateTime",
  "onPremisesProvisioningErrors",
].join(",");

const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const optional = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

const licenses = listOf(
  z
    .looseObject({ skuId: z.string(), disabledPlans: listOf(z.string()) })
    .transform(({ skuId, disabledPlans }) => ({ skuId, disabledPlans })),
);

const states = listOf(
  z
    .looseObject({
      skuId: z.string(),
      assignedByGroup: optional,
      state: z.string(),
      error: optional,
      disabledPlans: listOf(z.string()),
    })
    .transform(
      ({ skuId, assignedByGroup, state, error, disabledPlans }): LicenseState => ({
        skuId,
        assignedByGroup,
        state,
        error: error === undefined || error.toLowerCase() === "none" ? undefined : error,
        disabledPlans,
      }),
    ),
);

const user = z
  .looseObject({
    id: z.string(),
    userPrincipalName: z.string(),
    mail: optional,
    proxyAddresses: listOf(z.string()),
    usageLocation: optional,
    onPremisesSyncEnabled: z.boolean().nullish(),
    accountEnabled: z.boolean().nullish(),
    assignedLicenses: licenses,
    licenseAssignmentStates: states,
    createdDateTime: z.iso.datetime({ offset: true }).nullish(),
    onPremisesProvisioningErrors: listOf(z.looseObject({ propertyCausingError: optional, value: optional })),
  })
  .transform(
    (row): GraphUser => ({
      id: row.id,
      userPrincipalName: row.userPrincipalName,
      mail: row.mail,
      proxyAddresses: row.proxyAddresses,
      usageLocation: row.usageLocation,
      synchronized: row.onPremisesSyncEnabled ?? false,
      accountEnabled: row.accountEnabled ?? true,
      licenses: row.assignedLicenses,
      licenseStates: row.licenseAssignmentStates,
      createdAt: row.createdDateTime ? serviceDate(row.createdDateTime) : undefined,
      provisioningErrors: row.onPremisesProvisioningErrors.map(({ propertyCausingError, value }) => ({
        property: propertyCausingError ?? "unknown",
        value: value ?? "",
      })),
    }),
  );

/** All users of the tenant in pages of 999. @param onPage called with the number read so far @throws GraphError */
export async function listUsers(graph: GraphClient, onPage?: (total: number) => void): Promise<GraphUser[]> {
  return graph.list(`/users?$top=999&$select=${select}`, user, onPage);
}

/** Which licences a user has, and what is in the way of those from groups. */
export type UserLicenses = Pick<GraphUser, "id" | "licenses" | "licenseStates">;

const userLicenses = z
  .looseObject({ id: z.string(), assignedLicenses: licenses, licenseAssignmentStates: states })
  .transform(
    ({ id, assignedLicenses, licenseAssignmentStates }): UserLicenses => ({
      id,
      licenses: assignedLicenses,
      licenseStates: licenseAssignmentStates,
    }),
  );

/** The licences of all users of the tenant, in pages of 999 that hold nothing else. @throws GraphError */
export async function listUserLicenses(graph: GraphClient): Promise<UserLicenses[]> {
  return graph.list("/users?$top=999&$select=id,assignedLicenses,licenseAssignmentStates", userLicenses);
}

/** What came of one user's change. */
export type UserResult =
  | { readonly userId: string; readonly done: true }
  | { readonly userId: string; readonly done: false; readonly error: GraphError };

/**
 * Sets users' usage location, 20 to a request; works for synchronized users too (Microsoft Graph v1.0 reference, 2026-11).
 * @param location ISO 3166, two letters
 * @returns one result for each id, in order
 */
export async function setUsageLocation(
  graph: GraphClient,
  userIds: readonly string[],
  location: string,
  onProgress?: (done: number) => void,
): Promise<UserResult[]> {
  const ids = [...new Set(userIds)];
  const responses = await graph.batch(
    ids.map((id) => ({
      method: "PATCH",
      path: `/users/${encodeURIComponent(id)}`,
      body: { usageLocation: location },
    })),
    onProgress,
  );
  return ids.map((userId, index) => {
    const error = responses[index]?.error;
    return error === undefined ? { userId, done: true } : { userId, done: false, error };
  });
}
