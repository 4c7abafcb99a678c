import { parsePlan } from "../../src/plan/index.js";
import { autodiscoverName } from "../../src/plan/names.js";
import { decommissionAdvice } from "../../stacks/complete.js";
import { smallPlan } from "../engine/rehearsal.js";

const plan = (change: object = {}) => parsePlan({ ...smallPlan, ...change });

test("Autodiscover is in the namespace that the plan names, and in the domain otherwise", () => {
  expect(autodiscoverName(plan())).toBe("autodiscover.contoso.com");
  expect(autodiscoverName(plan({ cloudNamespace: "Cloud.contoso.com" }))).toBe(
    "autodiscover.cloud.contoso.com",
  );
});

test("what is left to people names Microsoft Support before the servers go, and how Exchange is removed", () => {
  const advice = decommissionAdvice(plan());
  const support = advice.findIndex((line) => /^Contact Microsoft Support before/.test(line));
  const uninstall = advice.findIndex((line) => /How to Remove an Exchange 2007 Organization/.test(line));
  expect(support).toBeGreaterThan(0);
  expect(uninstall).toBe(advice.length - 1);
  expect(support).toBeLessThan(uninstall);
});
