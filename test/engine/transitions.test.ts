import type { PlanInput } from "../../src/plan/index.js";
import { attemptsOn } from "./attempts.js";
import { handOf, jumpTo, withWave } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles } from "./rehearsal.js";

/** Who is in no list is left out on purpose: the mail is lost, which the lab says. */
const leaveOut = (plan: PlanInput): PlanInput => ({
  ...plan,
  waive: [{ gate: "mailboxes-listed", reason: "zoe has left, and her mail may be lost" }],
});
/** What stood there before mailstage came: an endpoint of somebody's, and a batch without the lists' passwords. */
const madeByHand = [
  { code: "not-asked-for", subject: "byhand" },
  ...["pilarp", "tobyn", "briant"].map(
    (local) => ({ code: "password-differs", subject: `${local}@contoso.com` }) as const,
  ),
] as const;
const lostMail = [{ code: "mail-lost", subject: "zoe@contoso.com" }] as const;

/**
 * What must not be done, tried: each is refused in preview, and again where the preview was skipped, and neither the tenant nor the
 * zone nor the directory is changed by the attempt. One migration, in the order of its stages; test/abuse/transitions.test.ts has more.
 */
describe("an unsafe transition is refused", () => {
  let rehearsal: Rehearsal;
  let hand: ReturnType<typeof handOf>;
  let attempts: ReturnType<typeof attemptsOn>;
  const refused: ReturnType<typeof attemptsOn>["refused"] = (attempt) => attempts.refused(attempt);
  const standing = () => attempts.standing();

  beforeAll(async () => {
    rehearsal = await rehearse({ extraMailboxes: ["zoe@contoso.com"] });
    hand = handOf(rehearsal);
    attempts = attemptsOn(rehearsal);
  }, 180_000);
  afterAll(async () => {
    const { attempts: tried, previews, ups, commands } = attempts.count;
    process.stdout.write(
      `unsafe transitions tried: ${tried}, in ${previews} previews, ${ups} updates and ${commands} other commands\n`,
    );
    await rehearsal?.close();
  });

  const at = (stage: PlanInput["stage"]) => (plan: PlanInput) => ({ ...plan, stage });

  test("the first up is for a later stage", async () => {
    await refused({
      plan: at("migrate"),
      reasons: [/stage migrate: cannot be entered from nothing: prepare, verify, connect/],
    });
  }, 180_000);

  test("batches of these names were made by hand, with another endpoint and with other users", async () => {
    await jumpTo(rehearsal, "connect");
    await hand.createEndpoint("byhand");
    rehearsal.expectAlarms(madeByHand);
    const made = [
      ["wave1", "byhand", ["pilarp", "tobyn", "briant"]],
      ["wave2", "mailstage", ["anna", "zoe"]],
    ] as const;
    for (const [name, endpoint, locals] of made) {
      const csv = Buffer.from(mailboxes(locals)).toString("base64");
      const answer = await hand.invoke("New-MigrationBatch", {
        Name: name,
        CSVData: csv,
        SourceEndpoint: endpoint,
      });
      expect(answer.status).toBe(200);
    }
    const only = (wave: string) => (plan: PlanInput) => ({
      ...at("migrate")(plan),
      waves: plan.waves.filter(({ name }) => name === wave),
    });
    await refused({
      plan: only("wave1"),
      reasons: [/batch wave1: exists already with endpoint byhand, and the plan says mailstage/],
    });
    await refused({
      plan: only("wave2"),
      reasons: [
        /batch wave2: exists already with 1 mailbox that mailboxes\/wave2.csv does not list for it: zoe@/,
      ],
    });
    for (const [name] of made) await hand.removeBatch(name);
  }, 180_000);

  test("a stage is skipped, or two are taken back", async () => {
    await hand.setMailboxFault("eva@contoso.com", "quota");
    await hand.setMailboxFault("dieter@contoso.com", "slow");
    await rehearsal.stage("migrate");
    await rehearsal.up();
    await refused({
      plan: at("retire"),
      reasons: [/stage retire: cannot be entered from migrate: route would be skipped/],
    });
    await refused({
      plan: at("verify"),
      reasons: [/stage verify: cannot be returned to from migrate in one step/],
    });
  }, 180_000);

  test("the stack is turned to another domain", async () => {
    const files = Object.entries(smallFiles).map(([file, text]) => [
      file,
      text.replaceAll("@contoso.com", "@eu.contoso.com"),
    ]);
    await refused({
      plan: (plan) => ({
        ...plan,
        domain: "eu.contoso.com",
        source: { ...plan.source, testMailbox: "pilarp@eu.contoso.com" },
      }),
      files: Object.fromEntries(files),
      reasons: [/domain eu.contoso.com: this stack migrates contoso.com/],
    });
  }, 180_000);

  test("a started wave is taken out of the plan, or renamed", async () => {
    const without = (plan: PlanInput) => ({
      ...plan,
      waves: plan.waves.filter(({ name }) => name !== "wave2"),
    });
    await refused({
      plan: without,
      reasons: [/wave wave2: was taken out of the plan although it has been started/],
    });
    await refused({
      plan: (plan) => withWave(plan, "wave2", { name: "second" }),
      reasons: [/wave wave2: was taken out .* cannot be renamed once started/],
    });
  }, 180_000);

  test("more than a fifth of a wave's mailboxes is removed at once", async () => {
    await refused({
      files: { "mailboxes/wave2.csv": mailboxes(["anna", "bert", "carla"]) },
      reasons: [/wave wave2: 2 of 5 mailboxes would be removed at once \(dieter, eva\)/],
    });
  }, 180_000);

  test("the endpoint is replaced under its batches", async () => {
    const source = (change: Partial<PlanInput["source"]>) => (plan: PlanInput) => ({
      ...plan,
      source: { ...plan.source, ...change },
    });
    const inUse = [
      /endpoint mailstage: would be replaced while batch wave1 uses it/,
      /endpoint mailstage: would be replaced while batch wave2 uses it/,
    ];
    await refused({
      plan: source({ endpointName: "another" }),
      reasons: inUse,
    });
    await refused({ plan: source({ testMailbox: "anna@contoso.com" }), reasons: inUse });
  }, 180_000);

  test("mail is routed while mailboxes are syncing", async () => {
    await refused({ plan: at("route"), reasons: [/wave wave2: \d of 5 mailboxes are not synced yet/] });
  }, 180_000);

  test("mail is routed although a mailbox failed", async () => {
    await rehearsal.lab.advance(3 * 3600);
    await refused({
      plan: at("route"),
      reasons: [
        /wave wave2: 1 mailbox failed: eva@contoso.com \(MailboxSizeExceeds/,
        /MX contoso.com: had a TTL of 86400 s/,
      ],
    });
  }, 180_000);

  test("mail is routed before the former TTL of the MX has run out", async () => {
    await hand.setMailboxFault("eva@contoso.com", undefined);
    await rehearsal.change((plan) => withWave(plan, "wave2", { retryFailed: 1 }));
    await rehearsal.up();
    await rehearsal.lab.advance(3600);
    await refused({
      plan: at("route"),
      // Nor by a runner's clock that is days ahead.
      clockDays: 5,
      reasons: [/had a TTL of 86400 s when it was lowered at .*Run pulumi up again after .* UTC/s],
      never: [/mailboxes failed/, /not synced/],
    });
  }, 180_000);

  test("mail is routed while a mailbox of the domain is in no wave", async () => {
    await rehearsal.lab.advance(22 * 3600);
    await refused({
      plan: at("route"),
      reasons: [/1 user mailbox on premises is in no wave: zoe@contoso.com; all: .mailstage\/reports/],
      never: [/had a TTL/],
    });
  }, 180_000);

  test("the stack is destroyed while batches are needed", async () => {
    await rehearsal.change((plan) => leaveOut(withWave(at("route")(plan), "wave1", { phase: "converted" })));
    rehearsal.expectAlarms(lostMail);
    await rehearsal.up();
    const before = await standing();
    await refused({
      command: ["destroy", "--yes", "--skip-preview"],
      reasons: ["wave1", "wave2"].map(
        (wave) => new RegExp(`batch ${wave}: the MX was switched at .* 72 hours`),
      ),
    });
    await rehearsal.up();
    expect(await standing()).toEqual(before);
  }, 180_000);

  test("batches are retired without a sync after the switch, whatever else is waived", async () => {
    await refused({
      plan: (plan) => ({
        ...at("retire")(plan),
        waive: [
          ...(plan.waive ?? []),
          { gate: "mx-switch-72h", reason: "every sender is known to obey the TTL" },
        ],
      }),
      reasons: [/batch wave1: its Last Synced Time is .*, not later than the MX switch/],
      never: [/72 hours/],
    });
  }, 180_000);

  test("batches are retired after 71 hours, or with mailboxes that are not converted", async () => {
    await rehearsal.lab.advance(71 * 3600);
    const unconverted = /wave wave2: 5 users are not converted yet: anna@contoso.com/;
    await refused({
      plan: at("retire"),
      // Nor by a runner's clock that is days ahead.
      clockDays: 5,
      reasons: [/for 72 hours/, unconverted],
      never: [/Last Synced Time/],
    });
    await rehearsal.lab.advance(2 * 3600);
    await refused({ plan: at("retire"), reasons: [unconverted], never: [/72 hours/] });
  }, 180_000);

  test("a waiver opens its gate, with its reason in state", async () => {
    const reason = "wave2 goes on reading its mail on premises until Friday";
    await rehearsal.change((plan) => ({
      ...at("retire")(plan),
      waive: [...(plan.waive ?? []), { gate: "mailboxes-converted", reason }],
    }));
    await rehearsal.up();
    await rehearsal.lab.advance(120);
    expect((await standing()).batches).toEqual([]);
    const gate = (await rehearsal.stack.exportState()).resources.find(({ urn }) =>
      urn.endsWith("::gate-retire"),
    );
    expect(gate?.inputs["waived"]).toEqual([
      "mailboxes-listed: zoe has left, and her mail may be lost",
      `mailboxes-converted: ${reason}`,
    ]);
  }, 180_000);

  test("destroy after complete takes nothing from the users", async () => {
    await rehearsal.stage("complete");
    await rehearsal.up();
    const before = await standing();
    expect(await rehearsal.stack.destroy()).toMatchObject({ code: 0, errors: "" });
    const after = await standing();
    const mx = (zone: typeof after.zone) => zone.find(({ type }) => type === "MX");
    expect(mx(after.zone)).toEqual(mx(before.zone));
    expect(mx(after.zone)?.values).toEqual(["0 contoso-com.mail.protection.outlook.com"]);
    const autodiscover = (zone: typeof after.zone) =>
      zone.find(({ name }) => name.startsWith("autodiscover."));
    expect(autodiscover(after.zone)).toMatchObject({ type: "CNAME", values: ["autodiscover.outlook.com"] });
    expect(after.licenses).toEqual(before.licenses);
    expect(
      after.licenses.every(
        ([address, licenses]) => licenses?.length === (address === "zoe@contoso.com" ? 0 : 1),
      ),
    ).toBe(true);
    expect(after.onPremises).toEqual(before.onPremises);
    expect(after.domains).toEqual(before.domains);
    expect(after.endpoints.map(({ name }) => name)).toEqual(["byhand"]);
  }, 180_000);
});
