import { z } from "zod";
import { planViolation } from "../licenses.js";
import type { GroupRecord, Instant, LicenseError, Person } from "../state.js";
import type { Tenant } from "../tenant.js";
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

const membersAtOnce = 20;

/** Members are added, or a rule says from now on who they are, or does so no more. */
const changeOfGroup = z.union([
  z.strictObject({ "members@odata.bind": z.array(z.string()) }),
  z.strictObject({
    groupTypes: z.tuple([z.literal("DynamicMembership")]),
    membershipRule: z.string().min(1),
    membershipRuleProcessingState: z.enum(["On", "Paused"]),
  }),
  z.strictObject({ groupTypes: z.tuple([]), membershipRule: z.null() }),
]);

/** Groups that carry licences; what a new member gets is processed later (Microsoft Graph v1.0 reference, 2026-11). */
export const groupRoutes: readonly GraphRoute[] = [
  {
    route: "GET /groups/{id}",
    run(request, context) {
      refuseQuery(request.query, ["$select"]);
      return { status: 200, body: select(request.query, groupBody(find(request, context)), "group") };
    },
  },
  {
    route: "GET /groups/{id}/members",
    run(request, context) {
      const group = find(request, context);
      return page(
        request,
        context,
        `groups/${group.id}/members`,
        [...group.members],
        (id) => ({
          "@odata.type": "#microsoft.graph.user",
          id,
          displayName: context.tenant.byId(id)?.displayName ?? null,
        }),
        ["$select", "$top", "$skiptoken"],
      );
    },
  },
  {
    route: "PATCH /groups/{id}",
    run(request, context) {
      const group = find(request, context);
      const asked = bodyOf(request, changeOfGroup, "group");
      if ("members@odata.bind" in asked) addMembers(group, asked["members@odata.bind"], context);
      else if (asked.membershipRule === null) delete group.membershipRule;
      else group.membershipRule = asked.membershipRule;
      return { status: 204 };
    },
  },
  {
    route: "POST /groups/{id}/assignLicense",
    run(request, context) {
      const group = find(request, context);
      const { addLicenses, removeLicenses } = bodyOf(request, licenseChange, "group");
      const is = (skuId: string) => skuId.toLowerCase() === group.skuId.toLowerCase();
      if (removeLicenses.some(is)) unlicense(group, context);
      const added = addLicenses.find(({ skuId }) => is(skuId));
      if (added !== undefined) {
        delete group.unlicensed;
        group.disabledPlans = (added.disabledPlans ?? []).map((id) => id.toLowerCase());
        for (const id of group.members) workOut(group, id, context);
      }
      return { status: 202, body: groupBody(group) };
    },
  },
  {
    route: "POST /groups/{id}/members/$ref",
    run(request, context) {
      const group = find(request, context);
      addMembers(
        group,
        [bodyOf(request, z.strictObject({ "@odata.id": z.string() }), "group")["@odata.id"]],
        context,
      );
      return { status: 204 };
    },
  },
  {
    route: "DELETE /groups/{id}/members/{id}/$ref",
    run(request, context) {
      const group = find(request, context);
      const id = (request.path[1] ?? "").toLowerCase();
      if (!group.members.delete(id)) throw notFound(id);
      group.pending.delete(id);
      const person = context.tenant.byId(id);
      if (person !== undefined) takeFrom(person, group, context);
      return { status: 204 };
    },
  },
];

/** Takes from a person what a group has given. */
function takeFrom(person: Person, group: GroupRecord, { tenant, now }: GraphContext): void {
  recordError(person, group.id, undefined);
  tenant.licensing.assign(
    person,
    person.licenses.filter(({ byGroup }) => byGroup !== group.id),
    now,
  );
}

/** Takes the licence from a group, and so from its members. */
function unlicense(group: GroupRecord, context: GraphContext): void {
  group.unlicensed = true;
  group.pending.clear();
  for (const id of group.members) {
    const person = context.tenant.byId(id);
    if (person !== undefined) takeFrom(person, group, context);
  }
}

/**
 * Gives waiting members their group's licence once it is due. What is in the way is recorded on the user, and not tried again
 * before somebody asks for it.
 */
export function processGroupLicenses(tenant: Tenant, now: Instant): void {
  for (const group of tenant.groups.values())
    for (const [id, dueAt] of group.pending) {
      if (now < dueAt) continue;
      group.pending.delete(id);
      const person = tenant.byId(id);
      if (person !== undefined) processMember(tenant, group, person, dueAt);
    }
}

function processMember(tenant: Tenant, group: GroupRecord, person: Person, at: Instant): void {
  const sku = tenant.licensing.sku(group.skuId);
  if (sku === undefined) return;
  const license = { skuId: sku.skuId, disabledPlans: group.disabledPlans ?? [], byGroup: group.id };
  const after = [...person.licenses.filter(({ byGroup }) => byGroup !== group.id), license];
  const seated = person.licenses.some(({ skuId }) => skuId === sku.skuId);
  const error = sku.prohibitedIn?.includes(person.usageLocation ?? "")
    ? "ProhibitedInUsageLocationViolation"
    : !seated && tenant.licensing.consumed(sku.skuId) >= sku.enabled
      ? "CountViolation"
      : planViolation(after, tenant.licensing.skus)?.error;
  recordError(person, group.id, error && { skuId: sku.skuId, byGroup: group.id, error });
  if (error === undefined) tenant.licensing.assign(person, after, at);
}

/** What is recorded on a user of a group's licence; undefined: nothing any more. */
function recordError(person: Person, group: string, error: LicenseError | undefined): void {
  const others = (person.licenseErrors ?? []).filter(({ byGroup }) => byGroup !== group);
  person.licenseErrors = [...others, ...(error === undefined ? [] : [error])];
}

function find(request: GraphRequest, context: GraphContext): GroupRecord {
  const id = (request.path[0] ?? "").toLowerCase();
  const group = context.tenant.groups.get(id);
  if (group === undefined) throw notFound(id);
  return group;
}

function addMembers(group: GroupRecord, references: readonly string[], context: GraphContext): void {
  if (group.membershipRule !== undefined)
    throw badRequest("Members of a group with dynamic membership cannot be changed.");
  if (references.length > membersAtOnce)
    throw badRequest(
      `The number of references in 'members@odata.bind' exceeds the maximum of ${membersAtOnce}.`,
    );
  const ids = references.map((reference) => {
    const id = /\/(?:directoryObjects|users)\/([0-9a-f-]{36})$/i.exec(reference)?.[1]?.toLowerCase();
    if (id === undefined) throw badRequest(`Invalid URL format specified in payload: '${reference}'.`);
    if (context.tenant.byId(id) === undefined) throw notFound(id);
    return id;
  });
  if (ids.some((id) => group.members.has(id)))
    throw badRequest(
      "One or more added object references already exist for the following modified properties: 'members'.",
    );
  for (const id of ids) {
    group.members.add(id);
    if (group.unlicensed !== true) workOut(group, id, context);
  }
}

function groupBody(group: GroupRecord): Readonly<Record<string, unknown>> {
  return {
    id: group.id,
    displayName: group.displayName,
    description: null,
    groupTypes: group.membershipRule === undefined ? [] : ["DynamicMembership"],
    mailEnabled: false,
    securityEnabled: true,
    onPremisesSyncEnabled: null,
    membershipRule: group.membershipRule ?? null,
    assignedLicenses:
      group.unlicensed === true ? [] : [{ skuId: group.skuId, disabledPlans: group.disabledPlans ?? [] }],
    licenseProcessingState: { state: "ProcessingComplete" },
  };
}
