import { licenseAssignmentProvider } from "../../providers/license-assignment.js";
import { stageProvider } from "../../providers/stage.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { currentRun } from "../../src/plan/run.js";

const tenant = { id: "0a1b2c3d-1111-4222-8333-444455556666" };

/** Handlers as Pulumi calls them for a program of one's own that migrates two domains, each with a wave of the same name. */
describe("two domains in one run", () => {
  const begin = async (domain: string, stage: string, waive: readonly object[] = []) => {
    const inputs = { domain, tenant, stage, phases: { sales: "started" }, waive, reached: stage };
    expect((await stageProvider.check?.({}, inputs))?.failures).toEqual([]);
  };
  const wave = (domain: string, members: string) => ({
    wave: "sales",
    domain,
    csv: "mailboxes/sales.csv",
    digest: "0".repeat(64),
    tenant,
    mailboxes: 2,
    members,
    licenses: { sku: "ENTERPRISEPACK", usageLocation: "US" },
  });
  const outputs = { licensed: 1, waiting: 0, failedCount: 0, failures: [], firstDeadline: null };

  beforeAll(async () => {
    await begin("contoso.com", "retire", [{ gate: "mailboxes-removed", reason: "they left the firm" }]);
    await begin("fabrikam.com", "prepare");
  });

  test("each goes by its own stage: a row that comes too late in the one is refused, whatever the other does", async () => {
    const before = { ...wave("contoso.com", "anna"), ...outputs };
    const late = wave("contoso.com", "anna\nbert");
    const { failures } = (await licenseAssignmentProvider.check?.(before, late)) ?? {};
    expect(failures?.map(({ reason }) => unwrapped(reason))).toEqual([
      expect.stringMatching(
        /wave sales: 1 mailbox came into its list when its batches are not made any more/,
      ),
    ]);
  });

  test("each by its own waivers, and by what was seen of its own waves", async () => {
    const [contoso, fabrikam] = ["Contoso.com", "fabrikam.com"].map((domain) => currentRun().of(domain));
    expect(contoso?.waiverOf("mailboxes-removed")).toBe("they left the firm");
    expect(fabrikam?.waiverOf("mailboxes-removed")).toBeUndefined();
    contoso?.seenSynced.set("sales", { sales: "anna" });
    const told = async (domain: string) =>
      (await licenseAssignmentProvider.check?.({}, { wave: "sales", domain }))?.inputs["seenSynced"];
    expect([await told("contoso.com"), await told("fabrikam.com")]).toEqual([{ sales: "anna" }, undefined]);
  });

  test("their waves take seats of one tenant together", () => {
    const run = currentRun();
    const claim = (address: string) => ({ changed: true, addresses: () => [address] });
    run.claimSeats({ tenant: tenant.id, domain: "contoso.com", wave: "sales" }, claim("anna@contoso.com"));
    const all = run.claimSeats(
      { tenant: tenant.id, domain: "fabrikam.com", wave: "sales" },
      claim("carl@fabrikam.com"),
    );
    expect(all.flatMap((each) => each.addresses())).toEqual(["anna@contoso.com", "carl@fabrikam.com"]);
  });
});
