import { holdAlarms } from "./invariants/alarms.js";
import { holdRefusal } from "./invariants/refusals.js";
import { SecretScan } from "./invariants/secret-scan.js";
import { holdState } from "./invariants/state.js";

const at = "2026-11-26T00:00:00.000Z";

test("an alarm is a violation, but for one that a person brought about by hand", () => {
  const model = { byHand: new Set<string>(), wellAt: Date.parse(at) };
  const alarm = { code: "batch-removed-early", subject: "wave1", reason: "was removed", at } as const;
  expect(() => holdAlarms({ now: at, alarms: [alarm] }, model)).toThrow(
    "1 no alarm: batch-removed-early: wave1 was removed",
  );
  model.byHand.add("batch-removed-early wave1");
  holdAlarms({ now: at, alarms: [alarm] }, model);
});

test("a run that fails without a word, or with a crash, is a violation", () => {
  expect(() => holdRefusal(" ")).toThrow("without a word");
  expect(() => holdRefusal("TypeError: Cannot read properties of undefined")).toThrow("Cannot read");
  holdRefusal("stage route: cannot be entered from verify. Set stage: connect first.");
});

test("a secret is found in clear, in base64 at any place, in hexadecimal and for a URL, and in no text without it", () => {
  const scan = new SecretScan();
  scan.add("PASSWORD", "Pl4nted-P4ssw0rd!/é");
  scan.add("TOKEN", "another one, 16+");
  const around = "x".repeat(300);
  expect(scan.find(around)).toBeUndefined();
  expect(scan.find("")).toBeUndefined();
  expect(scan.find(`${around}Pl4nted-P4ssw0rd!/é`)).toBe("PASSWORD in clear");
  for (const before of ["", "u", "us", "use"])
    expect(
      scan.find(`${around}${Buffer.from(`${before}Pl4nted-P4ssw0rd!/é:more`).toString("base64")}${around}`),
    ).toMatch(/^PASSWORD in base64/);
  expect(scan.find(`q=${encodeURIComponent("another one, 16+")}&`)).toBe("TOKEN for a URL");
  expect(scan.find(Buffer.from("another one, 16+").toString("hex"))).toMatch(/^TOKEN in hexadecimal/);
  expect(scan.find("another one, 16")).toBeUndefined();
});

test("a property that no contract names, one that is missing and one of another kind are told by their paths", () => {
  const type = "pulumi-nodejs:dynamic/mailstage:StageReached";
  const kept = (outputs: Record<string, unknown>) => ({
    pending_operations: [],
    resources: [
      { urn: `urn:pulumi:t::m::${type}::reached`, type, id: "x", inputs: {}, outputs, initErrors: [] },
    ],
  });
  holdState(kept({ stage: "prepare", furthest: "prepare", __provider: "…", resourceUrn: "…" }));
  expect(() => holdState(kept({ stage: "prepare", left: 1 }))).toThrow(
    "reached has left, which its contract does not name",
  );
  expect(() => holdState(kept({ furthest: "prepare" }))).toThrow("reached.stage");
  expect(() => holdState(kept({ stage: "nowhere" }))).toThrow("reached.stage");
});
