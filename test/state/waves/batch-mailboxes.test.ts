import { joinNames } from "../../../src/state/name-list.js";
import { batchMailboxes, batchNames, mailboxesByBatch } from "../../../src/state/waves/batch-mailboxes.js";

test.each([
  ["one batch of its own name", { wave1: ["anna", "bert"] }, "mailboxes"],
  ["one batch of another name", { "wave1-2": ["anna"] }, "parts"],
  ["several batches", { wave1: ["anna"], "wave1-2": ["bert", "carla"] }, "parts"],
  ["no batch", {}, "parts"],
])("a wave of %s comes back as it was, its batches in their order", (_, parts, property) => {
  const kept = batchMailboxes("wave1", parts);
  expect(Object.entries(kept).flatMap(([key, value]) => (value === undefined ? [] : [key]))).toEqual([
    property,
  ]);
  expect(mailboxesByBatch("wave1", kept)).toEqual(parts);
  expect(batchNames("wave1", kept)).toEqual(Object.keys(parts));
});

test("a damaged list is refused by its batch's name, and does not hide what the batches are called", () => {
  const damaged = { parts: { wave1: joinNames(["anna"]), "wave1-2": "carla\nbert" } };
  expect(() => mailboxesByBatch("wave1", damaged)).toThrow(
    /migration batch wave1-2: has names .* cannot be read/,
  );
  expect(batchNames("wave1", damaged)).toEqual(["wave1", "wave1-2"]);
});
