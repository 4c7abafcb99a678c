import type { SubscribedSku, UserLicenses } from "../../src/microsoft365/graph/index.js";
import { GraphError, givesMailbox } from "../../src/microsoft365/graph/index.js";
import { groupLicenseProblem, licenseProblem } from "../../src/migration/license-advice.js";
import { licenseDeadlines, needsLicense, olderThan } from "../../src/migration/license-deadlines.js";
import {
  leftOut,
  licensePlanProblems,
  plansToLeaveOut,
  sameLicensing,
  withoutMailbox,
} from "../../src/migration/license-plan.js";

const plan = (servicePlanName: string) => ({ servicePlanId: `id-${servicePlanName}`, servicePlanName });
const skuOf = (skuPartNumber: string, ...names: string[]): SubscribedSku => ({
  skuId: `sku-${skuPartNumber}`,
  skuPartNumber,
  capabilityStatus: "Enabled",
  appliesTo: "User",
  consumedUnits: 0,
  enabledUnits: 9,
  warningUnits: 0,
  servicePlans: names.map(plan),
});
const suite = skuOf("ENTERPRISEPACK", "TEAMS1", "EXCHANGE_S_ENTERPRISE", "SHAREPOINTWAC");
const userOf = (part: Partial<UserLicenses>): UserLicenses => ({
  id: "u",
  licenses: [],
  licenseStates: [],
  ...part,
});

describe("a licence gives a mailbox", () => {
  test.each([
    ["EXCHANGE_S_STANDARD", true],
    ["EXCHANGE_S_ENTERPRISE", true],
    ["EXCHANGE_S_ENTERPRISE_GOV", true],
    ["EXCHANGE_S_DESKLESS", true],
    ["EXCHANGE_S_ESSENTIALS", true],
    ["EXCHANGE_B_STANDARD", true],
    ["EXCHANGE_L_STANDARD", true],
    ["EXCHANGE_S_STANDARD_MIDMARKET", true],
    ["EXCHANGE_S_FOUNDATION", false],
    ["EXCHANGE_S_ARCHIVE_ADDON", false],
    ["EXCHANGE_S_ARCHIVE", false],
    ["EXCHANGEONLINE_MULTIGEO", false],
    ["EXCHANGE_ANALYTICS", false],
    ["EOP_ENTERPRISE", false],
    ["ATP_ENTERPRISE", false],
  ])("with %s: %s", (name, gives) => {
    expect(givesMailbox([{ skuId: "sku-A", disabledPlans: [] }], [skuOf("A", name)])).toBe(gives);
  });

  test("only while the plan is on and the subscription is in force", () => {
    const off = { skuId: suite.skuId, disabledPlans: ["ID-exchange_s_enterprise"] };
    expect(givesMailbox([off], [suite])).toBe(false);
    const held = { skuId: suite.skuId, disabledPlans: ["id-TEAMS1"] };
    expect(givesMailbox([held], [suite])).toBe(true);
    expect(givesMailbox([held], [{ ...suite, capabilityStatus: "Suspended" }])).toBe(false);
    expect(withoutMailbox(userOf({ licenses: [off] }), [suite])).toBe(
      "EXCHANGE_S_ENTERPRISE of ENTERPRISEPACK is off",
    );
    expect(withoutMailbox(undefined, [suite])).toBe("no user of the tenant");
  });
});

describe("the plan's licence is refused", () => {
  test.each([
    ["for the mailbox it leaves out", suite, ["id-EXCHANGE_S_ENTERPRISE"], "license-plan-needed"],
    ["for a plan it does not have", suite, ["id-YAMMER"], "license-plan-unknown"],
    ["for the mailbox it never had", skuOf("EMS", "EXCHANGE_S_FOUNDATION"), [], "sku-without-mailbox"],
  ])("%s", (_, sku, disabledPlans, code) => {
    expect(licensePlanProblems(sku, disabledPlans).map((problem) => problem.code)).toEqual([code]);
  });

  test("not where it leaves out something else", () => {
    expect(licensePlanProblems(suite, ["id-TEAMS1"])).toEqual([]);
  });
});

describe("what is left out for who has the licence", () => {
  const [teams, wac, exchange] = ["id-TEAMS1", "id-SHAREPOINTWAC", "id-EXCHANGE_S_ENTERPRISE"];
  test.each([
    ["what the plan says is added", [], [teams], [], [teams]],
    ["what the plan no longer says is on again", [teams], [], [teams], []],
    ["what somebody left out by hand stays out", [wac], [teams], [], [teams, wac]],
    ["the mailbox is on", [exchange, wac], [], [], [wac]],
  ])("%s", (_, present, wanted, before, after) => {
    expect(plansToLeaveOut(suite, present, wanted, before)).toEqual(after);
  });

  test("is read from the direct assignment, not from a group's", () => {
    const state = { skuId: suite.skuId, state: "Active", error: undefined };
    const licenses = [{ skuId: suite.skuId, disabledPlans: [] }];
    const group = { ...state, assignedByGroup: "g", disabledPlans: [wac] };
    expect(leftOut(userOf({ licenses, licenseStates: [group] }), suite)).toBeUndefined();
    const direct = { ...state, assignedByGroup: undefined, disabledPlans: [teams] };
    expect(leftOut(userOf({ licenses, licenseStates: [group, direct] }), suite)).toEqual([teams]);
  });
});

describe("each reason has its own advice", () => {
  const guid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
  const sku: SubscribedSku = {
    ...suite,
    servicePlans: [
      { servicePlanId: guid("1"), servicePlanName: "SHAREPOINTWAC" },
      { servicePlanId: guid("2"), servicePlanName: "SHAREPOINTENTERPRISE" },
    ],
  };
  const refused = (failure: Parameters<typeof licenseProblem>[2]["failure"], graphMessage: string) =>
    licenseProblem("ann@contoso.com", sku, {
      userId: "u",
      done: false,
      failure,
      error: new GraphError("bad-request", { subject: "x", reason: graphMessage }, { graphMessage }),
    }).hint;

  test("of assignLicense", () => {
    expect(refused("missing-plan", `service plan ${guid("1")} depends on ${guid("2")}`)).toBe(
      "SHAREPOINTWAC needs SHAREPOINTENTERPRISE: leave SHAREPOINTWAC out too, in licenses.disabledPlans, or do not leave out what it needs",
    );
    expect(refused("foreign-plan", `service plan ${guid("9")} does not belong`)).toContain(
      `Take ${guid("9")} out of licenses.disabledPlans`,
    );
    expect(refused("not-unique", "proxy")).toContain("mend that conflict");
    expect(refused("not-for-users", "cannot")).toContain("name another in licenses.sku");
    expect(refused("conflicting-plan", "exclusive")).toContain("take that licence from the user");
  });

  test("of a group's licence", () => {
    const hints = [
      "CountViolation",
      "MutuallyExclusiveViolation",
      "DependencyViolation",
      "ProhibitedInUsageLocationViolation",
      "UniquenessViolation",
      "Other",
    ].map((error) => groupLicenseProblem("ann@contoso.com", sku, error));
    expect(new Set(hints.map(({ hint }) => hint)).size).toBe(6);
    expect(hints[0]).toMatchObject({
      code: "license-group-error",
      reason: "is not given by the group: CountViolation",
      hint: expect.stringContaining("Buy more seats"),
    });
  });
});

describe("the thirty days", () => {
  const now = new Date("2026-03-20T00:00:00Z");
  const made = (day: string) => ({ whenMailboxCreated: new Date(`2026-03-${day}T12:00:00Z`) });

  test("count from when a mailbox was made, whoever is first", () => {
    const mailboxes = new Map<string, { whenMailboxCreated: Date | undefined }>([
      ["late@contoso.com", made("10")],
      ["first@contoso.com", made("01")],
      ["licensed@contoso.com", made("02")],
      ["unknown@contoso.com", { whenMailboxCreated: undefined }],
    ]);
    expect(
      licenseDeadlines(mailboxes, (address) => address !== "licensed@contoso.com", now).map(
        ({ address, daysLeft }) => [address, daysLeft],
      ),
    ).toEqual([
      ["first@contoso.com", 11],
      ["late@contoso.com", 20],
    ]);
    expect(olderThan(made("01").whenMailboxCreated, 18, now)).toBe(true);
    expect(olderThan(made("10").whenMailboxCreated, 18, now)).toBe(false);
  });

  test.each([
    ["UserMailbox", true],
    ["SharedMailbox", false],
    ["RoomMailbox", false],
    ["EquipmentMailbox", false],
    [undefined, true],
  ])("a %s needs a licence: %s", (recipientTypeDetails, needs) => {
    expect(needsLicense({ recipientTypeDetails })).toBe(needs);
  });
});

test("one plan gives the licence of another by the same subscription, named or by its id, or by the same group", () => {
  const by = (sku: string) => ({ sku, disabledPlans: [] });
  const skus = [suite, skuOf("ENTERPRISEPREMIUM", "EXCHANGE_S_ENTERPRISE")];
  expect(sameLicensing(skus, by("enterprisepack"), by("SKU-enterprisepack"))).toBe(true);
  expect(sameLicensing(skus, by("ENTERPRISEPACK"), by("ENTERPRISEPREMIUM"))).toBe(false);
  expect(sameLicensing(skus, by("ENDED"), by("ENTERPRISEPACK"))).toBe(false);
  expect(sameLicensing(skus, { group: "A-1" }, { group: "a-1" })).toBe(true);
  expect(sameLicensing(skus, { group: "a-1" }, { group: "a-2" })).toBe(false);
  expect(sameLicensing(skus, { group: "a-1" }, by("ENTERPRISEPACK"))).toBe(false);
});
