import { bindingOf, bindingProblems } from "../../src/reports/review/index.js";
import { resource, sampleState } from "../status/sample-state.js";

const parts = {
  state: sampleState(),
  plan: { stage: "migrate", waves: [{ name: "wave1" }] },
  files: new Map([
    ["mailboxes/a.csv", Buffer.from("EmailAddress\nanna@contoso.com\n")],
    ["mailboxes/b.csv", Buffer.from("EmailAddress\nbert@contoso.com\n")],
  ]),
};
const bound = bindingOf("production", parts);
const codes = (changed: Partial<typeof parts>, stack = "production") =>
  bindingProblems(JSON.parse(JSON.stringify(bound)), bindingOf(stack, { ...parts, ...changed })).map(
    ({ code, subject }) => `${code} ${subject}`,
  );

describe("an approval bound to what it was given for", () => {
  test("holds while nothing moves, however the state was written", () => {
    const rewritten = JSON.parse(parts.state);
    rewritten.deployment.manifest = { time: "2027-01-01T00:00:00Z" };
    expect(
      codes({ state: JSON.stringify(rewritten), plan: { waves: [{ name: "wave1" }], stage: "migrate" } }),
    ).toEqual([]);
  });

  test("names everything that moved", () => {
    expect(codes({ plan: { ...parts.plan, stage: "route" } })).toEqual(["bound-plan plan"]);
    expect(codes({ state: sampleState({ stage: "route" }) })).toEqual(["bound-state state"]);
    expect(codes({ state: sampleState({ pending: [{ type: "creating" }] }) })).toEqual(["bound-state state"]);
    expect(
      codes({
        files: new Map([
          ["mailboxes/a.csv", Buffer.from("EmailAddress\neve@contoso.com\n")],
          ["mailboxes/c.csv", Buffer.from("")],
        ]),
      }),
    ).toEqual(["bound-file mailboxes/a.csv", "bound-file mailboxes/b.csv", "bound-file mailboxes/c.csv"]);
    expect(codes({}, "staging")).toEqual(["bound-stack stack staging"]);
  });

  test("a secret that is encrypted anew is no change", () => {
    const secret = (ciphertext: string) =>
      sampleState({
        resources: [
          resource("MigrationEndpoint", "e", {
            passwordDigest: {
              "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
              ciphertext,
            },
          }),
        ],
      });
    expect(bindingOf("s", { ...parts, state: secret("v1:a") }).state).toBe(
      bindingOf("s", { ...parts, state: secret("v1:b") }).state,
    );
  });

  test("a record that is none is refused", () => {
    expect(() => bindingProblems({ hash: "x" }, bound)).toThrow(/is not what mailstage review --bind writes/);
    expect(() => bindingOf("s", { ...parts, state: "no" })).toThrow(/is not what pulumi stack export prints/);
  });
});
