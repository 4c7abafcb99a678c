import { autodiscoverBefore, mxOf, onPremises, proof, sender, stepsAt, tenantMx, txtOf } from "./steps.js";
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
 * What differs from one DNS host to the next, from the packed package and as pull requests: what stands there is taken over, the
 * proof and SPF stand beside it, the MX goes to the tenant, back and there again, Autodiscover follows, and nothing is taken away at the
 * end. The whole way: walk.ts.
 */
export function walkWhatDiffers(host: WalkHost): void {
  describe(`what differs at ${host}`, () => {
    const { step } = stepsAt(host, false);

    step("prepare and verify leave what others wrote, and prove the domain beside it", async (user) => {
      await user.stage("prepare");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: formerMx });
      expect(await txtOf(user)).toEqual(sender(others, formerSpf));
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      await user.stage("verify");
      await user.lab.advance(16 * 60);
      await user.up();
      expect(await txtOf(user)).toEqual(sender(proof, others, formerSpf));
      await user.settled();
    });

    step("connect and migrate copy, license and convert everybody", async (user) => {
      await user.control.setMailboxFault(tooLarge, undefined);
      await user.project.write("mailboxes/wave2.csv", everybody);
      // Exchange takes a while to accept a domain that has just been verified.
      await user.lab.advance(600);
      await user.stage("connect");
      await user.pullRequest((plan) => waves({ phase: "converted" })({ ...plan, stage: "migrate" }));
      await user.hours(48);
      await user.up();
      expect(await onPremises(user)).toEqual([]);
    });

    step("route moves the MX, goes back exactly, and moves it again", async (user) => {
      await user.hours(25);
      expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
      await user.stage("route");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: tenantMx });
      expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
      await user.stage("migrate");
      expect(await mxOf(user)).toEqual({ ttl: 3600, values: formerMx });
      expect(await txtOf(user)).toEqual(sender(proof, others, newSpf));
      await user.stage("route");
    });

    step("retire and complete restore the TTL and move Autodiscover", async (user) => {
      await user.hours(97);
      await user.stage("retire");
      await user.lab.advance(300);
      expect((await user.lab.state()).batches).toEqual([]);
      expect((await mxOf(user))?.ttl).toBe(86_400);
      await user.stage("complete");
      expect(await user.recordSet(autodiscover, "CNAME")).toEqual({
        ttl: 3600,
        values: ["autodiscover.outlook.com"],
      });
      expect(await user.recordSet(autodiscover, "A")).toBeUndefined();
      await user.settled();
    });

    step("retire again gives Autodiscover back, and destroy takes nothing from anybody", async (user) => {
      await user.stage("retire");
      expect(await user.recordSet(autodiscover, "CNAME")).toBeUndefined();
      expect(await user.recordSet(autodiscover, "A")).toEqual(autodiscoverBefore);
      // Time for Exchange to remove the batches it said it would.
      await user.hours(1);
      await user.destroy();
      expect((await mxOf(user))?.values).toEqual(tenantMx);
      expect((await txtOf(user)).values).toEqual(expect.arrayContaining([others, newSpf]));
    });
  });
}
