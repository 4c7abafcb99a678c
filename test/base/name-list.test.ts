import fc from "fast-check";
import { joinNames, splitNames } from "../../src/base/name-list.js";

const name = fc
  .string({ minLength: 1, unit: "grapheme" })
  .filter((text) => !/\n/.test(text) && !text.endsWith("\r"));

test("names come back sorted and once each", () => {
  fc.assert(
    fc.property(fc.array(name), (names) => {
      expect(splitNames(joinNames(names), "wave1")).toEqual([...new Set(names)].sort());
    }),
  );
});

test("they are one a line, so that a difference is the lines of who came and who went", () => {
  expect(joinNames(["tobyn", "pilarp", "tobyn"])).toBe("pilarp\ntobyn");
});

test.each(["tobyn\npilarp", "pilarp\n\ntobyn", "pilarp\npilarp", "pilarp\n", "pilarp\r\ntobyn"])(
  "%j is no such list, and is refused",
  (text) => {
    expect(() => splitNames(text, "licences of wave1")).toThrow(
      /licences of wave1: has names .* cannot be read/,
    );
  },
);
