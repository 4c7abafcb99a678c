import { connectControl, type LabControl } from "../../lab/index.js";
import { addressOf, csvOf, type Session, smallWorld, startSession } from "./worlds.js";

describe("an administrator beside the program", () => {
  let session: Session;
  let hand: LabControl;
  beforeEach(async () => {
    session = await startSession(smallWorld(3));
    hand = connectControl(session.lab.addresses.control);
  });
  afterEach(() => session.lab.close());

  it("runs cmdlets as the service does, past its faults and uncounted", async () => {
    await session.createEndpoint();
    session.lab.clearRequests();
    session.lab.faults.set({ kind: "503" });
    await hand.cmdlet("New-MigrationBatch", {
      Name: "by hand",
      SourceEndpoint: "mailstage",
      CSVData: csvOf([addressOf(0)]),
    });
    expect(await hand.cmdlet("Get-MigrationUser")).toMatchObject([{ Identity: addressOf(0) }]);
    expect((await session.lab.state()).batches).toMatchObject([{ name: "by hand", totalCount: 1 }]);
    expect(session.lab.requests().total).toBe(0);
    await expect(hand.cmdlet("Complete-MigrationBatch", { Identity: "by hand" })).rejects.toThrow(
      /doesn't support completion/,
    );
  });

  it("may do in Graph what Graph lets anybody do, and is judged for it", async () => {
    const [person] = (await session.lab.state()).mailboxes;
    const { skuId } = session.world.sku;
    const license = { addLicenses: [{ skuId }], removeLicenses: [] };
    await expect(hand.graph("POST", `/users/${person?.id}/assignLicense`, license)).rejects.toThrow(
      /invalid usage location/,
    );
    await hand.graph("PATCH", `/users/${person?.id}`, { usageLocation: "US" });
    await hand.graph("POST", `/users/${person?.id}/assignLicense`, license);
    expect((await session.lab.state()).alarms).toMatchObject([
      { code: "licence-before-migration", subject: addressOf(0) },
    ]);
  });

  it("buys seats and gives them up", async () => {
    const { skuId } = session.world.sku;
    await hand.setSeats(skuId, 0);
    const [person] = (await session.lab.state()).mailboxes;
    await hand.graph("PATCH", `/users/${person?.id}`, { usageLocation: "US" });
    const license = { addLicenses: [{ skuId }], removeLicenses: [] };
    await expect(hand.graph("POST", `/users/${person?.id}/assignLicense`, license)).rejects.toThrow(
      /does not have any available licenses/,
    );
    await hand.setSeats(skuId, 1);
    await hand.graph("POST", `/users/${person?.id}/assignLicense`, license);
    expect((await session.lab.state()).licenses).toMatchObject([{ enabled: 1, consumed: 1 }]);
    await expect(hand.setSeats("nothing", 1)).rejects.toThrow(/no subscription nothing/);
  });
});
