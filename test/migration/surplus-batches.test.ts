import { removeSurplusBatches } from "../../src/migration/surplus-batches.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";

const guid = "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34";
const another = "11111111-9a3b-4d51-8f6e-2b7a1c0d9e34";
const wave = {
  wave: "wave1",
  domain: "contoso.com",
  csv: "mailboxes/wave1.csv",
  endpoint: "mailstage",
  started: true,
  retryFailed: 0,
  guids: { "wave1-2": guid },
};
const before = {
  ...wave,
  byBatch: { wave1: MailboxSet.ofNames(["anna"]), "wave1-2": MailboxSet.ofNames(["bert", "carla"]) },
};
const wanted = { ...wave, byBatch: { wave1: MailboxSet.ofNames(["anna"]) } };

/** What is sent when the last row has left `wave1-2`, and what is said. */
async function sent(batches: readonly { readonly Guid: string }[], users: readonly string[]) {
  const removed: unknown[] = [];
  const said: string[] = [];
  const { port } = scriptedPort(({ cmdlet, parameters }) => {
    if (cmdlet === "Get-MigrationBatch")
      return batches.map((batch) => ({ Identity: "wave1-2", Status: "Synced", ...batch }));
    if (cmdlet === "Get-MigrationUser")
      return users.map((user) => ({ Identity: `${user}@contoso.com`, BatchId: "wave1-2", Status: "Synced" }));
    removed.push(`${cmdlet} ${parameters["Identity"]}`);
    return [];
  });
  await removeSurplusBatches(wanted, before, {
    session: sessionWith({ exchange: port }),
    warn: async (line) => void said.push(line),
  });
  return { removed, said };
}

describe("a batch that the last row has left", () => {
  test("is deleted, its rows first", async () => {
    expect(await sent([{ Guid: guid }], ["bert", "carla"])).toEqual({
      removed: [
        "Remove-MigrationUser bert@contoso.com",
        "Remove-MigrationUser carla@contoso.com",
        "Remove-MigrationBatch wave1-2",
      ],
      said: [],
    });
  });

  test("is deleted by the run after one that was killed between the two", async () => {
    expect((await sent([{ Guid: guid }], [])).removed).toEqual(["Remove-MigrationBatch wave1-2"]);
    expect((await sent([], [])).removed).toEqual([]);
  });

  test("stays with whoever was added by hand, who is named", async () => {
    expect(await sent([{ Guid: guid }], ["bert", "carla", "zoe"])).toEqual({
      removed: ["Remove-MigrationUser bert@contoso.com", "Remove-MigrationUser carla@contoso.com"],
      said: [expect.stringMatching(/^batch wave1-2 has no mailbox of the list any more, but others: zoe@/)],
    });
  });

  test("is not touched where somebody else made one of that name since", async () => {
    expect(await sent([{ Guid: another }], ["bert", "carla"])).toEqual({
      removed: [],
      said: [expect.stringMatching(/^batch wave1-2 is not the one this stack made: it is left as it is/)],
    });
  });
});
