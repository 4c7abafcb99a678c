import { leavingRowsProblems } from "../../src/migration/guard-of-leaving-rows.js";
import type { GateName } from "../../src/plan/index.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { DomainRun } from "../../src/plan/run.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";

const routedAt = "2026-11-22T10:00:00.500Z";
const names = (...local: string[]) => MailboxSet.ofNames(local);

const users = [
  { who: "anna", status: "Synced", at: "2026-11-20T10:00:00Z" },
  { who: "bert", status: "Synced", at: "2026-11-23T10:00:00Z" },
  { who: "carla", status: "Failed" },
  { who: "dora", status: "IncrementalFailed", at: "2026-11-20T10:00:00Z" },
];

/** What keeps the rows in the list; where mail goes is waived, since that is asked of DNS. */
async function kept(
  removed: MailboxSet,
  now: string,
  { routed = true, waived = [] as GateName[], batch = "Sales" } = {},
): Promise<string[]> {
  const run = new DomainRun();
  const waive = [...waived, "mx-observed" as const];
  run.apply({ waive: waive.map((gate) => ({ gate, reason: "looked at by hand" })) });
  const { port } = scriptedPort(() =>
    users.map(({ who, status, at }) => ({
      Identity: `${who}@contoso.com`,
      BatchId: batch,
      Status: status,
      LastSyncTime: at,
    })),
  );
  const problems = await leavingRowsProblems(
    run,
    sessionWith({ exchange: port, now: async () => new Date(now) }),
    {
      wave: "sales",
      domain: "contoso.com",
      observed: { zone: "contoso.com" },
      routing: routed ? { routedAt, values: [] } : undefined,
    },
    { before: { sales: names("anna", "bert", "carla", "dora", "emil") }, removed },
  );
  return problems.map(({ code, reason }) => `${code}: ${reason}`);
}

describe("a row that is taken out of a list", () => {
  const early = "2026-11-23T12:00:00Z";
  const late = "2026-11-26T12:00:00Z";

  test("stays for 72 hours after the MX switch, and until its mailbox is synchronized since", async () => {
    expect(await kept(names("anna"), early)).toEqual([
      expect.stringMatching(
        /^batch-row-removed-early: 1 mailbox would leave it \(anna@contoso\.com\), and late mail .*: the MX was/,
      ),
      expect.stringMatching(
        /was last synchronized before the MX was switched at \d{4}-\d\d-\d\d \d\d:\d\d UTC:/,
      ),
    ]);
    expect(await kept(names("bert"), early)).toHaveLength(1);
    expect(await kept(names("bert"), late)).toEqual([]);
    expect(await kept(names("bert", "dora"), late)).toEqual([expect.stringContaining(": dora@contoso.com")]);
  });

  test("goes where nothing was copied, where it is in no batch of the wave, and before the switch", async () => {
    expect(await kept(names("carla", "emil"), early)).toEqual([]);
    expect(await kept(names("anna"), early, { batch: "another" })).toEqual([]);
    expect(await kept(names("anna"), early, { routed: false })).toEqual([]);
  });

  test("goes where a person answers for it, for each condition by itself", async () => {
    expect(await kept(names("anna"), early, { waived: ["mx-switch-72h"] })).toHaveLength(1);
    expect(await kept(names("anna"), early, { waived: ["mx-switch-72h", "synced-after-switch"] })).toEqual(
      [],
    );
  });
});
