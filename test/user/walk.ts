import { type UserMigration, userMigration } from "./migration.js";
import {
  autodiscover,
  domain,
  everybody,
  formerMx,
  formerSpf,
  newSpf,
  others,
  reordered,
  tooLarge,
  unlisted,
  type WalkHost,
  waves,
} from "./world.js";

const minutes = 60_000;

/**
 * The user's way through all seven stages, from the packed package, with the default policy pack: each stage as a pull request
 * goes, forth, back, and forth again; with a failed mailbox, a reordered list and one that stands in no list. Walked whole at
 * RFC 2136, and everywhere with MAILSTAGE_WALK=whole (`.ci/run`); else the others leave out what is the same at every host.
 */
export function walkTheUsersWay(host: WalkHost): void {
  const whole = host === "rfc2136" || process.env["MAILSTAGE_WALK"] === "whole";
  const split = host === "split";
  // Split, the domain stack goes back as any at its DNS host does.
  const returns = whole || !split;

  describe(`the user's way at ${host}`, () => {
    let user: UserMigration;
    beforeAll(async () => {
      user = await userMigration(host, whole);
    }, 2 * minutes);
    afterAll(() => user?.close(), minutes);

    let broken: string | undefined;
    /** A step of the walk; where one could not be taken, those after it say so and no more. */
    const step = (name: string, work: () => Promise<void>) =>
      test(
        name,
        async () => {
          if (broken !== undefined) throw new Error(`could not be reached: ${broken}`);
          broken = name;
          await work();
          broken = undefined;
          expect(user.wrongs()).toEqual([]);
        },
        12 * minutes,
      );
    const mx = () => user.recordSet(domain, "MX");
    const txt = async () => {
      const set = await user.recordSet(domain, "TXT");
      return { ttl: set?.ttl, values: set?.values.toSorted() };
    };
    const sender = (...values: unknown[]) => ({ ttl: 43_200, values });
    const proof = expect.stringMatching(/^MS=ms\d+$/);
    const tenantMx = [expect.stringMatching(/^0 .*\.mail\.protection\.outlook\.com$/)];
    const autodiscoverBefore = { ttl: 7200, values: ["192.0.2.11", "192.0.2.12"] };
    const onPremises = async () =>
      (await user.lab.state()).directory
        .flatMap(({ attributes }) => ("homeMDB" in attributes ? (attributes["mail"] ?? []) : []))
        .toSorted();

    step("prepare lowers the TTL of the MX and nothing else", async () => {
      await user.stage("prepare");
      expect(await mx()).toEqual({ ttl: 3600, values: formerMx });
      expect(await txt()).toEqual(sender(others, formerSpf));
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      await user.settled(/Set stage: verify/);
    });

    step("verify proves the domain beside SPF, goes back, and proves it again", async () => {
      await user.stage("verify");
      if (whole) await user.settled(/15 min/);
      await user.lab.advance(16 * 60);
      await user.up();
      expect(await txt()).toEqual(sender(proof, others, formerSpf));
      await user.settled(/Set stage: connect/);
      if (!returns) return;
      await user.stage("prepare");
      expect(await txt()).toEqual(sender(others, formerSpf));
      await user.quiet();
      await user.stage("verify");
      await user.lab.advance(16 * 60);
      await user.up();
      await user.quiet();
    });

    step("connect makes the endpoint, takes it back, and makes it again", async () => {
      // Exchange takes a while to accept a domain that has just been verified.
      await user.lab.advance(600);
      await user.stage("connect");
      if (!whole) return;
      await user.settled(/Set stage: migrate/);
      await user.stage("verify");
      expect((await user.lab.state()).endpoints).toEqual([]);
      await user.quiet();
      await user.stage("connect");
      await user.quiet();
    });

    if (!whole)
      step("migrate copies, licenses and converts everybody", async () => {
        await user.control.setMailboxFault(tooLarge, undefined);
        await user.project.write("mailboxes/wave2.csv", everybody);
        await user.pullRequest((plan) => waves({ phase: "started" })({ ...plan, stage: "migrate" }));
        await user.hours(48);
        await user.up();
        await user.pullRequest(waves({ phase: "converted" }));
        expect(await onPremises()).toEqual([]);
        await user.settled(/Wait/);
      });

    if (whole) {
      step("migrate with batches that wait can be taken back; once they are started it cannot", async () => {
        await user.pullRequest((plan) => waves({ phase: "created" })({ ...plan, stage: "migrate" }));
        await user.settled(/phase: started/);
        await user.stage("connect");
        await user.lab.advance(300);
        expect((await user.lab.state()).batches).toEqual([]);
        await user.quiet();
        await user.stage("migrate");
        await user.pullRequest(waves({ phase: "started" }));
        await user.settled(split ? /when wave1 has been copied[\s\S]*when wave2 has/ : /wave1 and wave2/);
        await user.edit((plan) => ({ ...plan, stage: "connect" }));
        expect((await user.review(1)).text).toMatch(/wave1/);
        await user.edit((plan) => ({ ...plan, stage: "migrate" }));
        await user.hours(48);
        await user.up();
      });

      step(
        "who has been copied is licensed and converted; one that failed is left alone and named",
        async () => {
          await user.settled(/Mend 1 failure/);
          await user.pullRequest(waves({ phase: "converted" }));
          expect(await onPremises()).toEqual([tooLarge, unlisted]);
          await user.settled(/Mend 1 failure/);
        },
      );

      step("a list whose rows are put in another order changes nothing for anybody", async () => {
        await user.project.write("mailboxes/wave2.csv", reordered);
        await user.up();
        await user.settled(/Mend 1 failure/);
      });

      step("route is refused for the one that failed and for the one that stands in no list", async () => {
        await user.hours(25);
        await user.edit((plan) => ({ ...plan, stage: "route" }));
        const refused = await user.review(3);
        expect(refused.text).toContain(tooLarge);
        expect(refused.text).toContain(unlisted);
        expect((await mx())?.values).toEqual(formerMx);
        await user.edit((plan) => ({ ...plan, stage: "migrate" }));
      });

      step("the failed one is mended and the other one is listed, and both arrive", async () => {
        await user.control.setMailboxFault(tooLarge, undefined);
        await user.project.write("mailboxes/wave2.csv", everybody);
        await user.pullRequest(waves({ retryFailed: 1 }, "wave2"));
        await user.settled(/wave2/);
        await user.hours(48);
        await user.up();
        const { mailboxes: people } = await user.lab.state();
        expect(people.filter(({ syncedAt, licences }) => !(syncedAt && licences.length > 0))).toEqual([]);
        expect(await onPremises()).toEqual([]);
        await user.settled(/Set stage: route/);
      });
    }

    step(
      "route moves the MX, goes back exactly, and moves it again; SPF knows the tenant since migrate",
      async () => {
        await user.hours(25);
        expect(await txt()).toEqual(sender(proof, others, newSpf));
        await user.stage("route");
        expect(await mx()).toEqual({ ttl: 3600, values: tenantMx });
        expect(await txt()).toEqual(sender(proof, others, newSpf));
        await user.settled(/Wait (2|3) days/);
        if (!returns) return;
        await user.stage("migrate");
        expect(await mx()).toEqual({ ttl: 3600, values: formerMx });
        expect(await txt()).toEqual(sender(proof, others, newSpf));
        await user.quiet();
        await user.stage("route");
        await user.quiet();
      },
    );

    step(
      "retire is not let in before 72 hours; then the batches go, and the way back says what it is",
      async () => {
        await user.hours(71);
        if (whole) {
          await user.edit((plan) => ({ ...plan, stage: "retire" }));
          expect((await user.review(3)).text).toContain("72 hours");
          await user.edit((plan) => ({ ...plan, stage: "route" }));
        }
        await user.hours(26);
        await user.stage("retire");
        await user.lab.advance(300);
        expect((await user.lab.state()).batches).toEqual([]);
        expect((await mx())?.ttl).toBe(86_400);
        await user.settled(/Set stage: complete/);
        if (!returns) return;
        const back = await user.stage("route");
        expect(back.text).not.toMatch(/mailboxes added/);
        expect(await mx()).toEqual({ ttl: 3600, values: tenantMx });
        await user.quiet();
        await user.hours(73);
        await user.stage("retire");
        await user.quiet();
      },
    );

    step("complete moves Autodiscover, goes back exactly, and moves it again", async () => {
      await user.stage("complete");
      expect(await user.recordSet(autodiscover, "CNAME")).toEqual({
        ttl: 3600,
        values: ["autodiscover.outlook.com"],
      });
      expect(await user.recordSet(autodiscover, "A")).toBeUndefined();
      await user.settled(/left to people/);
      if (!returns) return;
      await user.stage("retire");
      expect(await user.recordSet(autodiscover, "CNAME")).toBeUndefined();
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      await user.quiet();
      await user.stage("complete");
      await user.quiet();
    });

    step("destroy takes nothing from anybody, and a stack made anew moves no mail", async () => {
      // Time for Exchange to remove the batches it said it would.
      await user.hours(1);
      await user.destroy();
      expect((await mx())?.values).toEqual(tenantMx);
      expect((await txt()).values).toEqual(expect.arrayContaining([others, newSpf]));
      expect(await user.recordSet(autodiscover, "CNAME")).toBeDefined();
      await user.stage("prepare");
      expect((await mx())?.values).toEqual(tenantMx);
      expect((await txt()).values).toEqual(expect.arrayContaining([others, newSpf]));
    });
  });
}
