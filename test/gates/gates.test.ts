import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connectControl, type Lab, startLab, worldFromPlan } from "../../lab/index.js";
import { MailstageError } from "../../src/base/problem.js";
import { cloudOf, newSession } from "../../src/microsoft365/index.js";
import { askGates, type GateSubject, gatesOf, stillGuarded } from "../../src/migration/gates/index.js";
import { parseMailboxFile } from "../../src/plan/csv/index.js";
import { parsePlan, stages } from "../../src/plan/index.js";
import { DomainRun } from "../../src/plan/run.js";
import { mailboxes, smallPlan } from "../engine/rehearsal.js";

/** Gates asked of the lab directly, without the engine: what each says when something is missing. */
describe("the ways into the stages", () => {
  const root = mkdtempSync(join(tmpdir(), "mailstage-gates-"));
  const trusted = getCACertificates("default");
  const before = { ...process.env };
  let lab: Lab;
  let subject: Omit<GateSubject, "stage">;
  let reach: Parameters<typeof askGates>[2];

  beforeAll(async () => {
    const csv = mailboxes(["pilarp", "tobyn"]);
    const plan = parsePlan({ ...smallPlan, waves: [{ name: "wave1", csv: "wave1.csv" }] });
    const { file } = parseMailboxFile(Buffer.from(csv), "wave1.csv", {
      wave: "wave1",
      domain: plan.domain,
      signOn: "cloud",
    });
    const world = worldFromPlan(plan, file === undefined ? [] : [file]);
    lab = await startLab({
      world: {
        ...world,
        mailboxes: [
          ...world.mailboxes,
          { emailAddress: "um@contoso.com", unifiedMessaging: true },
          { emailAddress: "boss@contoso.com", protectedAccount: true },
        ],
      },
    });
    setDefaultCACertificates([...trusted, readFileSync(lab.caFile, "utf8")]);
    Object.assign(process.env, lab.environment);
    writeFileSync(join(root, "wave1.csv"), csv);
    const { source, directory, licenses, signOn, domain, tenant, waves, dns } = parsePlan(
      lab.planOverrides({ ...smallPlan, waves: [{ name: "wave1", csv: "wave1.csv" }] }),
    );
    const { nameServers, resolvers } = dns;
    subject = {
      source,
      directory,
      licenses,
      signOn,
      domain,
      waves,
      observed: { zone: domain, nameServers, resolvers },
    };
    reach = {
      root,
      stack: "test",
      session: newSession(cloudOf(tenant)),
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

  /** The problems of the way into a stage, as `code: text`. */
  async function problems(stage: GateSubject["stage"], change: Partial<GateSubject> = {}, list?: string[]) {
    writeFileSync(join(root, "wave1.csv"), mailboxes(list ?? ["pilarp", "tobyn"]));
    try {
      await askGates({ ...subject, ...change, stage }, [], reach);
      return [];
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      return error.problems.map(({ code, reason }) => `${code}: ${reason}`);
    }
  }

  test("prepare names users with Unified Messaging and accounts whose rights are reset", async () => {
    const found = await problems("prepare", {}, ["pilarp", "um", "boss"]);
    expect(found).toEqual([
      expect.stringMatching(/^permission-protected-account: .*boss@contoso\.com/),
      expect.stringMatching(/^unified-messaging-on: .*um@contoso\.com/),
    ]);
  });

  test("connect names addresses that are no synchronized user, beside the unverified domain", async () => {
    const found = await problems("connect", {}, ["pilarp", "nobody"]);
    expect(found).toEqual([
      expect.stringMatching(/^domain-not-verified: /),
      expect.stringMatching(
        /^user-not-synchronized: 1 address is no user of the tenant: nobody@contoso\.com/,
      ),
    ]);
  });

  test("route names mailboxes in no batch, and the former TTL that still runs", async () => {
    const now = lab.clock.now().toISOString();
    const found = await problems("route", { lowered: { observedAt: now, formerTtl: 86_400 } });
    expect(found).toEqual([
      expect.stringMatching(/^domain-not-verified: /),
      expect.stringMatching(/^mailbox-not-listed: 2 user mailboxes .*um@contoso\.com, boss@contoso\.com/),
      expect.stringMatching(/^mailbox-not-in-batch: 2 mailboxes/),
      expect.stringMatching(/^mx-ttl-running: had a TTL of 86400 s/),
      expect.stringMatching(/^mx-ttl-high: has a TTL of 86400 s again/),
    ]);
  });

  test("retire refuses while the MX is not the tenant's, and names who is not converted", async () => {
    const found = await problems("retire", {
      routing: {
        routedAt: lab.clock.now().toISOString(),
        values: ["0 contoso-com.mail.protection.outlook.com"],
      },
    });
    expect(found).toEqual([
      expect.stringMatching(/^mx-not-switched: .*still answers 10 mail\.contoso\.com/),
      expect.stringMatching(/^mailbox-not-listed: /),
      expect.stringMatching(/^mailbox-not-in-batch: /),
      expect.stringMatching(/^mailbox-not-converted: 2 users are not converted yet/),
    ]);
  });

  test("an endpoint that somebody has removed is told, with the way to have it made anew", async () => {
    await expect(askGates({ ...subject, stage: "migrate" }, [], reach)).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ code: "endpoint-gone", hint: expect.stringContaining("pulumi refresh") }),
      ]),
    });
  });

  test.each([
    ["route", "migrate"],
    ["retire", "route"],
  ] as const)(
    "what %s lacks of a batch is mended at %s, from where no mail is sent back",
    async (stage, at) => {
      const routing = { routedAt: null, values: ["0 contoso-com.mail.protection.outlook.com"] };
      const refused = askGates({ ...subject, stage, routing }, [], reach);
      const hint = expect.stringContaining(`Start the wave at stage ${at}`);
      await expect(refused).rejects.toMatchObject({
        problems: expect.arrayContaining([expect.objectContaining({ code: "mailbox-not-in-batch", hint })]),
      });
    },
  );

  test("complete names migrated users without a licence", async () => {
    const found = await problems("complete");
    expect(found).toContainEqual(
      expect.stringMatching(
        /^license-missing: 2 migrated users have no licence with Exchange Online: pilarp@contoso\.com, tobyn@contoso\.com/,
      ),
    );
  });

  test("a passed gate is asked again until what it guards is done, whoever does it and however late", async () => {
    const { session } = reach;
    const routing = { routedAt: null, values: ["0 tenant.example"] };
    const route = { ...subject, stage: "route", applied: true, routing } as const;
    const mx = { name: subject.domain, type: "MX", ttl: 3600 };
    const control = connectControl(lab.addresses.control);
    expect(await stillGuarded(new DomainRun(), route, session)).toBe(route);
    await control.setRecordSet({ ...mx, values: ["10 tenant.example"] });
    expect(await stillGuarded(new DomainRun(), route, session)).toBeUndefined();
    await control.setRecordSet({ ...mx, values: ["10 mail.contoso.com"] });
    expect(await stillGuarded(new DomainRun(), { ...route, stage: "complete" }, session)).toBeDefined();
    expect(await stillGuarded(new DomainRun(), { ...route, stage: "retire" }, session)).toBeUndefined();
    expect(await stillGuarded(new DomainRun(), { ...route, stage: "connect" }, session)).toBeUndefined();
    expect(
      await stillGuarded(new DomainRun(), { ...route, stage: "connect", applied: false }, session),
    ).toBeDefined();
  });

  test.each(stages)(
    "a waiver opens every gate of %s, and its reason is kept; nothing waives what a stage cannot do without",
    async (stage) => {
      const waive = gatesOf(stage).map((gate) => ({ gate, reason: `tested for ${gate}` }));
      if (stage === "complete") {
        // The tenant names no Autodiscover for a domain that is not verified, and nothing could be pointed anywhere.
        const problems = [expect.objectContaining({ code: "autodiscover-unnamed" })];
        await expect(askGates({ ...subject, stage }, waive, reach)).rejects.toMatchObject({ problems });
        return;
      }
      const report = await askGates({ ...subject, stage }, waive, reach);
      expect(report.waived).toEqual(waive.map(({ gate, reason }) => `${gate}: ${reason}`));
    },
  );
});
