import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defined } from "../../src/base/defined.js";
import { mergedLicenses, planViolation } from "../licenses.js";
import type { AssignedLicense, Person } from "../state.js";
import { licenseChange, workOut } from "./assign-license.js";
import { badRequest, notFound } from "./graph-error.js";
import {
  bodyOf,
  type GraphContext,
  type GraphRequest,
  type GraphRoute,
  page,
  refuseQuery,
  select,
} from "./route.js";
import { shown, userBody } from "./user-body.js";
import { parseUserFilter } from "./user-filter.js";

/**
 * How long assignLicense works between reading a user's licences and writing the whole set: two calls at once for one
 * user lose one of the changes, as they do in the service (Microsoft Graph v1.0 reference, 2026-11). Real milliseconds.
 */
const rewriteMs = 5;

const location = z.strictObject({ usageLocation: z.string().regex(/^[A-Z]{2}$/) });

/** Users, their usage location and licences (Microsoft Graph v1.0 reference, 2026-11). */
export const userRoutes: readonly GraphRoute[] = [
  {
    route: "GET /users",
    run(request, context) {
      const text = request.query.get("$filter");
      const row = (person: Person) => userBody(person, context);
      const filter = text === null ? undefined : parseUserFilter(text);
      const people =
        filter === undefined
          ? context.tenant.people
          : context.tenant.people.filter((person) => filter(row(person)));
      return page(request, context, "users", people, (person) => shown(request, row(person)), [
        "$select",
        "$top",
        "$filter",
        "$skiptoken",
      ]);
    },
  },
  {
    route: "GET /users/{id}",
    run(request, context) {
      refuseQuery(request.query, ["$select"]);
      const person = find(request, context);
      const row = shown(request, userBody(person, context));
      return { status: 200, body: select(request.query, row, "user") };
    },
  },
  {
    route: "PATCH /users/{id}",
    run(request, context) {
      const person = find(request, context);
      const change = bodyOf(request, location, "user");
      const lag = context.behaviour.usageLocationLagSeconds * 1000;
      if (lag > 0)
        person.usageLocationBefore = {
          until: context.now + lag,
          ...defined({ value: person.usageLocation }),
        };
      person.usageLocation = change.usageLocation;
      return { status: 204 };
    },
  },
  {
    route: "GET /users/{id}/licenseDetails",
    run(request, context) {
      const person = find(request, context);
      return page(
        request,
        context,
        `users/${person.id}/licenseDetails`,
        mergedLicenses(person.licenses),
        ({ skuId, disabledPlans }) => ({
          id: Buffer.from(skuId).toString("base64url"),
          skuId,
          skuPartNumber: context.tenant.licensing.sku(skuId)?.skuPartNumber ?? null,
          servicePlans: (context.tenant.licensing.sku(skuId)?.servicePlans ?? []).map(
            ({ servicePlanId, servicePlanName, appliesTo = "User" }) => ({
              servicePlanId,
              servicePlanName,
              provisioningStatus: disabledPlans.includes(servicePlanId) ? "Disabled" : "Success",
              appliesTo,
            }),
          ),
        }),
        ["$select"],
      );
    },
  },
  {
    route: "POST /users/{id}/assignLicense",
    async run(request, context) {
      const person = find(request, context);
      const change = bodyOf(request, licenseChange, "user");
      const before = person.licenses;
      await sleep(rewriteMs);
      const licenses = changed(person, before, change, context);
      context.tenant.licensing.assign(person, licenses, context.now);
      return { status: 200, body: shown(request, userBody(person, context)) };
    },
  },
  {
    route: "POST /users/{id}/reprocessLicenseAssignment",
    run(request, context) {
      const person = find(request, context);
      bodyOf(request, z.strictObject({}), "user");
      reprocessGroupLicenses(person, context);
      return { status: 200, body: shown(request, userBody(person, context)) };
    },
  },
];

/** Works a user's licences from groups out anew, in the service's own time: by itself it does not try again. */
function reprocessGroupLicenses(person: Person, context: GraphContext): void {
  for (const { byGroup } of person.licenseErrors ?? []) {
    const group = context.tenant.groups.get(byGroup);
    if (group !== undefined) workOut(group, person.id, context);
  }
}

function find(request: GraphRequest, context: GraphContext): Person {
  const key = request.path[0] ?? "";
  const person = context.tenant.byKey(key);
  if (person === undefined) throw notFound(key);
  return person;
}

function changed(
  person: Person,
  before: readonly AssignedLicense[],
  change: z.output<typeof licenseChange>,
  context: GraphContext,
): AssignedLicense[] {
  const { tenant, now } = context;
  const added = change.addLicenses.map(({ skuId, disabledPlans }) => ({
    skuId: skuId.toLowerCase(),
    disabledPlans: (disabledPlans ?? []).map((servicePlanId) => servicePlanId.toLowerCase()),
  }));
  const removed = change.removeLicenses.map((skuId) => skuId.toLowerCase());
  const unknown = [...added.map(({ skuId }) => skuId), ...removed].find(
    (skuId) => tenant.licensing.sku(skuId) === undefined,
  );
  if (unknown !== undefined)
    throw badRequest(
      `License assignment failed because license ${unknown} does not correspond to a valid company license.`,
    );
  const foreign = removed.find(
    (skuId) => !before.some((license) => license.skuId === skuId && license.byGroup === undefined),
  );
  if (foreign !== undefined) throw badRequest(`User does not have a corresponding license.`);
  const held = person.usageLocationBefore;
  const location = held !== undefined && now < held.until ? held.value : person.usageLocation;
  if (added.length > 0 && location === undefined)
    throw badRequest("License assignment cannot be done for user with invalid usage location.");
  for (const { skuId } of added) {
    const sku = tenant.licensing.sku(skuId);
    const had = before.some((license) => license.skuId === skuId);
    if (sku?.appliesTo === "Company") throw badRequest(`License ${skuId} cannot be assigned to a user.`);
    if (sku?.prohibitedIn?.includes(location ?? ""))
      throw badRequest(
        `License assignment failed because license ${skuId} is not allowed in usage location ${location}.`,
      );
    if (sku !== undefined && !had && tenant.licensing.consumed(skuId) >= sku.enabled)
      throw badRequest(`Subscription with SKU ${skuId} does not have any available licenses.`);
  }
  const kept = before.filter(
    ({ skuId, byGroup }) =>
      byGroup !== undefined ||
      (!removed.includes(skuId) && !added.some((license) => license.skuId === skuId)),
  );
  const after = [...kept, ...added];
  for (const { skuId, disabledPlans } of added) {
    const plans = tenant.licensing.sku(skuId)?.servicePlans ?? [];
    const stranger = disabledPlans.find((id) => !plans.some(({ servicePlanId }) => servicePlanId === id));
    if (stranger !== undefined)
      throw badRequest(
        `License assignment failed because service plan ${stranger} does not belong to license ${skuId}.`,
      );
  }
  const violation = planViolation(after, tenant.licensing.skus);
  if (violation !== undefined) throw badRequest(violation.message);
  return after;
}
