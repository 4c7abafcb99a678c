import { foundConversions } from "../../src/migration/adopt/conversions.js";

const user = (address: string, already: boolean) => ({ address, plan: { already } });
const addresses = ["anna", "bert", "carla", "dora"];
const problem = (subject: string) => ({ code: "mailbox-missing", subject, reason: "has no mailbox" });
const nobody: readonly string[] = [];

test("who was seen Synced and is a mail user to the attribute is converted, who is a mailbox still is open, others are waited for", () => {
  const found = foundConversions(
    { users: [user("anna", true), user("bert", false), user("carla", false)], problems: [problem("dora")] },
    { addresses, arrived: new Set(["anna", "bert"]), named: nobody, batchStands: true },
  );
  expect(found).toEqual({
    converted: ["anna"],
    open: ["bert"],
    waiting: ["carla", "dora"],
    back: [],
    problems: [],
  });
});

test("a mail user who was never seen Synced in a batch that stands is not taken for converted, and named", () => {
  const wave = { addresses, arrived: new Set(["bert"]), batchStands: true };
  const survey = { users: [user("anna", true), user("bert", true)], problems: [problem("bert")] };
  expect(foundConversions(survey, { ...wave, named: nobody })).toMatchObject({
    converted: ["bert"],
    problems: [{ subject: "bert" }, { code: "adopt-conversion-unproved", subject: "anna" }],
  });
  // The plan may answer for somebody.
  expect(foundConversions(survey, { ...wave, named: ["Anna"] })).toMatchObject({
    converted: ["anna", "bert"],
    problems: [{ subject: "bert" }],
  });
});

test("where the batches are gone, the directory and the cloud's mailbox have the word", () => {
  const found = foundConversions(
    { users: [user("anna", true), user("bert", false)], problems: [] },
    { addresses: ["anna", "bert"], arrived: new Set(), named: nobody, batchStands: false },
  );
  expect(found).toEqual({ converted: ["anna"], open: [], waiting: ["bert"], back: [], problems: [] });
});

test("who was brought back after a conversion stays as it is, whether there is a batch that would know or not", () => {
  const back = { ...problem("anna"), code: "user-brought-back" };
  for (const batchStands of [true, false])
    expect(
      foundConversions(
        { users: [], problems: [back] },
        { addresses: ["anna"], arrived: new Set(batchStands ? ["anna"] : []), named: nobody, batchStands },
      ),
    ).toEqual({ converted: [], open: [], waiting: [], back: [back], problems: [] });
});
