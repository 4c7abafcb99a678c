import { stages } from "../../src/plan/index.js";
import { walkOnce } from "./every-stage-short.js";
import {
  autodiscoverBefore,
  expectAutodiscoverMoved,
  mxOf,
  onPremises,
  proof,
  sender,
  stepsAt,
  tenantMx,
  txtOf,
} from "./steps.js";
import {
  autodiscover,
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

/**
 * The user's way through all seven stages with the default policy pack: each stage as a pull request goes, forth, back, and forth
 * again; with a failed mailbox, a reordered list and one that stands in no list. On the engine inside the test process, and once
 * with the packed package and Pulumi's own; with MAILSTAGE_WALK=whole (`.ci/run`) whole on that, at every host.
 */
export function walkTheUsersWay(host: WalkHost): void {
  const real = process.env["MAILSTAGE_WALK"] === "whole";
  if (host === "rfc2136" && !real) walkOnce(host);

  describe(`the user's way at ${host}, ${real ? "from the packed package" : "on the engine inside the test process"}`, () => {
    // The guard knows no host: one has it at every stage, the others where mail is moved.
    const guarded = host === "rfc2136" ? stages : (["route"] as const);
    const { step } = stepsAt(
      host,
      real ? { engine: "real", guarded } : { engine: "in-process", guarded: [] },
    );

    step("prepare lowers the TTL of the MX and nothing else", async (user) => {
      await user.stage("prepare");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: formerMx });
      expect(await txtOf(user)).toEqual(sender(others, formerSpf));
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      await user.settled(/Set stage: verify/);
    });

    step("verify proves the domain beside SPF, goes back, and proves it again", async (user) => {
      await user.stage("verify");
      await user.settled(/15 min/);
      await user.lab.advance(16 * 60);
      await user.up();
      expect(await txtOf(user)).toEqual(sender(proof, others, formerSpf));
      await user.settled(/Set stage: connect/);
      await user.stage("prepare");
      expect(await txtOf(user)).toEqual(sender(others, formerSpf));
      await user.quiet();
      await user.stage("verify");
      await user.lab.advance(16 * 60);
      await user.up();
      await user.quiet();
    });

    step("connect makes the endpoint, takes it back, and makes it again", async (user) => {
      // Exchange takes a while to accept a domain that has just been verified.
      await user.lab.advance(600);
      await user.stage("connect");
      await user.settled(/Set stage: migrate/);
      await user.stage("verify");
      expect((await user.lab.state()).endpoints).toEqual([]);
      await user.quiet();
      await user.stage("connect");
      await user.quiet();
    });

    step(
      "migrate with batches that wait can be taken back; once they are started it cannot",
      async (user) => {
        await user.pullRequest((plan) => waves({ phase: "created" })({ ...plan, stage: "migrate" }));
        await user.settled(/phase: started/);
        await user.stage("connect");
        await user.lab.advance(300);
        expect((await user.lab.state()).batches).toEqual([]);
        await user.quiet();
        await user.stage("migrate");
        await user.pullRequest(waves({ phase: "started" }));
        await user.settled(
          host === "split" ? /when wave1 has been copied[\s\S]*when wave2 has/ : /wave1 and wave2/,
        );
        await user.edit((plan) => ({ ...plan, stage: "connect" }));
        expect((await user.review(1)).text).toMatch(/wave1/);
        await user.edit((plan) => ({ ...plan, stage: "migrate" }));
        await user.hours(48);
        await user.up();
      },
    );

    step(
      "who has been copied is licensed and converted; one that failed is left alone and named",
      async (user) => {
        await user.settled(/Mend 1 failure/);
        await user.pullRequest(waves({ phase: "converted" }));
        expect(await onPremises(user)).toEqual([tooLarge, unlisted]);
        await user.settled(/Mend 1 failure/);
      },
    );

    step("a list whose rows are put in another order changes nothing for anybody", async (user) => {
      await user.project.write("mailboxes/wave2.csv", reordered);
      await user.up();
      await user.settled(/Mend 1 failure/);
    });

    step("route is refused for the one that failed and for the one that stands in no list", async (user) => {
      await user.hours(25);
      await user.edit((plan) => ({ ...plan, stage: "route" }));
      const refused = await user.review(3);
      expect(refused.text).toContain(tooLarge);
      expect(refused.text).toContain(unlisted);
      expect((await mxOf(user))?.values).toEqual(formerMx);
      await user.edit((plan) => ({ ...plan, stage: "migrate" }));
    });

    step("the failed one is mended and the other one is listed, and both arrive", async (user) => {
      await user.control.setMailboxFault(tooLarge, undefined);
      await user.project.write("mailboxes/wave2.csv", everybody);
      await user.pullRequest(waves({ retryFailed: 1 }, "wave2"));
      await user.settled(/wave2/);
      await user.hours(48);
      await user.up();
      const { mailboxes: people } = await user.lab.state();
      expect(people.filter(({ syncedAt, licenses }) => !(syncedAt && licenses.length > 0))).toEqual([]);
      expect(await onPremises(user)).toEqual([]);
      await user.settled(/Set stage: route/);
    });

    step(
      "route moves the MX, goes back exactly, and moves it again; SPF knows the tenant since migrate",
      async (user) => {
        await user.hours(25);
        expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
        await user.stage("route");
        expect(await mxOf(user)).toEqual({ ttl: 3600, values: tenantMx });
        expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
        await user.settled(/Wait (2|3) days/);
        await user.stage("migrate");
        expect(await mxOf(user)).toEqual({ ttl: 3600, values: formerMx });
        expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
        await user.quiet();
        await user.stage("route");
        await user.quiet();
      },
    );

    step(
      "retire is not let in before 72 hours; then the batches go, and the way back says what it is",
      async (user) => {
        await user.hours(71);
        await user.edit((plan) => ({ ...plan, stage: "retire" }));
        expect((await user.review(3)).text).toContain("72 hours");
        await user.edit((plan) => ({ ...plan, stage: "route" }));
        await user.hours(26);
        await user.stage("retire");
        await user.lab.advance(300);
        expect((await user.lab.state()).batches).toEqual([]);
        expect((await mxOf(user))?.ttl).toBe(86_400);
        await user.settled(/Set stage: complete/);
        const back = await user.stage("route");
        expect(back.text).not.toMatch(/mailboxes added/);
        expect(await mxOf(user)).toEqual({ ttl: 3600, values: tenantMx });
        await user.quiet();
        await user.hours(73);
        await user.stage("retire");
        await user.quiet();
      },
    );

    step("complete moves Autodiscover, goes back exactly, and moves it again", async (user) => {
      await user.stage("complete");
      await expectAutodiscoverMoved(user);
      await user.settled(/left to people/);
      await user.stage("retire");
      expect(await user.recordSet(autodiscover, "CNAME")).toBeUndefined();
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      await user.quiet();
      await user.stage("complete");
      await user.quiet();
    });

    step("destroy takes nothing from anybody, and a stack made anew moves no mail", async (user) => {
      // Time for Exchange to remove the batches it said it would.
      await user.hours(1);
      await user.destroy();
      expect((await mxOf(user))?.values).toEqual(tenantMx);
      expect((await txtOf(user)).values).toEqual(expect.arrayContaining([others, newSpf]));
      expect(await user.recordSet(autodiscover, "CNAME")).toBeDefined();
      await user.stage("prepare");
      expect((await mxOf(user))?.values).toEqual(tenantMx);
      expect((await txtOf(user)).values).toEqual(expect.arrayContaining([others, newSpf]));
    });
  });
}
