import { z } from "zod";
import { pause, retryDelay } from "../../base/retry.js";
import type { GraphClient, GraphError } from "./client.js";

/** A subscription of the tenant (Graph `subscribedSku`, 2026-11). */
export interface SubscribedSku {
  readonly skuId: string;
  /** Such as ENTERPRISEPACK. */
  readonly skuPartNumber: string;
  /** Enabled, Warning, Suspended, Deleted, LockedOut. */
  readonly capabilityStatus: string;
  /** Only `User` can be assigned. */
  readonly appliesTo: string;
  readonly consumedUnits: number;
  readonly enabledUnits: number;
  readonly warningUnits: number;
  readonly servicePlans: readonly { readonly servicePlanId: string; readonly servicePlanName: string }[];
}

/** Why a licence could not be given; those that share one Graph code are told apart by text. */
export type LicenseFailure =
  | "usage-location"
  | "prohibited-location"
  | "unknown-sku"
  | "not-for-users"
  | "no-seats"
  /** A plan needs another one, which is off or in no licence of the user. */
  | "missing-plan"
  /** Another licence has a plan that cannot be beside one of this. */
  | "conflicting-plan"
  /** A plan to leave out is none of the licence. */
  | "foreign-plan"
  | "not-unique"
  | "no-such-user"
  | "other";

/** What came of one user's licence. */
export type LicenseResult =
  | { readonly userId: string; readonly done: true }
  | {
      readonly userId: string;
      readonly done: false;
      readonly failure: LicenseFailure;
      readonly error: GraphError;
    };

/** The licence to assign; `disabledPlans` replaces what was disabled before. */
export interface LicenseChoice {
  readonly skuId: string;
  readonly disabledPlans?: readonly string[];
}

const locationRounds = 5;

const units = z.number().int().nullish();
const sku = z
  .looseObject({
    skuId: z.string(),
    skuPartNumber: z.string(),
    capabilityStatus: z.string().nullish(),
    appliesTo: z.string().nullish(),
    consumedUnits: units,
    prepaidUnits: z.looseObject({ enabled: units, warning: units }).nullish(),
    servicePlans: z
      .array(z.looseObject({ servicePlanId: z.string(), servicePlanName: z.string() }))
      .nullish(),
  })
  .transform(
    (row): SubscribedSku => ({
      skuId: row.skuId,
      skuPartNumber: row.skuPartNumber,
      capabilityStatus: row.capabilityStatus ?? "Enabled",
      appliesTo: row.appliesTo ?? "User",
      consumedUnits: row.consumedUnits ?? 0,
      enabledUnits: row.prepaidUnits?.enabled ?? 0,
      warningUnits: row.prepaidUnits?.warning ?? 0,
      servicePlans: (row.servicePlans ?? []).map(({ servicePlanId, servicePlanName }) => ({
        servicePlanId,
        servicePlanName,
      })),
    }),
  );

/** All subscriptions. @throws GraphError */
export async function listSubscribedSkus(graph: GraphClient): Promise<SubscribedSku[]> {
  return graph.list("/subscribedSkus", sku);
}

/** Finds a subscription by skuId or skuPartNumber, without regard to case. */
export function findSku(skus: readonly SubscribedSku[], idOrPartNumber: string): SubscribedSku | undefined {
  const wanted = idOrPartNumber.toLowerCase();
  return skus.find(
    (item) => item.skuId.toLowerCase() === wanted || item.skuPartNumber.toLowerCase() === wanted,
  );
}

/**
 * Seats that can still be assigned: enabled minus consumed. Units in warning (a subscription that ran out and is in
 * its grace period) count only where the whole subscription is in warning; none of a suspended or locked one do.
 */
export function availableSeats(item: SubscribedSku): number {
  const status = item.capabilityStatus.toLowerCase();
  if (item.appliesTo.toLowerCase() !== "user" || !["enabled", "warning"].includes(status)) return 0;
  const usable = item.enabledUnits + (status === "warning" ? item.warningUnits : 0);
  return Math.max(0, usable - item.consumedUnits);
}

/**
 * Assigns a licence to users, 20 to a request. Each call rewrites a user's whole set, so a user is in one call at a
 * time; assigning what is assigned changes nothing, so a repeat is safe. After a usage location was set the service may
 * still see none: such users are asked again for a while.
 * @returns one result for each distinct id, in order
 */
export async function assignLicenses(
  graph: GraphClient,
  userIds: readonly string[],
  license: LicenseChoice | ((userId: string) => LicenseChoice),
  onProgress?: (done: number) => void,
): Promise<LicenseResult[]> {
  const change = (userId: string) => {
    const { skuId, disabledPlans = [] } = typeof license === "function" ? license(userId) : license;
    return { addLicenses: [{ skuId, disabledPlans }], removeLicenses: [] };
  };
  const ids = [...new Set(userIds)];
  const results = new Map<string, LicenseResult>();
  let open = ids;
  for (let round = 0; open.length > 0; round += 1) {
    const settled = ids.length - open.length;
    for (const result of await changeLicenses(graph, open, change, (done) => onProgress?.(settled + done)))
      results.set(result.userId, result);
    open = open.filter((id) => {
      const result = results.get(id);
      return result !== undefined && !result.done && result.failure === "usage-location";
    });
    if (round + 1 >= locationRounds) break;
    if (open.length > 0) await pause(retryDelay(round));
  }
  return ids.flatMap((id) => results.get(id) ?? []);
}

/**
 * Takes a licence from users. A licence that is not theirs is not an error of this call.
 * @returns one result for each distinct id, in order
 */
export async function removeLicenses(
  graph: GraphClient,
  userIds: readonly string[],
  skuId: string,
  onProgress?: (done: number) => void,
): Promise<LicenseResult[]> {
  const results = await changeLicenses(
    graph,
    [...new Set(userIds)],
    () => ({ addLicenses: [], removeLicenses: [skuId] }),
    onProgress,
  );
  // Graph answers "not a valid company license" also for a licence the user does not have; so does a deleted user.
  return results.map((result) =>
    !result.done && ["unknown-sku", "no-such-user"].includes(result.failure)
      ? { userId: result.userId, done: true }
      : result,
  );
}

/** Which of the failures of assignLicense this is, by its text (Microsoft Graph v1.0 reference, 2026-11). */
export function licenseFailure(error: GraphError): LicenseFailure {
  const text = error.graphMessage ?? "";
  if (error.kind === "not-found") return "no-such-user";
  if (/(not allowed|not available|prohibit).*(usage ?location|country)/i.test(text))
    return "prohibited-location";
  if (/usage ?location/i.test(text)) return "usage-location";
  if (/cannot be assigned to (a|the) user/i.test(text)) return "not-for-users";
  if (/uniqueness|proxy ?address|already (in use|used|taken)/i.test(text)) return "not-unique";
  if (/does not (have any|have enough)|no available|not have any available|insufficient.*licen/i.test(text))
    return "no-seats";
  if (/does not correspond to a valid company licen|SKU.*not valid/i.test(text)) return "unknown-sku";
  if (/depends? on|dependen/i.test(text)) return "missing-plan";
  if (/mutually exclusive|conflict/i.test(text)) return "conflicting-plan";
  if (/service plan.*(not|n't) .*(belong|part of|valid|includ|found|exist|contain)/i.test(text))
    return "foreign-plan";
  return "other";
}

const groupFailures: Readonly<Record<string, LicenseFailure>> = {
  countviolation: "no-seats",
  mutuallyexclusiveviolation: "conflicting-plan",
  dependencyviolation: "missing-plan",
  prohibitedinusagelocationviolation: "prohibited-location",
  uniquenessviolation: "not-unique",
};

/** Which failure an error of `licenseAssignmentStates` is: what kept a group's licence from a member. */
export function groupLicenseFailure(error: string): LicenseFailure {
  return groupFailures[error.toLowerCase()] ?? "other";
}

/**
 * Has the licences that users get from groups worked out anew, 20 to a request: what was in the way once is not tried again by the
 * service alone.
 * @returns one result for each distinct id, in order
 */
export async function reprocessLicenses(
  graph: GraphClient,
  userIds: readonly string[],
): Promise<LicenseResult[]> {
  const ids = [...new Set(userIds)];
  const responses = await graph.batch(
    ids.map((id) => ({
      method: "POST",
      path: `/users/${encodeURIComponent(id)}/reprocessLicenseAssignment`,
      body: {},
      repeatable: true,
    })),
  );
  return ids.map((userId, index) => {
    const error = responses[index]?.error;
    return error === undefined
      ? { userId, done: true }
      : { userId, done: false, failure: licenseFailure(error), error };
  });
}

async function changeLicenses(
  graph: GraphClient,
  ids: readonly string[],
  change: (userId: string) => unknown,
  onProgress?: (done: number) => void,
): Promise<LicenseResult[]> {
  const responses = await graph.batch(
    ids.map((id) => ({
      method: "POST",
      path: `/users/${encodeURIComponent(id)}/assignLicense`,
      body: change(id),
      repeatable: true,
    })),
    onProgress,
  );
  return ids.map((userId, index) => {
    const error = responses[index]?.error;
    return error === undefined
      ? { userId, done: true }
      : { userId, done: false, failure: licenseFailure(error), error };
  });
}
