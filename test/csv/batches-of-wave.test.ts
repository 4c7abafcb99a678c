import fc from "fast-check";
import { assignBatches } from "../../src/plan/csv/index.js";

const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `u${from + index}@x.com`);

test.each<
  [what: string, addresses: string[], previous: Record<string, string[]>, expected: Record<string, string[]>]
>([
  ["a small wave is one batch", ["b", "a"], {}, { w: ["a", "b"] }],
  ["a full batch is still one", ["c", "b", "a"], {}, { w: ["a", "b", "c"] }],
  ["one more opens the second", ["d", "c", "b", "a"], {}, { w: ["b", "c", "d"], "w-2": ["a"] }],
  [
    "a leaving row moves nobody",
    ["a", "b", "d"],
    { w: ["a", "b", "c"], "w-2": ["d"] },
    { w: ["a", "b"], "w-2": ["d"] },
  ],
  [
    "a new row takes the free place",
    ["new", "a", "b", "d"],
    { w: ["a", "b"], "w-2": ["d"] },
    { w: ["a", "b", "new"], "w-2": ["d"] },
  ],
  [
    "an empty batch goes, the others keep their names",
    ["a", "e"],
    { w: ["a"], "w-2": ["d"], "w-3": ["e"] },
    { w: ["a"], "w-3": ["e"] },
  ],
  [
    "a standing batch with room comes before a new one",
    ["a", "b", "c", "e", "f"],
    { w: ["a", "b", "c"], "w-3": ["e"] },
    { w: ["a", "b", "c"], "w-3": ["e", "f"] },
  ],
  ["a wave that is wholly replaced keeps its batch", ["x", "y"], { w: ["a"] }, { w: ["x", "y"] }],
  ["the first batch can be the one that goes", ["d"], { w: ["a"], "w-2": ["d"] }, { "w-2": ["d"] }],
  [
    "the lowest free number is taken",
    ["d", "e", "f", "g"],
    { "w-2": ["d", "e", "f"] },
    { w: ["g"], "w-2": ["d", "e", "f"] },
  ],
  [
    "batches of other waves are passed over",
    ["a"],
    { v: ["a"], "w-x": ["a"], "w-1": ["a"], "w-02": ["a"], "w-": ["a"] },
    { w: ["a"] },
  ],
  [
    "a lowered limit moves only what is over it",
    ["a", "b", "c", "d"],
    { w: ["a", "b", "c", "d"] },
    { w: ["a", "b", "c"], "w-2": ["d"] },
  ],
  [
    "a mailbox in two batches stays in the first",
    ["a", "b"],
    { w: ["a"], "w-2": ["a", "b"] },
    { w: ["a"], "w-2": ["b"] },
  ],
  ["no mailboxes, no batches", [], { w: ["a"] }, {}],
])("%s", (_what, addresses, previous, expected) => {
  expect(assignBatches("w", addresses, previous, 3)).toEqual(expected);
});

test("2,000 rows are one batch, 4,001 are three", () => {
  expect(Object.keys(assignBatches("wave", names(2000), {}))).toEqual(["wave"]);
  const parts = assignBatches("wave", names(4001), {});
  expect(Object.entries(parts).map(([name, members]) => [name, members.length])).toEqual([
    ["wave", 2000],
    ["wave-2", 2000],
    ["wave-3", 1],
  ]);
});

test("a batch named like a member of every object is a batch", () => {
  expect(assignBatches("constructor", ["a"], {})).toEqual({ constructor: ["a"] });
});

test("a name too long for its number is told before the service refuses it", () => {
  const batch = "w".repeat(63);
  expect(assignBatches(batch, ["a"], {}, 1)).toEqual({ [batch]: ["a"] });
  expect(() => assignBatches(batch, ["a", "b"], {}, 1)).toThrow(
    /wave w+: has so many .* at most 62 characters/,
  );
});

const address = fc.integer({ min: 0, max: 60 }).map((number) => `u${number}@x.com`);
const wave = fc.uniqueArray(address, { maxLength: 50 });
const history = fc.array(wave, { minLength: 1, maxLength: 6 });
const limits = fc.integer({ min: 1, max: 9 });

/** Whether every rule holds between two results, written without a look at how they come about. */
function judge(
  addresses: readonly string[],
  before: Record<string, string[]>,
  after: Record<string, string[]>,
  limit: number,
): void {
  const homeOf = (parts: Record<string, string[]>) =>
    new Map(
      Object.entries(parts).flatMap(([name, members]) => members.map((member) => [member, name] as const)),
    );
  const homes = homeOf(after);
  expect(Object.values(after).flat().sort()).toEqual([...addresses].sort());
  for (const [name, members] of Object.entries(after)) {
    expect(name).toMatch(/^w(-([2-9]|[1-9]\d+))?$/);
    expect(members.length).toBeGreaterThan(0);
    expect(members.length).toBeLessThanOrEqual(limit);
    expect(members).toEqual([...members].sort());
  }
  for (const [member, home] of homeOf(before)) if (homes.has(member)) expect(homes.get(member)).toBe(home);
  // A batch is opened only when all that stood before are full.
  const opened = Object.keys(after).some((name) => !(name in before));
  if (opened) for (const name of Object.keys(before)) expect(after[name]).toHaveLength(limit);
}

test("over a history of changes: within the limit, each mailbox once, nobody moved, no batch opened needlessly", () => {
  fc.assert(
    fc.property(history, limits, (waves, limit) => {
      let before: Record<string, string[]> = {};
      for (const addresses of waves) {
        const after = assignBatches("w", addresses, before, limit);
        judge(addresses, before, after, limit);
        expect(assignBatches("w", addresses, after, limit)).toEqual(after);
        expect(assignBatches("w", [...addresses].reverse(), after, limit)).toEqual(after);
        before = after;
      }
    }),
    { numRuns: 400 },
  );
});

test("a first assignment fills the batches in the file's order", () => {
  fc.assert(
    fc.property(wave, limits, (addresses, limit) => {
      const expected: Record<string, string[]> = {};
      for (let start = 0, number = 1; start < addresses.length; start += limit, number++)
        expected[number === 1 ? "w" : `w-${number}`] = addresses.slice(start, start + limit).sort();
      expect(assignBatches("w", addresses, {}, limit)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
