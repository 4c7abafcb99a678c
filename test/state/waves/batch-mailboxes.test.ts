import { joinNames } from "../../../src/base/name-list.js";
import { MailboxSet } from "../../../src/plan/mailbox-set.js";
import { batchMailboxes, batchNames, mailboxesByBatch } from "../../../src/state/batch-mailboxes.js";

test.each([
  ["one batch of its own name", { wave1: ["anna", "bert"] }, "mailboxes"],
  ["one batch of another name", { "wave1-2": ["anna"] }, "mailboxesByBatch"],
  ["several batches", { wave1: ["anna"], "wave1-2": ["bert", "carla"] }, "mailboxesByBatch"],
  ["no batch", {}, "mailboxesByBatch"],
])("a wave of %s comes back as it was, its batches in their order", (_, names, property) => {
  const parts = Object.fromEntries(
    Object.entries(names).map(([name, own]: [string, string[]]) => [name, MailboxSet.ofNames(own)]),
  );
  const kept = batchMailboxes("wave1", parts);
  expect(Object.entries(kept).flatMap(([key, value]) => (value === undefined ? [] : [key]))).toEqual([
    property,
  ]);
  const back = Object.entries(mailboxesByBatch("wave1", kept)).map(([name, own]) => [name, [...own]]);
  expect(back).toEqual(Object.entries(names));
  expect(batchNames("wave1", kept)).toEqual(Object.keys(parts));
});

test("a damaged list is refused by its batch's name, and does not hide what the batches are called", () => {
  const damaged = { mailboxesByBatch: { wave1: joinNames(["anna"]), "wave1-2": "carla\nbert" } };
  expect(() => mailboxesByBatch("wave1", damaged)).toThrow(
    /migration batch wave1-2: has names .* cannot be read/,
  );
  expect(batchNames("wave1", damaged)).toEqual(["wave1", "wave1-2"]);
});
