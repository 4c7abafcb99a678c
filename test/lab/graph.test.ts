import { connectControl } from "../../lab/index.js";
import { addressOf, type Session, send, smallWorld, startSession } from "./worlds.js";

const group = "22222222-2222-4222-8222-222222222222";

describe("domains", () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession(smallWorld(3));
  });
  afterAll(() => session.lab.close());

  it("are verified only by what the zone's own server says, and given to Exchange by supportedServices", async () => {
    expect((await session.graph("POST", "/domains", { id: "contoso.com" })).status).toBe(201);
    expect((await session.graph("POST", "/domains", { id: "contoso.com" })).status).toBe(409);
    const early = await session.graph("POST", "/domains/contoso.com/verify", {});
    expect([early.status, early.text]).toEqual([
      400,
      expect.stringContaining("could not find the DNS record"),
    ]);
    expect(
      (await session.graph("PATCH", "/domains/contoso.com", { supportedServices: ["Email"] })).status,
    ).toBe(400);
    const records = await session.graph("GET", "/domains/contoso.com/verificationDnsRecords");
    const text = /"text":"(MS=ms\d{8})"/.exec(records.text)?.[1] ?? "";
    await connectControl(session.lab.addresses.control).setRecordSet({
      name: "contoso.com",
      type: "TXT",
      ttl: 300,
      values: [text],
    });
    expect((await session.graph("GET", "/users/user0001@contoso.com")).status).toBe(404);
    expect((await session.graph("POST", "/domains/contoso.com/verify", {})).json).toMatchObject({
      isVerified: true,
    });
    expect((await session.graph("POST", "/domains/contoso.com/verify", {})).text).toContain(
      "already verified",
    );
    expect((await session.graph("GET", "/users/user0001@contoso.com")).status).toBe(200);
    expect(
      (await session.graph("GET", "/domains/contoso.com/serviceConfigurationRecords")).json,
    ).toMatchObject({ value: [] });
    expect(
      (await session.graph("PATCH", "/domains/contoso.com", { supportedServices: ["Email"] })).status,
    ).toBe(204);
    expect(
      (await session.graph("GET", "/domains/contoso.com/serviceConfigurationRecords")).json,
    ).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({
          recordType: "Mx",
          mailExchange: session.world.mailExchange,
          preference: 0,
        }),
      ]),
    });
  });

  it("cannot be deleted while users refer to them, and a deletion by force raises an alarm", async () => {
    expect((await session.graph("DELETE", "/domains/contoso.com")).text).toContain("still refer to it");
    expect((await session.graph("DELETE", "/domains/contoso.onmicrosoft.com")).status).toBe(400);
    expect((await session.graph("POST", "/domains/contoso.com/forceDelete", {})).status).toBe(204);
    expect((await session.lab.state()).alarms).toMatchObject([{ code: "domain-force-deleted" }]);
  });

  it("get another verification value when they are made again", async () => {
    const value = async () => {
      await session.graph("POST", "/domains", { id: "fabrikam.com" });
      const answer = await session.graph("GET", "/domains/fabrikam.com/verificationDnsRecords");
      await session.graph("DELETE", "/domains/fabrikam.com");
      return /MS=ms\d+/.exec(answer.text)?.[0];
    };
    const first = await value();
    expect(await value()).not.toBe(first);
  });
});

describe("users, licences and groups", () => {
  let session: Session;
  const skuId = "6fd2c87f-b296-42f0-b197-1e91e994b900";
  const give = { addLicenses: [{ skuId, disabledPlans: [] }], removeLicenses: [] };
  const take = { addLicenses: [], removeLicenses: [skuId] };
  const path = (index: number, rest = "") => `/users/${addressOf(index)}${rest}`;
  beforeAll(async () => {
    session = await startSession(smallWorld(250, { licenseGroup: group }));
    await session.ownDomain();
  });
  afterAll(() => session.lab.close());

  it("are listed 100 to a page, or up to 999, to the end", async () => {
    const first = await session.graph("GET", "/users?$select=id");
    expect(first.json).toMatchObject({ value: { length: 100 } });
    const next = /"@odata.nextLink":"([^"]+)"/.exec(first.text)?.[1] ?? "";
    const second = await session.graph("GET", next.slice(next.indexOf("/v1.0") + 5));
    expect(second.json).toMatchObject({ value: { length: 100 } });
    const all = await session.graph("GET", "/users?$top=999&$select=id,mail");
    expect(all.json).toMatchObject({ value: { length: 250 } });
    expect(all.text).not.toContain("nextLink");
  });

  it.each([
    ["GET", "/users?$top=1000", undefined, "Invalid page size"],
    ["GET", "/users?$select=nonsense", undefined, "Could not find a property named 'nonsense'"],
    ["GET", "/users?$search=a", undefined, "not allowed"],
    ["GET", "/users?$filter=city eq 'x'", undefined, "Unsupported or invalid query filter clause"],
    [
      "GET",
      `/users?$filter=${Array.from({ length: 16 }, (_, i) => `mail eq '${i}'`).join(" or ")}`,
      undefined,
      "Max allowed: 15",
    ],
    ["GET", "/nonsense", undefined, "Resource not found for the segment 'nonsense'"],
    ["PATCH", path(0), { city: "Bonn" }, "'city' does not exist on type"],
    ["PATCH", path(0), { usageLocation: "Germany" }, "usageLocation"],
    ["POST", path(0, "/assignLicense"), { addLicenses: [] }, "removeLicenses"],
    ["POST", "/domains", { id: "a.com", isDefault: true }, "'isDefault' does not exist on type"],
  ])("refuse what Graph refuses: %s %s", async (method, where, body, text) => {
    const answer = await session.graph(method, where.replaceAll(" ", "%20"), body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
  });

  it("are found by simple filters", async () => {
    const answer = await session.graph(
      "GET",
      `/users?$select=mail&$filter=mail%20in%20('${addressOf(1)}','${addressOf(2)}')`,
    );
    expect(answer.json).toMatchObject({ value: [{ mail: addressOf(1) }, { mail: addressOf(2) }] });
  });

  it("need a usage location, a SKU of the company and a seat for a licence", async () => {
    const refused = await session.graph("POST", path(0, "/assignLicense"), give);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("invalid usage location")]);
    const foreign = { addLicenses: [{ skuId: "11111111-1111-4111-8111-111111111111" }], removeLicenses: [] };
    expect((await session.graph("POST", path(0, "/assignLicense"), foreign)).text).toContain(
      "does not correspond to a valid company license",
    );
    for (let index = 0; index < 6; index += 1) {
      await session.graph("PATCH", path(index), { usageLocation: "US" });
      const answer = await session.graph("POST", path(index, "/assignLicense"), give);
      expect([index, answer.status]).toEqual([index, index < 5 ? 200 : 400]);
      if (index === 5) expect(answer.text).toContain("does not have any available licenses");
    }
    expect((await session.graph("POST", path(1, "/assignLicense"), take)).status).toBe(200);
    expect((await session.graph("GET", "/subscribedSkus")).json).toMatchObject({
      value: [{ skuPartNumber: "ENTERPRISEPACK", consumedUnits: 4, prepaidUnits: { enabled: 5 } }],
    });
  });

  it("lose a change when two calls rewrite one user at once", async () => {
    await session.graph("POST", path(0, "/assignLicense"), take);
    const plans = ["57ff2da0-773e-42df-b2af-ffb7a2317929", "e95bec33-7c88-4a70-8e19-b10bd9d0c014"];
    await Promise.all(
      plans.map((plan) =>
        session.graph("POST", path(0, "/assignLicense"), {
          addLicenses: [{ skuId, disabledPlans: [plan] }],
          removeLicenses: [],
        }),
      ),
    );
    const answer = await session.graph("GET", path(0, "?$select=assignedLicenses"));
    expect(answer.json).toMatchObject({ assignedLicenses: { length: 1 } });
    expect((await session.lab.state()).licenses[0]?.consumed).toBe(4);
  });

  it("get a group's licence a little later, and members twenty at a time", async () => {
    const state = await session.lab.state();
    const bind = (from: number, to: number) => ({
      "members@odata.bind": state.mailboxes
        .slice(from, to)
        .map(({ id }) => `${session.lab.addresses.graph}/v1.0/directoryObjects/${id}`),
    });
    expect((await session.graph("PATCH", `/groups/${group}`, bind(10, 31))).text).toContain("maximum of 20");
    expect((await session.graph("PATCH", `/groups/${group}`, bind(10, 11))).status).toBe(204);
    expect((await session.graph("PATCH", `/groups/${group}`, bind(10, 12))).text).toContain("already exist");
    const licenses = async () =>
      (await session.graph("GET", path(10, "?$select=licenseAssignmentStates"))).json;
    expect(await licenses()).toMatchObject({ licenseAssignmentStates: [] });
    await session.lab.advance(30);
    expect(await licenses()).toMatchObject({
      licenseAssignmentStates: [{ assignedByGroup: group, state: "Active" }],
    });
    expect((await session.graph("GET", `/groups/${group}/members?$top=999&$select=id`)).json).toMatchObject({
      value: { length: 1 },
    });
  });

  it("lose a group's licence with the group, and get it again with it", async () => {
    const skuId = "6fd2c87f-b296-42f0-b197-1e91e994b900";
    const assign = (change: object) =>
      session.graph("POST", `/groups/${group}/assignLicense`, {
        addLicenses: [],
        removeLicenses: [],
        ...change,
      });
    const states = async () =>
      (await session.graph("GET", path(10, "?$select=licenseAssignmentStates"))).json;
    expect((await assign({ removeLicenses: [skuId] })).status).toBe(202);
    expect(await states()).toMatchObject({ licenseAssignmentStates: [] });
    expect((await session.graph("GET", `/groups/${group}`)).json).toMatchObject({ assignedLicenses: [] });
    await assign({ addLicenses: [{ skuId }] });
    await session.lab.advance(30);
    expect(await states()).toMatchObject({ licenseAssignmentStates: [{ assignedByGroup: group }] });
  });

  it("are a group's by its rule, and are made none by hand then", async () => {
    const patch = (body: object) => session.graph("PATCH", `/groups/${group}`, body);
    const rule = "user.accountEnabled -eq true";
    await patch({
      groupTypes: ["DynamicMembership"],
      membershipRule: rule,
      membershipRuleProcessingState: "On",
    });
    expect((await session.graph("GET", `/groups/${group}`)).json).toMatchObject({
      groupTypes: ["DynamicMembership"],
      membershipRule: rule,
    });
    const [person] = (await session.lab.state()).mailboxes.slice(12);
    const bind = {
      "members@odata.bind": [`https://graph.microsoft.com/v1.0/directoryObjects/${person?.id}`],
    };
    expect((await patch(bind)).status).toBe(400);
    expect((await patch({ groupTypes: [], membershipRule: null })).status).toBe(204);
    expect((await patch(bind)).status).toBe(204);
  });
});

describe("service plans", () => {
  let session: Session;
  const [suite, basic, office] = [
    "6fd2c87f-b296-42f0-b197-1e91e994b900",
    "4b9405b0-7788-4568-add1-99614e613b69",
    "11111111-1111-4111-8111-111111111111",
  ];
  const [exchange, sharePoint, office365] = [
    "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "5dbe027f-2339-4123-9542-606e4d348a72",
    "e95bec33-7c88-4a70-8e19-b10bd9d0c014",
  ];
  const path = (index: number, rest = "") => `/users/${addressOf(index)}${rest}`;
  const give = (index: number, skuId: string, disabledPlans: string[] = []) =>
    session.graph("POST", path(index, "/assignLicense"), {
      addLicenses: [{ skuId, disabledPlans }],
      removeLicenses: [],
    });
  const seen = async (index: number) =>
    (await session.graph("GET", path(index, "?$select=assignedLicenses,licenseAssignmentStates"))).json;
  const join = async (...indexes: number[]) => {
    const state = await session.lab.state();
    await session.graph("PATCH", `/groups/${group}`, {
      "members@odata.bind": indexes.map(
        (index) => `${session.lab.addresses.graph}/v1.0/directoryObjects/${state.mailboxes[index]?.id}`,
      ),
    });
  };
  beforeAll(async () => {
    session = await startSession(
      smallWorld(6, {
        licenseGroup: group,
        sku: { skuPartNumber: "ENTERPRISEPACK", skuId: suite, seats: 1, prohibitedIn: ["CN"] },
        otherSkus: [
          { skuPartNumber: "EXCHANGESTANDARD", skuId: basic, seats: 9 },
          { skuPartNumber: "OFFICE_TENANT", skuId: office, seats: 9, appliesTo: "Company" },
        ],
      }),
    );
    await session.ownDomain();
    for (let index = 0; index < 6; index += 1)
      await session.graph("PATCH", path(index), { usageLocation: index === 4 ? "CN" : "US" });
  });
  afterAll(() => session.lab.close());

  it.each([
    [
      "one that needs another which is off",
      suite,
      [sharePoint],
      `depends on the service plan(s) ${sharePoint}`,
    ],
    ["one that is none of the licence", basic, [sharePoint], "does not belong to license"],
    ["a licence that is not for users", office, [], "cannot be assigned to a user"],
  ])("are refused: %s", async (_, skuId, disabledPlans, text) => {
    const answer = await give(0, skuId, disabledPlans);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
  });

  it("of two mailboxes are refused, and a country the licence is not for", async () => {
    expect((await give(0, basic)).status).toBe(200);
    expect((await give(0, suite)).text).toContain("are mutually exclusive");
    expect((await give(0, suite, [exchange])).status).toBe(200);
    expect((await give(4, suite)).text).toContain("not allowed in usage location CN");
  });

  it("that a group gives come later, and what is in the way is recorded and not tried again by itself", async () => {
    await join(1, 4);
    await session.lab.advance(30);
    expect(await seen(1)).toMatchObject({
      assignedLicenses: [],
      licenseAssignmentStates: [{ assignedByGroup: group, state: "Error", error: "CountViolation" }],
    });
    expect(await seen(4)).toMatchObject({
      licenseAssignmentStates: [{ error: "ProhibitedInUsageLocationViolation" }],
    });
    await session.graph("POST", path(0, "/assignLicense"), { addLicenses: [], removeLicenses: [suite] });
    await session.lab.advance(3600);
    expect(await seen(1)).toMatchObject({ assignedLicenses: [] });
    await session.graph("POST", path(1, "/reprocessLicenseAssignment"), {});
    await session.lab.advance(30);
    expect(await seen(1)).toMatchObject({
      assignedLicenses: [{ skuId: suite }],
      licenseAssignmentStates: [{ assignedByGroup: group, state: "Active" }],
    });
  });

  it("of a direct and a group's licence are one licence and one seat, on where either has them on", async () => {
    expect((await give(1, suite, [office365])).status).toBe(200);
    expect(await seen(1)).toMatchObject({ assignedLicenses: [{ skuId: suite, disabledPlans: [] }] });
    expect((await session.lab.state()).licenses).toMatchObject([
      { skuPartNumber: "ENTERPRISEPACK", consumed: 1 },
      { skuPartNumber: "EXCHANGESTANDARD", consumed: 1 },
      { consumed: 0 },
    ]);
  });
});

describe("$batch and tokens", () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession(smallWorld(3));
    await session.ownDomain();
  });
  afterAll(() => session.lab.close());
  const part = (id: string, change: Record<string, unknown> = {}) => ({
    id,
    method: "GET",
    url: `/users/${addressOf(0)}?$select=id`,
    ...change,
  });

  it("answers each part by itself, and 424 to what depends on a failed one", async () => {
    const answer = await session.graph("POST", "/$batch", {
      requests: [
        part("1"),
        part("2", { url: "/users/nobody@contoso.com" }),
        part("3", { dependsOn: ["2"] }),
        part("4", {
          method: "PATCH",
          headers: { "Content-Type": "application/json" },
          body: { usageLocation: "DE" },
          url: `/users/${addressOf(1)}`,
        }),
      ],
    });
    expect(answer.json).toMatchObject({
      responses: [
        { id: "1", status: 200 },
        { id: "2", status: 404 },
        { id: "3", status: 424 },
        { id: "4", status: 204 },
      ],
    });
    expect(session.lab.requests().batched).toMatchObject({
      "graph GET /users/{id}": 2,
      "graph PATCH /users/{id}": 1,
    });
  });

  it.each([
    ["more than 20 parts", Array.from({ length: 21 }, (_, index) => part(String(index)))],
    ["two parts of one id", [part("1"), part("1")]],
    ["a dependency that does not precede", [part("1", { dependsOn: ["2"] }), part("2")]],
    ["a body without its type", [part("1", { method: "PATCH", body: { usageLocation: "DE" } })]],
    ["an absolute URL", [part("1", { url: "https://graph.microsoft.com/v1.0/users" })]],
  ])("refuses %s", async (_, requests) => {
    expect((await session.graph("POST", "/$batch", { requests })).status).toBe(400);
  });

  it("refuses a missing token and one for another service", async () => {
    const url = `${session.lab.addresses.graph}/v1.0/organization`;
    expect((await send(url, "GET", {})).json).toMatchObject({
      error: { code: "InvalidAuthenticationToken" },
    });
    const wrong = await send(url, "GET", {
      authorization: `Bearer ${await session.token(session.lab.addresses.exchange)}`,
    });
    expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining("Invalid audience")]);
    expect((await session.graph("GET", "/organization")).status).toBe(200);
  });
});
