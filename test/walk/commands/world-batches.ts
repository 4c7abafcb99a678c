import fc from "fast-check";
import { command, type Model, tell } from "../command.js";
import type { Migration } from "../migration.js";
import { doneByHand, pick, someBatch } from "./hand.js";

const drawn = fc.nat(999);

/** Uploads addresses as an administrator does in the portal, who has no passwords. */
const csvData = (addresses: readonly string[]) =>
  Buffer.from(["EmailAddress", ...addresses].join("\r\n")).toString("base64");

/** What is edited of a batch. */
const changes = {
  SyncNow: true,
  NotificationEmails: ["somebody@contoso.com"],
  ReportInterval: "2.00:00:00",
  SkipReports: true,
} as const;

/** Runs a cmdlet by hand; what the service refuses an administrator leaves at that. */
async function tried(
  { hand }: Migration,
  cmdlet: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  return hand.cmdlet(cmdlet, parameters).then(
    () => true,
    () => false,
  );
}

/**
 * Who is brought over by hand is licensed by hand, or loses the mailbox after thirty days: no list asks mailstage for it before
 * somebody writes it there.
 */
function broughtByHand(migration: Migration, model: Model, addresses: readonly string[]): void {
  const listed = new Set(migration.plan.waves.flatMap(({ csv }) => migration.list(csv)));
  for (const address of addresses)
    if (!listed.has(address)) {
      model.byHand.add(`mailbox-disabled ${address}`);
      model.byHand.add(`mail-lost ${address}`);
    }
}

/** A cmdlet on a batch that needs no more than its name. */
const turnedByHand = (name: string, cmdlet: string) =>
  command({
    name,
    weight: 1,
    data: drawn,
    possible: ({ reached }) => reached !== undefined,
    typed: (at) => `${cmdlet}, batch ${at}`,
    async run(migration, model, at) {
      const batch = await someBatch(migration, at);
      if (batch === undefined) return;
      if (await tried(migration, cmdlet, { Identity: batch.name })) tell(model, "batch", batch.name);
    },
  });

/** What administrators do to batches and to the mailboxes in them. */
export const batchCommands = [
  command({
    name: "a batch removed by hand",
    weight: 1,
    data: drawn,
    possible: ({ reached }) => reached !== undefined,
    typed: (at) => `Remove-MigrationBatch, batch ${at}`,
    async run(migration, model, at) {
      const batch = await someBatch(migration, at);
      if (batch === undefined) return;
      tell(model, "batch", batch.name, "removed");
      await doneByHand(migration, model, /^batch-removed-early /, () =>
        migration.hand.batch(batch.name, "remove"),
      );
    },
  }),
  command({
    name: "a batch removed and made anew by hand",
    weight: 1,
    data: drawn,
    possible: ({ reached }) => reached !== undefined,
    typed: (at) =>
      `Remove-MigrationBatch, batch ${at}; five minutes later New-MigrationBatch of the same name`,
    async run(migration, model, at) {
      const batch = await someBatch(migration, at);
      if (batch === undefined) return;
      tell(model, "batch", batch.name, "removed");
      await doneByHand(migration, model, /^batch-removed-early /, () =>
        migration.hand.batch(batch.name, "remove"),
      );
      await migration.lab.advance(300);
      const addresses = batch.users.map(({ emailAddress }) => emailAddress);
      const made = await tried(migration, "New-MigrationBatch", {
        Name: batch.name,
        SourceEndpoint: batch.endpoint,
        CSVData: csvData(addresses),
      });
      if (made) tell(model, "batch", batch.name, "added");
    },
  }),
  turnedByHand("a batch stopped by hand", "Stop-MigrationBatch"),
  turnedByHand("a batch started by hand", "Start-MigrationBatch"),
  command({
    name: "a batch edited by hand",
    weight: 1,
    data: fc.record({
      at: drawn,
      change: fc.constantFrom<keyof typeof changes>(
        "SyncNow",
        "NotificationEmails",
        "ReportInterval",
        "SkipReports",
      ),
    }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ at, change }) => `Set-MigrationBatch, batch ${at}: ${change} ${changes[change]}`,
    async run(migration, model, { at, change }) {
      const batch = await someBatch(migration, at);
      if (batch === undefined) return;
      tell(model, "batch", batch.name);
      await tried(migration, "Set-MigrationBatch", { Identity: batch.name, [change]: changes[change] });
    },
  }),
  command({
    name: "a mailbox put into a batch by hand",
    weight: 1,
    data: fc.record({ at: drawn, who: drawn }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ at, who }) =>
      `Set-MigrationBatch -AddUsers, batch ${at}: mailbox ${who} of those that are in none`,
    async run(migration, model, { at, who }) {
      const { batches, mailboxes } = await migration.lab.state();
      const batch = pick(batches, at);
      const taken = new Set(batches.flatMap(({ users }) => users.map(({ emailAddress }) => emailAddress)));
      const mailbox = pick(
        mailboxes.filter(({ emailAddress }) => !taken.has(emailAddress)),
        who,
      );
      if (batch === undefined || mailbox === undefined) return;
      const { emailAddress } = mailbox;
      const change = { AddUsers: true, CSVData: csvData([emailAddress]) };
      if (!(await tried(migration, "Set-MigrationBatch", { Identity: batch.name, ...change }))) return;
      tell(model, "batch", batch.name);
      broughtByHand(migration, model, [emailAddress]);
    },
  }),
  command({
    name: "a mailbox of a batch, by hand",
    weight: 2,
    data: fc.record({
      at: drawn,
      who: drawn,
      verb: fc.constantFrom("Remove", "Stop", "Start"),
    }),
    possible: ({ reached }) => reached !== undefined,
    typed: ({ at, who, verb }) => `${verb}-MigrationUser, batch ${at}, mailbox ${who}`,
    async run(migration, model, { at, who, verb }) {
      const batch = await someBatch(migration, at);
      const user = batch && pick(batch.users, who);
      if (batch === undefined || user === undefined) return;
      if (await tried(migration, `${verb}-MigrationUser`, { Identity: user.emailAddress }))
        tell(model, "batch", batch.name);
    },
  }),
  command({
    name: "a mailbox that cannot be copied",
    weight: 2,
    data: fc.record({
      who: drawn,
      fault: fc.constantFrom("transient", "quota", "access-denied", "not-found", "slow", "skipped-items"),
    }),
    possible: () => true,
    typed: ({ who, fault }) => `mailbox ${who} has become one whose copy fails: ${fault}`,
    async run(migration, model, { who, fault }) {
      const mailbox = pick((await migration.lab.state()).mailboxes, who);
      if (mailbox === undefined) return;
      tell(model, "mailbox", mailbox.emailAddress);
      await migration.hand.setMailboxFault(mailbox.emailAddress, fault);
    },
  }),
  command({
    name: "all mailboxes repaired",
    weight: 3,
    data: fc.constant(undefined),
    possible: ({ moves }) => moves.some(({ what }) => what === "mailbox"),
    typed: () =>
      "what kept mailboxes from being copied is mended on premises, and failed ones are started again",
    async run(migration, model) {
      const { mailboxes, batches } = await migration.lab.state();
      for (const { emailAddress } of mailboxes) await migration.hand.setMailboxFault(emailAddress, undefined);
      for (const { name, failedCount } of batches)
        if (failedCount > 0) {
          tell(model, "batch", name);
          await tried(migration, "Start-MigrationBatch", { Identity: name });
        }
    },
  }),
];
