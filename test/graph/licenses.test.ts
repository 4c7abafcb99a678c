import { z } from "zod";
import {
  addGroupMembers,
  assignLicenses,
  availableSeats,
  findSku,
  GraphError,
  getGroup,
  licenseFailure,
  listSubscribedSkus,
  listUsers,
  removeLicenses,
  type SubscribedSku,
  setUsageLocation,
} from "../../src/microsoft365/graph/index.js";
import type { ScriptedServer, Seen } from "../cloud/scripted-server.js";
import { openGraph } from "./open.js";

let server: ScriptedServer | undefined;
async function open(script: Parameters<typeof openGraph>[0]) {
  const result = await openGraph(script);
  server = result.server;
  return result;
}
beforeAll(() => {
  process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
});
afterAll(() => {
  delete process.env["MAILSTAGE_RETRY_BASE_MS"];
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const requests = z.object({
  requests: z.array(z.object({ id: z.string(), method: z.string(), url: z.string(), body: z.unknown() })),
});
const partsOf = (seen: Seen) => requests.parse(JSON.parse(seen.body)).requests;
const bad = (id: string, message: string) => ({
  id,
  status: 400,
  body: { error: { code: "Request_BadRequest", message } },
});

const texts = [
  ["License assignment cannot be done for user with invalid usage location.", "usage-location"],
  ["License assignment failed because service plan 1 depends on the service plan(s) 2", "missing-plan"],
  ["Subscription with SKU 6fd2 does not have any available licenses.", "no-seats"],
  ["License 6fd2 does not correspond to a valid company License.", "unknown-sku"],
  ["Something else", "other"],
  ["License assignment failed because service plans 1, 2 are mutually exclusive.", "conflicting-plan"],
  ["License assignment failed because service plan 1 does not belong to license 2.", "foreign-plan"],
  ["Service plan 1 is not a valid plan of the subscription.", "foreign-plan"],
  ["License 6fd2 cannot be assigned to a user.", "not-for-users"],
  ["UniquenessViolation: the proxy address is already used by another object.", "not-unique"],
  ["License 6fd2 is not allowed in usage location CN.", "prohibited-location"],
] as const;

test.each(texts)("%s → %s", (graphMessage, expected) => {
  expect(licenseFailure(new GraphError("bad-request", { subject: "x", reason: "y" }, { graphMessage }))).toBe(
    expected,
  );
});

describe("seats", () => {
  const base: SubscribedSku = {
    skuId: "s",
    skuPartNumber: "ENTERPRISEPACK",
    capabilityStatus: "Enabled",
    appliesTo: "User",
    consumedUnits: 5,
    enabledUnits: 20,
    warningUnits: 7,
    servicePlans: [],
  };
  test.each<[string, Partial<SubscribedSku>, number]>([
    ["enabled", {}, 15],
    ["over-consumed", { consumedUnits: 25 }, 0],
    ["in warning", { capabilityStatus: "Warning", enabledUnits: 0 }, 2],
    ["suspended", { capabilityStatus: "Suspended" }, 0],
    ["for the company, not users", { appliesTo: "Company" }, 0],
  ])("of a subscription that is %s", (_name, change, seats) => {
    expect(availableSeats({ ...base, ...change })).toBe(seats);
  });

  test("a subscription is found by part number or id in any case", async () => {
    const { graph } = await open([
      {
        json: {
          value: [
            { skuId: "AbC", skuPartNumber: "ENTERPRISEPACK", prepaidUnits: { enabled: 3 }, consumedUnits: 1 },
          ],
        },
      },
    ]);
    const skus = await listSubscribedSkus(graph);
    expect(findSku(skus, "enterprisepack")).toBe(skus[0]);
    expect(findSku(skus, "aBc")).toBe(skus[0]);
    expect(findSku(skus, "E5")).toBeUndefined();
    expect(skus.map(availableSeats)).toEqual([2]);
  });
});

describe("assigning", () => {
  test("sends each user once, both keys, 20 to a call", async () => {
    const { graph, server } = await open((seen) => ({
      json: { responses: partsOf(seen).map(({ id }) => ({ id, status: 200, body: {} })) },
    }));
    const ids = Array.from({ length: 25 }, (_, index) => `u${index}`);
    const results = await assignLicenses(graph, [...ids, "u0"], { skuId: "sku", disabledPlans: ["p"] });
    expect(results).toEqual(ids.map((userId) => ({ userId, done: true })));
    const parts = server.seen.flatMap(partsOf);
    expect(parts.map(({ url }) => url).sort()).toEqual(ids.map((id) => `/users/${id}/assignLicense`).sort());
    expect(parts[0]?.body).toEqual({
      addLicenses: [{ skuId: "sku", disabledPlans: ["p"] }],
      removeLicenses: [],
    });
  });

  test("asks again while a new usage location is not seen yet, for those users only", async () => {
    const { graph, server } = await open((seen, index) => ({
      json: {
        responses: partsOf(seen).map(({ id, url }) =>
          url.includes("late") && index < 2 ? bad(id, texts[0][0]) : { id, status: 200 },
        ),
      },
    }));
    const results = await assignLicenses(graph, ["a", "late", "b"], { skuId: "sku" });
    expect(results).toEqual(["a", "late", "b"].map((userId) => ({ userId, done: true })));
    expect(server.seen.map((seen) => partsOf(seen).length)).toEqual([3, 1, 1]);
  });

  test("tells each user's failure and gives up on a missing location after five rounds", async () => {
    const { graph, server } = await open((seen) => ({
      json: {
        responses: partsOf(seen).map(({ id, url }) =>
          url.includes("none")
            ? bad(id, texts[0][0])
            : url.includes("full")
              ? bad(id, texts[2][0])
              : { id, status: 200 },
        ),
      },
    }));
    const results = await assignLicenses(graph, ["none", "full", "a"], { skuId: "sku" });
    expect(results.map((result) => (result.done ? "done" : result.failure))).toEqual([
      "usage-location",
      "no-seats",
      "done",
    ]);
    expect(server.seen).toHaveLength(5);
  });

  test("removing what a user does not have, or from a user who is gone, is done", async () => {
    const { graph } = await open((seen) => ({
      json: {
        responses: partsOf(seen).map(({ id }) =>
          id === "1"
            ? bad(id, texts[3][0])
            : id === "2"
              ? { id, status: 404, body: { error: { code: "Request_ResourceNotFound", message: "gone" } } }
              : bad(id, "no"),
        ),
      },
    }));
    const results = await removeLicenses(graph, ["a", "b", "c"], "sku");
    expect(results.map(({ done }) => done)).toEqual([true, true, false]);
  });

  test("a usage location is set by PATCH, with a result for each user", async () => {
    const { graph, server } = await open((seen) => ({
      json: { responses: partsOf(seen).map(({ id }) => (id === "2" ? bad(id, "no") : { id, status: 204 })) },
    }));
    const results = await setUsageLocation(graph, ["a", "b"], "DE");
    expect(results.map(({ done }) => done)).toEqual([true, false]);
    expect(server.seen.flatMap(partsOf)[0]).toMatchObject({
      method: "PATCH",
      url: "/users/a",
      body: { usageLocation: "DE" },
    });
  });
});

test("users are read 999 to a page, with absent properties as absent", async () => {
  const { graph, server } = await open([
    {
      json: {
        value: [
          {
            id: "1",
            userPrincipalName: "a@contoso.com",
            onPremisesSyncEnabled: true,
            createdDateTime: "2026-11-20T10:00:00Z",
            licenseAssignmentStates: [
              { skuId: "s", assignedByGroup: null, state: "Active", error: "None", disabledPlans: [] },
            ],
            onPremisesProvisioningErrors: [
              {
                category: "PropertyConflict",
                propertyCausingError: "ProxyAddresses",
                value: "SMTP:a@contoso.com",
              },
            ],
          },
          {
            id: "2",
            userPrincipalName: "b@contoso.com",
            usageLocation: null,
            proxyAddresses: ["SMTP:b@contoso.com"],
          },
        ],
      },
    },
  ]);
  const users = await listUsers(graph);
  expect(users).toMatchObject([
    {
      synchronized: true,
      licenseStates: [{ assignedByGroup: undefined, error: undefined }],
      provisioningErrors: [{ property: "ProxyAddresses", value: "SMTP:a@contoso.com" }],
    },
    { synchronized: false, usageLocation: undefined, licenses: [], createdAt: undefined },
  ]);
  expect(server.seen[0]?.url).toContain("$top=999");
});

describe("groups", () => {
  test("tell their licences and whether members can be added", async () => {
    const { graph } = await open([
      {
        json: {
          id: "g",
          displayName: "E3",
          groupTypes: ["DynamicMembership"],
          assignedLicenses: [{ skuId: "s", disabledPlans: [] }],
        },
      },
    ]);
    expect(await getGroup(graph, "g")).toEqual({
      id: "g",
      displayName: "E3",
      licenses: [{ skuId: "s", disabledPlans: [] }],
      assignable: false,
    });
  });

  test("get only members they lack, 20 to a request, also when one was added meanwhile", async () => {
    const wanted = Array.from({ length: 30 }, (_, index) => `u${index}`);
    let patches = 0;
    const { graph, server } = await open((seen) => {
      if (seen.method === "GET")
        return { json: { value: [{ id: "u0" }, ...(patches > 0 ? [{ id: "u1" }] : [])] } };
      patches += 1;
      return patches === 1
        ? {
            status: 400,
            json: {
              error: {
                code: "Request_BadRequest",
                message: "One or more added object references already exist",
              },
            },
          }
        : { status: 204 };
    });
    const added = await addGroupMembers(graph, "g", wanted);
    expect(added).toEqual(wanted.slice(1));
    const bodies = server.seen
      .filter(({ method }) => method === "PATCH")
      .map(
        ({ body }) =>
          z.object({ "members@odata.bind": z.array(z.string()) }).parse(JSON.parse(body))[
            "members@odata.bind"
          ],
      );
    expect(bodies.map((items) => items.length)).toEqual([20, 19, 9]);
    expect(bodies[1]?.[0]).toBe(`${server.url}/v1.0/directoryObjects/u2`);
  });
});
