import { sendAddedAndRemovedRows } from "../../src/migration/send-added-and-removed-rows.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";
import { migrationBatch } from "./migration-batch.js";

const names = (...local: string[]) => MailboxSet.ofNames(local);

/** What is sent where the list has anna and dora now, and what is said. */
async function sent(made: MailboxSet | undefined, present: readonly string[]) {
  const done: string[] = [];
  const said: string[] = [];
  const { port } = scriptedPort(({ cmdlet, parameters }) => {
    if (cmdlet === "Get-MigrationUser")
      return present.map((user) => ({ Identity: `${user}@contoso.com`, BatchId: "sales", Status: "Synced" }));
    done.push(`${cmdlet} ${parameters["Identity"]}`);
    return [];
  });
  const wanted = {
    domain: "contoso.com",
    csv: "mailboxes/sales.csv",
    endpoint: "mailstage",
    byBatch: { sales: names("anna", "dora") },
    started: true,
    retryFailed: 0,
  };
  const added = await sendAddedAndRemovedRows(wanted, "sales", migrationBatch(), made, {
    session: sessionWith({ exchange: port }),
    upload: (mailboxes) => Buffer.from(mailboxes.lines()),
    progress: async () => {},
    warn: async (line) => void said.push(line),
  });
  return { added, done, said };
}

describe("a list that has changed", () => {
  test("takes out who was in it and is no more, and adds who is new", async () => {
    expect(await sent(names("anna", "bert"), ["anna", "bert"])).toEqual({
      added: true,
      done: ["Set-MigrationBatch sales", "Remove-MigrationUser bert@contoso.com"],
      said: [],
    });
  });

  test("takes out nobody whom a person has added to the batch, and names them, ten at most", async () => {
    const byHand = Array.from({ length: 12 }, (_, at) => `hand${at + 10}`);
    const { done, said } = await sent(names("anna"), ["anna", ...byHand]);
    expect(done).toEqual(["Set-MigrationBatch sales"]);
    expect(said).toEqual([
      expect.stringMatching(
        /^batch sales holds 12 mailboxes that its list never had: hand10@contoso\.com.*hand19@contoso\.com and 2 more\. What others have added is left/,
      ),
    ]);
  });

  test("takes over who was added by hand before, without a word", async () => {
    expect(await sent(names("anna"), ["anna", "dora"])).toEqual({ added: false, done: [], said: [] });
  });

  test("takes nobody out of a batch that is not the one the last update made", async () => {
    await expect(sent(undefined, ["anna", "zoe"])).rejects.toThrow(/batch-differs|does not list/);
  });
});
