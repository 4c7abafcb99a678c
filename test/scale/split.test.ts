import { connectControl } from "../../lab/index.js";
import { createInProcessProject } from "./in-process.js";
import type { Project } from "./project.js";
import { type SplitMigration, startSplit, waveFile } from "./split-plan.js";

/**
 * A plan of a domain stack and two wave stacks against one lab: in order it goes through, out of order it is refused. What is asserted
 * is the lab's own state. By processes of the real engine: eight-stacks.test.ts, and the user's way with MAILSTAGE_WALK=whole.
 */
describe("a plan split over three stacks", () => {
  let split: SplitMigration;

  beforeAll(async () => {
    split = await startSplit([
      { name: "north", stack: "waves-a", locals: ["anna", "bert", "carla"] },
      { name: "south", stack: "waves-b", locals: ["dieter", "eva"] },
    ]);
  }, 60_000);
  afterAll(async () => {
    // Last: with its first stack the process ceases to trust the lab.
    for (const other of others) await other.dispose();
    await split?.close();
  });
  const others: Project[] = [];

  const batches = async () => (await split.lab.state()).batches.map(({ name }) => name).sort();
  const mx = async () =>
    (await split.lab.state()).zone.find(({ name, type }) => name === "contoso.com" && type === "MX")?.values;
  const refused = async (stack: string, ...reasons: readonly RegExp[]) => {
    const { code, errors } = await split.project.run(stack, "preview");
    for (const reason of reasons) expect(errors).toMatch(reason);
    expect(code).not.toBe(0);
  };

  test("a wave stack waits for the domain stack", async () => {
    await refused(
      "waves-a",
      /stack domain: was not applied yet .* Run pulumi up --stack domain with this plan first/s,
    );
    // Several stages at once: the gate of migrate asks for the endpoint, which the preview only announces.
    await split.project.up("domain", { skipPreview: true });
    expect(await batches()).toEqual([]);
  }, 120_000);

  test("a mailbox in two stacks is refused by both", async () => {
    await split.project.write("mailboxes/south.csv", waveFile(["dieter", "eva", "anna"]));
    await Promise.all([
      refused("waves-b", /stack domain: has not seen the mailbox lists of waves-b as they are now/),
      refused("domain", /mailboxes\/south\.csv:4: repeats anna@contoso\.com/),
      // Its neighbour is not kept from going on.
      split.project.up("waves-a"),
    ]);
    await split.project.write("mailboxes/south.csv", waveFile(["dieter", "eva"]));
    expect(await batches()).toEqual(["north"]);
  }, 120_000);

  test("another plan gets no mailbox of it", async () => {
    const other = await createInProcessProject(
      {
        stacks: ["production"],
        environment: split.lab.environment,
        files: { "mailboxes/west.csv": waveFile(["eva", "anna"]) },
      },
      () => split.lab,
    );
    const { domainStack: _, ...whole } = split.planned;
    await other.plan({ ...whole, waves: [{ name: "west", csv: "mailboxes/west.csv" }] });
    const { code, errors } = await other.run("production", "preview");
    others.push(other);
    expect(errors).toMatch(
      /wave west: 1 mailbox is in another migration batch already: anna@contoso\.com \(north\)/,
    );
    expect(code).not.toBe(0);
  }, 120_000);

  test("mail is not routed before every wave stack is applied", async () => {
    await split.lab.advance(48 * 3600);
    await split.plan({ stage: "route" });
    await Promise.all([
      refused(
        "domain",
        /stack waves-b: was not applied yet/,
        /wave south: 2 mailboxes are in no migration batch/,
      ),
      refused("waves-a", /stack domain: is at stage migrate, and the plan says route/),
    ]);
    await split.plan({});
    await split.project.up("waves-b");
    await split.lab.advance(48 * 3600);
    await Promise.all([split.project.up("waves-a"), split.project.up("waves-b")]);
    expect(await mx()).toEqual(["10 mail.contoso.com"]);
    await split.plan({ stage: "route" });
    await split.project.up("domain");
    expect(await mx()).toEqual([expect.stringMatching(/mail\.protection\.outlook\.com$/)]);
  }, 120_000);

  test("batches are not deleted before the domain stack has waited for all of them", async () => {
    await split.project.up("waves-a");
    await split.lab.advance(73 * 3600);
    await split.plan({ stage: "retire" });
    await Promise.all([
      refused("domain", /stack waves-b: was last applied at stage migrate, not at route/),
      refused("waves-a", /stack domain: is at stage route, and the plan says retire/),
    ]);
    expect(await batches()).toEqual(["north", "south"]);
    await split.plan({ stage: "route" });
    await split.project.up("waves-b");
    // Its batch was asked for a synchronization by that update.
    await split.lab.advance(2 * 3600);
    await split.plan({ stage: "retire" });
    await split.project.up("domain");
    await split.project.up("waves-a");
    // What a stack says is put out before it deletes: of a deletion that failed only Exchange knows.
    const control = connectControl(split.lab.addresses.control);
    await control.setFaults([{ kind: "503", service: "exchange", route: "Remove-MigrationBatch" }]);
    expect((await split.project.run("waves-b", "up", "--yes", "--skip-preview")).code).not.toBe(0);
    await control.clearFaults();
    await split.plan({ stage: "complete" });
    await refused("domain", /stage complete: cannot be entered: batches are not deleted yet: south/);
    await split.plan({ stage: "retire" });
    await split.project.up("waves-b");
    await split.lab.advance(120);
    const { goneBatches, mailboxes, directory, alarms } = await split.lab.state();
    expect(await batches()).toEqual([]);
    expect(goneBatches.map(({ name, why }) => `${name} ${why}`).sort()).toEqual([
      "north removed",
      "south removed",
    ]);
    expect(
      mailboxes.every(
        ({ licenses, recipientType }) => licenses.length === 1 && recipientType === "UserMailbox",
      ),
    ).toBe(true);
    for (const { emailAddress } of mailboxes)
      expect(
        directory.find(({ attributes }) => attributes["mail"]?.includes(emailAddress))?.attributes[
          "targetAddress"
        ],
      ).toBeDefined();
    expect(alarms).toEqual([]);
  }, 120_000);
});
