import { batchDeletionProblems } from "../../src/migration/guard-of-batch-deletion.js";
import type { GateName } from "../../src/plan/index.js";
import { DomainRun } from "../../src/plan/run.js";
import { sessionWith } from "../cloud/session.js";
import { migrationBatch } from "./migration-batch.js";

/** The codes of what keeps a batch of a domain whose mail is not routed, where these gates are waived. */
async function kept(...waived: GateName[]): Promise<string[]> {
  const run = new DomainRun();
  run.apply({ waive: waived.map((gate) => ({ gate, reason: "looked at by hand" })) });
  const problems = await batchDeletionProblems(
    run,
    sessionWith({ now: async () => new Date("2026-11-22T10:00:00Z") }),
    { domain: "contoso.com", routing: undefined, observed: { zone: "contoso.com" } },
    [migrationBatch()],
  );
  return problems.map(({ code }) => code);
}

describe("a batch of a domain whose mail is not known to be routed", () => {
  test("stays where one waiver speaks of where mail goes, and none of the 72 hours or the synchronization", async () => {
    expect(await kept()).toEqual(["batch-mail-not-routed"]);
    expect(await kept("mx-observed")).toEqual(["batch-mail-not-routed"]);
    expect(await kept("mx-observed", "mx-switch-72h")).toEqual(["batch-mail-not-routed"]);
  });

  test("goes where a person answers for all three", async () => {
    expect(await kept("mx-observed", "mx-switch-72h", "synced-after-switch")).toEqual([]);
  });
});
