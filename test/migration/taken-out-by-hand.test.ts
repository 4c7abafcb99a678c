import type { CloudSession } from "../../src/microsoft365/index.js";
import { takenOutByHand, takenOutByHandMessage } from "../../src/migration/taken-out-by-hand.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";

const session = (): CloudSession => {
  const { port } = scriptedPort(({ cmdlet }) =>
    cmdlet === "Get-MigrationBatch"
      ? [{ Identity: "wave1", Status: "Synced" }]
      : [{ Identity: "anna@contoso.com", BatchId: "wave1", Status: "Synced" }],
  );
  return sessionWith({ exchange: port });
};
const before = { wave1: MailboxSet.ofNames(["anna", "bert"]), "wave1-2": MailboxSet.ofNames(["carla"]) };

describe("a listed mailbox that is in its batch no more", () => {
  test("is named where the rows of its batch change", async () => {
    expect(
      await takenOutByHand(session(), "contoso.com", {
        before,
        byBatch: { wave1: MailboxSet.ofNames(["anna", "bert", "dora"]) },
      }),
    ).toEqual(["bert@contoso.com"]);
    expect(takenOutByHandMessage(["bert@contoso.com"])).toMatch(
      /by hand, and is added again: bert@contoso.com\. /,
    );
  });

  test("is none where they do not, where it is taken out of the list, or where the batch is gone", async () => {
    expect(await takenOutByHand(session(), "contoso.com", { before, byBatch: before })).toEqual([]);
    expect(
      await takenOutByHand(session(), "contoso.com", {
        before,
        byBatch: { wave1: MailboxSet.ofNames(["anna"]) },
      }),
    ).toEqual([]);
    expect(
      await takenOutByHand(session(), "contoso.com", {
        before,
        byBatch: { "wave1-2": MailboxSet.ofNames(["carla", "emil"]) },
      }),
    ).toEqual([]);
  });
});
