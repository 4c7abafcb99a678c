import fc from "fast-check";
import { packNames, unpackNames } from "../../src/migration/packed-names.js";

const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/\n/.test(text));

test("what was packed comes back, sorted and once each", () => {
  fc.assert(
    fc.property(fc.array(name), (names) => {
      expect(unpackNames(packNames(names), "wave1")).toEqual([...new Set(names)].sort());
    }),
  );
});

test("2,000 names take less than half of their bytes", () => {
  const names = Array.from({ length: 2000 }, (_, index) => `given${index % 40}.family${index % 97}x${index}`);
  expect(packNames(names).length).toBeLessThan(names.join("\n").length / 2);
});

test.each(["pilarp\ntobyn", "!!!", "AAAA"])("%j was not packed, and is refused", (text) => {
  expect(() => unpackNames(text, "licences of wave1")).toThrow(
    /licences of wave1: has names .* cannot be read/,
  );
});
