import { connectControl, type LabControl } from "../../lab/index.js";
import { type Session, smallWorld, startSession } from "./worlds.js";

/** What the customer's administrators do on premises, and what the tenant hears of it. */
describe("the customer's directory, changed by hand", () => {
  let session: Session;
  let hand: LabControl;
  const at = (local: string) => `${local}@contoso.com`;
  beforeEach(async () => {
    session = await startSession(
      smallWorld([{ emailAddress: at("ann") }, { emailAddress: at("bob"), aliases: [at("robert")] }]),
    );
    hand = connectControl(session.lab.addresses.control);
  });
  afterEach(() => session.lab.close());

  const people = async () => (await session.lab.state()).mailboxes;
  const names = async () => (await people()).map(({ emailAddress }) => emailAddress);
  const entry = async (address: string) =>
    (await session.lab.state()).directory.find(({ attributes }) =>
      (attributes["proxyAddresses"] ?? []).some((one) => one.toLowerCase() === `smtp:${address}`),
    );
  const halfAnHour = () => session.lab.advance(1800);

  it("hires, and the tenant hears of it at the next synchronization", async () => {
    await hand.directory({ action: "hire", address: at("new") });
    expect((await entry(at("new")))?.attributes["homeMDB"]).toHaveLength(1);
    expect(await names()).toEqual([at("ann"), at("bob")]);
    await halfAnHour();
    expect(await names()).toEqual([at("ann"), at("bob"), at("new")]);
    await expect(hand.directory({ action: "hire", address: at("robert") })).rejects.toThrow(
      /somebody has robert@contoso\.com already/,
    );
  });

  it("loses somebody, for whose mail nobody waits any more", async () => {
    await hand.directory({ action: "leave", address: at("ann") });
    expect(await entry(at("ann"))).toBeUndefined();
    await halfAnHour();
    expect(await names()).toEqual([at("bob")]);
    expect((await session.lab.state()).alarms).toEqual([]);
    await expect(hand.directory({ action: "leave", address: at("ann") })).rejects.toThrow(/nobody has/);
  });

  it("gives somebody another name: the same user, the former address an alias, the routing address as before", async () => {
    const [, before] = await people();
    await hand.directory({ action: "marry", address: at("bob"), to: at("bob.miller") });
    await halfAnHour();
    const [, after] = await people();
    expect(after).toMatchObject({ id: before?.id, emailAddress: at("bob.miller") });
    expect(after?.userPrincipalName).toBe(before?.userPrincipalName);
    const answer = await session.graph("GET", `/users/${before?.id}?$select=proxyAddresses`);
    expect(answer.json).toMatchObject({
      proxyAddresses: [
        `SMTP:${at("bob.miller")}`,
        "smtp:bob@contoso.onmicrosoft.com",
        `smtp:${at("bob")}`,
        `smtp:${at("robert")}`,
      ],
    });
    expect((await session.graph("GET", `/users/${before?.userPrincipalName}`)).status).toBe(200);
  });

  it("moves, renames, rehouses and disables a user who stays the same one", async () => {
    const before = await entry(at("ann"));
    await hand.directory({ action: "move", address: at("ann"), unit: "Sales" });
    await hand.directory({ action: "rename", address: at("ann"), name: "Ann, the second" });
    await hand.directory({ action: "rehouse", address: at("ann"), database: "Second" });
    await hand.directory({ action: "disable", address: at("ann") });
    await hand.directory({ action: "alias", address: at("ann"), alias: at("anna") });
    await hand.directory({
      action: "modify",
      address: at("ann"),
      attribute: "targetAddress",
      values: ["SMTP:ann@elsewhere.example"],
    });
    const after = await entry(at("anna"));
    expect(after?.dn).toBe("CN=Ann\\, the second,OU=Sales,OU=People,DC=corp,DC=contoso,DC=com");
    expect(after?.attributes).toMatchObject({
      objectGUID: before?.attributes["objectGUID"],
      homeMDB: [expect.stringMatching(/^CN=Second,/)],
      userAccountControl: ["514"],
      targetAddress: ["SMTP:ann@elsewhere.example"],
    });
    await halfAnHour();
    const [ann] = await people();
    const answer = await session.graph("GET", `/users/${ann?.id}?$select=accountEnabled`);
    expect(answer.json).toMatchObject({ accountEnabled: false });
  });

  it("says where mail goes, by those who remember as well", async () => {
    const set = { name: "contoso.com", type: "MX", ttl: 3600, values: ["10 new.contoso.com"] };
    await hand.setRecordSet(set);
    expect((await session.lab.state()).mailGoesTo).toEqual(["new.contoso.com", "mail.contoso.com"]);
    await session.lab.advance(86_400);
    expect((await session.lab.state()).mailGoesTo).toEqual(["new.contoso.com"]);
  });
});
