import { joinNames } from "../../src/base/name-list.js";
import { handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse } from "./rehearsal.js";

const byHand = ["pilarp", "tobyn"].map(
  (local) => ({ code: "password-differs", subject: `${local}@contoso.com` }) as const,
);

/** A migration that was begun by hand is taken over: what is there stays as it is, and only what is missing is made. */
describe("what was made by hand before", () => {
  let rehearsal: Rehearsal;
  let before: Awaited<ReturnType<Rehearsal["lab"]["state"]>>;

  beforeAll(async () => {
    rehearsal = await rehearse();
    const hand = handOf(rehearsal);
    await hand.ownDomain();
    const { source } = rehearsal.world;
    await hand.powershell("New-MigrationEndpoint", [
      { name: "Name", type: "text", value: "mailstage" },
      { name: "ExchangeOutlookAnywhere", type: "switch" },
      { name: "ExchangeServer", type: "text", value: source.exchangeServer },
      { name: "RpcProxyServer", type: "text", value: rehearsal.lab.addresses.rpcProxy.split(":")[0] },
      {
        name: "Credentials",
        type: "credential",
        userName: source.account,
        password: source.password,
      },
    ]);
    await hand.invoke("New-MigrationBatch", {
      Name: "wave1",
      CSVData: Buffer.from(mailboxes(["pilarp", "tobyn"])).toString("base64"),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    // By hand, and so without the list's passwords.
    rehearsal.expectAlarms(byHand);
    await rehearsal.lab.advance(5 * 3600);
    before = await rehearsal.lab.state();
    await hand.graph("PATCH", "/users/tobyn@contoso.com", { usageLocation: "FR" });
    const given = await hand.graph("POST", "/users/tobyn@contoso.com/assignLicense", {
      addLicenses: [{ skuId: before.licenses[0]?.skuId }],
      removeLicenses: [],
    });
    expect(given.status).toBe(200);
    before = await rehearsal.lab.state();
    rehearsal.lab.clearRequests();
    await jumpTo(rehearsal, "migrate");
  }, 180_000);
  afterAll(() => rehearsal?.close());

  const outputsOf = async (name: string) =>
    (await rehearsal.stack.exportState()).resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs;

  test("the domain and the endpoint are taken as they are", async () => {
    const { domains, endpoints } = await rehearsal.lab.state();
    expect(domains).toEqual(before.domains);
    expect(endpoints).toEqual(before.endpoints);
    expect(await outputsOf("domain")).toMatchObject({ adopted: true });
    expect(await outputsOf("domain-verification")).toMatchObject({ verified: true });
    expect(rehearsal.lab.requests().byRoute).not.toHaveProperty("exchange New-MigrationEndpoint");
    expect(rehearsal.lab.requests().byRoute).not.toHaveProperty("exchange Set-MigrationEndpoint");
  });

  test("a batch of the same name keeps its mailboxes and gets the missing one", async () => {
    const { batches } = await rehearsal.lab.state();
    const former = before.batches[0];
    const wave1 = batches.find(({ name }) => name === "wave1");
    expect(wave1?.guid).toBe(former?.guid);
    expect(wave1?.users.map(({ emailAddress }) => emailAddress)).toEqual([
      "pilarp@contoso.com",
      "tobyn@contoso.com",
      "briant@contoso.com",
    ]);
    expect(wave1?.users.slice(0, 2)).toEqual(former?.users);
    expect(batches).toHaveLength(2);
    expect(rehearsal.lab.requests().byRoute).toMatchObject({ "exchange New-MigrationBatch": 1 });
  });

  test("a licence that was assigned is left alone", async () => {
    const state = await rehearsal.lab.state();
    const tobyn = (list: typeof state.mailboxes) =>
      list.find(({ emailAddress }) => emailAddress === "tobyn@contoso.com");
    expect(tobyn(state.mailboxes)).toEqual(tobyn(before.mailboxes));
    expect(tobyn(state.mailboxes)).toMatchObject({ usageLocation: "FR" });
    expect(rehearsal.lab.requests().batched).toMatchObject({ "graph POST /users/{id}/assignLicense": 1 });
    expect(await outputsOf("wave1-licenses")).toMatchObject({
      licensed: 2,
      waiting: 1,
      assigned: joinNames(["pilarp"]),
    });
    expect(state.alarms.map(({ code, subject }) => ({ code, subject }))).toEqual(byHand);
  });
});
