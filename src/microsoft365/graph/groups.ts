import { z } from "zod";
import { type GraphClient, isGraphFailure } from "./client.js";

/** A group and the licences its members get from it (only read: the group's licences are the administrator's). */
export interface GraphGroup {
  readonly id: string;
  readonly displayName: string;
  readonly licenses: readonly { readonly skuId: string; readonly disabledPlans: readonly string[] }[];
  /** Whether members can be added here: not for dynamic groups, nor for those synchronized from on premises. */
  readonly assignable: boolean;
}

const membersAtOnce = 20;

const group = z
  .looseObject({
    id: z.string(),
    displayName: z.string().nullish(),
    assignedLicenses: z
      .array(z.looseObject({ skuId: z.string(), disabledPlans: z.array(z.string()).nullish() }))
      .nullish(),
    groupTypes: z.array(z.string()).nullish(),
    onPremisesSyncEnabled: z.boolean().nullish(),
  })
  .transform(
    (row): GraphGroup => ({
      id: row.id,
      displayName: row.displayName ?? row.id,
      licenses: (row.assignedLicenses ?? []).map(({ skuId, disabledPlans }) => ({
        skuId,
        disabledPlans: disabledPlans ?? [],
      })),
      assignable: !(row.groupTypes ?? []).includes("DynamicMembership") && row.onPremisesSyncEnabled !== true,
    }),
  );

const member = z.looseObject({ id: z.string() }).transform(({ id }) => id);

/** The group, or undefined. @throws GraphError */
export async function getGroup(graph: GraphClient, id: string): Promise<GraphGroup | undefined> {
  const select = "id,displayName,assignedLicenses,groupTypes,onPremisesSyncEnabled";
  try {
    return await graph.get(`/groups/${encodeURIComponent(id)}?$select=${select}`, group);
  } catch (error) {
    if (isGraphFailure(error, "not-found")) return undefined;
    throw error;
  }
}

/** Object ids of a group's direct members, in pages of 999. @throws GraphError */
async function listGroupMembers(graph: GraphClient, id: string): Promise<string[]> {
  return graph.list(`/groups/${encodeURIComponent(id)}/members?$top=999&$select=id`, member);
}

/**
 * Adds members, 20 to a request. Graph refuses a request as a whole when one of its users is a member already, so the
 * members are read first, and once more when it does.
 * @returns the ids that were added
 * @throws GraphError
 */
export async function addGroupMembers(
  graph: GraphClient,
  id: string,
  userIds: readonly string[],
  onProgress?: (done: number) => void,
): Promise<string[]> {
  const path = `/groups/${encodeURIComponent(id)}`;
  const missing = async (ids: readonly string[]) => {
    const members = new Set(await listGroupMembers(graph, id));
    return ids.filter((userId) => !members.has(userId));
  };
  const add = async (ids: readonly string[]) => {
    if (ids.length === 0) return;
    await graph.patch(path, {
      "members@odata.bind": ids.map((userId) => `${graph.base}/directoryObjects/${userId}`),
    });
  };
  const added = await missing([...new Set(userIds)]);
  for (let from = 0; from < added.length; from += membersAtOnce) {
    const chunk = added.slice(from, from + membersAtOnce);
    try {
      await add(chunk);
    } catch (error) {
      if (!isGraphFailure(error, "bad-request", "conflict")) throw error;
      if (!/already exist/i.test(error.graphMessage ?? "")) throw error;
      await add(await missing(chunk));
    }
    onProgress?.(Math.min(added.length, from + membersAtOnce));
  }
  return added;
}
