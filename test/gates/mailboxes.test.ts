import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectControl, type Lab, startLab, worldFromPlan } from "../../lab/index.js";
import { MailstageError } from "../../src/base/problem.js";
import { checkAll } from "../../src/cli/check/index.js";
import { cloudOf, newSession } from "../../src/microsoft365/index.js";
import { askGates, type GateSubject } from "../../src/migration/gates/index.js";
import { parseMailboxFile } from "../../src/plan/csv/index.js";
import { type Plan, parsePlan } from "../../src/plan/index.js";
import { mailboxes, smallPlan } from "../engine/rehearsal.js";

/** The directory is asked who has a mailbox of the domain: lists are what people wrote, and may leave out or misname. */
describe.each(["2007", "2003"] as const)("mailboxes of the domain and the lists, Exchange %s", (exchange) => {
  const root = mkdtempSync(join(tmpdir(), "mailstage-mailboxes-"));
  const trusted = getCACertificates("default");
  const before = { ...process.env };
  let lab: Lab;
  let plan: Plan;
  let subject: Omit<GateSubject, "stage">;
  let reach: Parameters<typeof askGates>[2];

  beforeAll(async () => {
    const csv = mailboxes(["pilarp", "tobyn"]);
    const source = { ...smallPlan.source, exchange };
    const input = { ...smallPlan, source, waves: [{ name: "wave1", csv: "wave1.csv" }] };
    const { file } = parseMailboxFile(Buffer.from(csv), "wave1.csv", {
      wave: "wave1",
      domain: "contoso.com",
      signOn: "cloud",
    });
    const world = worldFromPlan(parsePlan(input), file === undefined ? [] : [file]);
    lab = await startLab({
      world: {
        ...world,
        mailboxes: [
          ...world.mailboxes,
          { emailAddress: "toby.nixon@contoso.com", aliases: ["nixon@contoso.com"] },
          { emailAddress: "sales@contoso.com", kind: "shared" },
          { emailAddress: "oak@contoso.com", kind: "room" },
          { emailAddress: "beamer@contoso.com", kind: "equipment" },
          { emailAddress: "guest@contoso.com", kind: "linked" },
          { emailAddress: "elsewhere@fabrikam.com" },
          {
            emailAddress: "systemmailbox@contoso.com",
            displayName: "SystemMailbox{1f05a927-89c0-4725-adca-4527114196a1}",
            kind: "system",
          },
        ],
      },
    });
    setDefaultCACertificates([...trusted, readFileSync(lab.caFile, "utf8")]);
    Object.assign(process.env, lab.environment);
    plan = parsePlan(lab.planOverrides(input));
    const { nameServers, resolvers } = plan.dns;
    subject = { ...plan, observed: { zone: plan.domain, nameServers, resolvers } };
    reach = {
      root,
      stack: "test",
      session: newSession(cloudOf(plan.tenant)),
      secret: ({ environment }) => process.env[environment],
      progress: () => undefined,
    };
  }, 30_000);
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    process.env = before;
    rmSync(root, { recursive: true, force: true });
    await lab?.close();
  });

  const everybody = ["pilarp", "tobyn", "toby.nixon", "sales", "oak", "beamer", "guest"];
  /** What one gate of a stage says; the stage's other gates are waived. */
  async function ask(stage: GateSubject["stage"], gate: string, list: string[], waived?: string) {
    writeFileSync(join(root, "wave1.csv"), mailboxes(list));
    const { gatesOf } = await import("../../src/migration/gates/index.js");
    const waive = gatesOf(stage)
      .filter((name) => name !== gate)
      .map((name) => ({ gate: name, reason: "not what this test is about" }));
    const own = waived === undefined ? [] : [{ gate, reason: waived }];
    try {
      const { facts, warnings } = await askGates({ ...subject, stage }, [...waive, ...own], reach);
      return { facts, warnings, problems: [] };
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      const problems = error.problems.map(({ code, reason }) => `${code}: ${reason}`);
      return { facts: [], warnings: [], problems };
    }
  }

  // Exchange 2003 has no types: a room is there a mailbox whose master account is SELF, as a shared one.
  const kinds =
    exchange === "2007"
      ? [
          /^mailbox-not-listed: 1 user mailbox on premises is in no wave: toby\.nixon@contoso\.com; all: /,
          /^mailbox-not-listed: 1 shared mailbox .*: sales@contoso\.com/,
          /^mailbox-not-listed: 1 room mailbox .*: oak@contoso\.com/,
          /^mailbox-not-listed: 1 equipment mailbox .*: beamer@contoso\.com/,
          /^mailbox-not-listed: 1 linked mailbox .*: guest@contoso\.com/,
        ]
      : [
          /^mailbox-not-listed: 1 user mailbox on premises is in no wave: toby\.nixon@contoso\.com; all: /,
          /^mailbox-not-listed: 3 shared mailboxes .*: .*sales@contoso\.com/,
          /^mailbox-not-listed: 1 linked mailbox .*: guest@contoso\.com/,
        ];

  test("route refuses for a mailbox that only holds the address of another one that is listed", async () => {
    const { directory } = connectControl(lab.addresses.control);
    const address = "toby.nixon@contoso.com";
    const addresses = [`SMTP:${address}`, "smtp:nixon@contoso.com"];
    const held = async (...more: string[]) => {
      const values = [...addresses, ...more];
      await directory({ action: "modify", address, attribute: "proxyAddresses", values });
    };
    const others = everybody.filter((one) => one !== "toby.nixon");
    await held("smtp:tobyn@contoso.com");
    expect((await ask("route", "mailboxes-listed", others)).problems).toEqual([
      expect.stringMatching(/^mailbox-not-listed: 1 user mailbox on premises is in no wave: toby\.nixon@/),
    ]);
    expect((await ask("route", "mailboxes-listed", everybody)).problems).toEqual([]);
    await held();
    expect((await ask("route", "mailboxes-listed", [...others, "nixon"])).problems).toEqual([]);
  });

  test.each(["route", "retire"] as const)(
    "%s refuses while a mailbox is in no wave, names it by its kind, and writes all of them down",
    async (stage) => {
      const { problems } = await ask(stage, "mailboxes-listed", ["pilarp", "tobyn"]);
      expect(problems).toEqual(kinds.map((kind) => expect.stringMatching(kind)));
      const report = join(root, ".mailstage/reports/test/mailboxes-not-listed.csv");
      const lines = readFileSync(report, "utf8").trim().split("\n");
      expect(lines).toHaveLength(6);
      expect(lines[0]).toBe("EmailAddress,Kind,DN,objectGUID");
      expect(statSync(report).mode & 0o077).toBe(0);
    },
  );

  test("a waiver with a reason lets it pass, and the names are still told", async () => {
    const { warnings } = await ask("route", "mailboxes-listed", everybody.slice(1), "Pilar has left");
    expect(warnings).toEqual([
      expect.stringMatching(/^mailboxes-listed \(waived: Pilar has left\): .*pilarp@contoso\.com/),
    ]);
  });

  test("nobody is left out: who still works on premises is counted, and Exchange's own mailboxes are set apart", async () => {
    const requests = lab.requests().directory["search"] ?? 0;
    expect(await ask("route", "mailboxes-listed", everybody)).toEqual({
      facts: [
        "mailboxes-listed: 7 mailboxes of contoso.com are on premises, each in a wave",
        "mailboxes-listed: Exchange's own mailboxes stay: 1",
      ],
      warnings: [],
      problems: [],
    });
    // The root entry, and one page.
    expect((lab.requests().directory["search"] ?? 0) - requests).toBeLessThanOrEqual(2);
  });

  test("one search by any address is enough for who is listed by another than the primary", async () => {
    const list = ["pilarp", "tobyn", "nixon", "sales", "oak", "beamer", "guest"];
    expect((await ask("route", "mailboxes-listed", list)).problems).toEqual([]);
  });

  test("prepare refuses addresses that nobody holds, aliases, one mailbox in two rows, and Exchange's own", async () => {
    const list = ["pilarp", "ghost", "toby.nixon", "nixon", "systemmailbox"];
    const { problems } = await ask("prepare", "addresses-known", list);
    expect(problems).toEqual([
      "address-unknown: 1 address is held by no user under directory.baseDn: ghost@contoso.com",
      "address-not-primary: 1 address is not the primary one of its mailbox: nixon@contoso.com (toby.nixon@contoso.com)",
      "mailbox-of-system: 1 mailbox is Exchange's own: systemmailbox@contoso.com",
      "mailbox-listed-twice: toby.nixon@contoso.com (wave1) and nixon@contoso.com (wave1) are one mailbox",
    ]);
  });

  test("prepare tells what becomes of mailboxes that are no user's own, and who is in no wave yet", async () => {
    const { warnings, facts } = await ask("prepare", "addresses-known", ["pilarp", "sales", "guest"]);
    expect(facts).toEqual(["addresses-known: 3 of 3 addresses are mailboxes on premises"]);
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /wave wave1: 1 shared mailbox: sales@contoso\.com: .*Set-Mailbox -Type Shared .* needs no licence/,
      ),
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(/wave wave1: 1 linked mailbox: guest@contoso\.com: /),
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /2 user mailboxes on premises are in no wave: .*Before route each has to be in one/,
      ),
    );
  });

  test("check names them all, and who is in no wave yet is no problem of it", async () => {
    writeFileSync(join(root, "wave1.csv"), mailboxes(["pilarp", "tobyn", "sales"]));
    const areas = await checkAll({ ...plan, waive: [] }, reach);
    const premises = areas.find(({ area }) => area === "premises");
    expect(premises?.problems).toEqual([]);
    expect(premises?.warnings?.map(({ reason }) => reason).join("\n")).toMatch(
      /sales@contoso\.com[\s\S]*toby\.nixon@contoso\.com/,
    );
  });
});
