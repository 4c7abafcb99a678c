import fc from "fast-check";
import { joinNames } from "../../src/base/name-list.js";
import { folded, unfolded } from "../../src/state/folding.js";
import { foldNames, unfoldNames } from "../../src/state/name-runs.js";

const name = fc.stringMatching(/^[a-z]{1,3}$/);
const roster = joinNames(["anna", "bert", "carla", "dieter", "eva", "fritz"]);

test("names that were folded come back as they were, whoever of them is in the other list", () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), fc.array(fc.boolean()), (all, others, takes) => {
      const some = joinNames([...all.filter((_, at) => takes[at] ?? true), ...others]);
      const list = joinNames(all);
      const lines = foldNames(some, list, "wave1");
      expect(unfoldNames(lines, list, "wave1")).toBe(some);
      expect(foldNames(lines, list, "wave1")).toBe(lines);
      expect(lines.length).toBeLessThanOrEqual(some.length + " … (3)".length * (some.length / 3));
    }),
  );
});

test.each([
  ["all of them", roster, "anna … fritz (6)"],
  ["all but one", joinNames(["anna", "bert", "carla", "eva", "fritz"]), "anna … carla (3)\neva\nfritz"],
  ["two", "anna\nbert", "anna\nbert"],
  ["nobody", "", ""],
  ["somebody else too", joinNames(["bert", "carla", "dieter", "zoe"]), "bert … dieter (3)\nzoe"],
])("%s reads as a person would say it", (_, names, lines) => {
  expect(foldNames(names, roster, "wave1")).toBe(lines);
});

test.each([
  joinNames(["anna", "bert", "bodo", "carla", "dieter", "eva", "fritz"]),
  joinNames(["anna", "bert", "carla", "dieter", "eva"]),
  "",
])("a list that is another by now is refused, so that nobody is counted who was not meant", (other) => {
  expect(() => unfoldNames("anna … fritz (6)", other, "seenSynced of wave1")).toThrow(
    /seenSynced of wave1: is "anna … fritz \(6\)" in the stack's state, which does not go with the list beside it/,
  );
});

describe("properties", () => {
  const contract = { folding: { seenSynced: ["mailboxesByBatch", "mailboxes"], assigned: ["mailboxes"] } };

  test.each([
    { mailboxes: roster, seenSynced: { wave1: roster }, assigned: "anna" },
    { mailboxes: roster, seenSynced: { wave1: "anna\nbert\ncarla", "wave1-2": "" } },
    {
      mailboxesByBatch: { wave1: "anna\nbert\ncarla", "wave1-2": "dieter\neva\nfritz" },
      seenSynced: { wave1: roster, "wave1-3": "zoe" },
    },
    { seenSynced: { wave1: roster }, assigned: roster },
    { mailboxes: roster },
    { mailboxes: roster, seenSynced: undefined, assigned: 7 },
  ])("come back as they were: %j", (properties) => {
    expect(unfolded(contract, folded(contract, properties))).toEqual(properties);
  });

  test("are folded by the list of their key, where there is one by key", () => {
    const mailboxesByBatch = { wave1: "anna\nbert\ncarla", "wave1-2": "dieter\neva\nfritz" };
    expect(folded(contract, { mailboxesByBatch, seenSynced: mailboxesByBatch })).toEqual({
      mailboxesByBatch,
      seenSynced: { wave1: "anna … carla (3)", "wave1-2": "dieter … fritz (3)" },
    });
  });
});
