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
  tooLarge,
  type WalkHost,
  waves,
} from "./world.js";

/**
 * The whole way once from the packed package, by the commands that a person types and with Pulumi's own engine: the
 * updates that change most as reviewed pull requests, the one that moves the mail bound to its review, and all that looks at a stack. What else can happen on
 * the way, and the way back: every-stage.ts.
 */
export function walkOnce(host: WalkHost): void {
  describe(`the user's way at ${host}, from the packed package`, () => {
    const { step } = stepsAt(host, { engine: "real", guarded: ["route"] });

    step("prepare and verify leave what others wrote, and prove the domain beside it", async (user) => {
      await user.enter("prepare");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: formerMx });
      await user.enter("verify");
      await user.lab.advance(16 * 60);
      await user.up();
      expect(await txtOf(user)).toEqual(sender(proof, others, formerSpf));
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
    });

    step("connect and migrate copy, license and convert everybody", async (user) => {
      await user.control.setMailboxFault(tooLarge, undefined);
      await user.project.write("mailboxes/wave2.csv", everybody);
      // Exchange takes a while to accept a domain that has just been verified.
      await user.lab.advance(600);
      await user.enter("connect");
      await user.pullRequest((plan) => waves({ phase: "converted" })({ ...plan, stage: "migrate" }));
      await user.hours(48);
      await user.up();
      expect(await onPremises(user)).toEqual([]);
    });

    step("route moves the MX, after its review was bound", async (user) => {
      await user.hours(25);
      await user.stage("route");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: tenantMx });
      expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
    });

    step(
      "retire and complete restore the TTL and move Autodiscover, and nothing is left to do",
      async (user) => {
        await user.hours(97);
        await user.enter("retire");
        await user.lab.advance(300);
        expect((await user.lab.state()).batches).toEqual([]);
        expect((await mxOf(user))?.ttl).toBe(86_400);
        await user.stage("complete");
        await expectAutodiscoverMoved(user);
        await user.settled(/left to people/);
      },
    );

    step("destroy takes nothing from anybody", async (user) => {
      // Time for Exchange to remove the batches it said it would.
      await user.hours(1);
      await user.destroy();
      expect((await mxOf(user))?.values).toEqual(tenantMx);
      expect((await txtOf(user)).values).toEqual(expect.arrayContaining([others, newSpf]));
      expect(await user.recordSet(autodiscover, "CNAME")).toBeDefined();
    });
  });
}
