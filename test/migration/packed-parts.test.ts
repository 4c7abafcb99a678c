import { packNames } from "../../src/migration/packed-names.js";
import { packParts, partNames, unpackParts } from "../../src/migration/packed-parts.js";

test.each([
  ["one batch of its own name", { wave1: ["anna", "bert"] }, "mailboxes"],
  ["one batch of another name", { "wave1-2": ["anna"] }, "parts"],
  ["several batches", { wave1: ["anna"], "wave1-2": ["bert", "carla"] }, "parts"],
  ["no batch", {}, "parts"],
])("a wave of %s comes back as it was, its batches in their order", (_, parts, property) => {
  const packed = packParts("wave1", parts);
  expect(Object.entries(packed).flatMap(([key, value]) => (value === undefined ? [] : [key]))).toEqual([
    property,
  ]);
  expect(unpackParts("wave1", packed)).toEqual(parts);
  expect(partNames("wave1", packed)).toEqual(Object.keys(parts));
});

test("a damaged list is refused by its batch's name, and does not hide what the batches are called", () => {
  const damaged = { parts: { wave1: packNames(["anna"]), "wave1-2": "!!!" } };
  expect(() => unpackParts("wave1", damaged)).toThrow(/migration batch wave1-2: has names .* cannot be read/);
  expect(partNames("wave1", damaged)).toEqual(["wave1", "wave1-2"]);
});
