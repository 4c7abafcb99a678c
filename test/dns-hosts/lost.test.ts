import {
  type Declared,
  type HostedName,
  type HostedRecord,
  importMade,
  oursAlone,
  planHosted,
  withoutLost,
} from "../../src/dns/hosts/index.js";

const spf = "v=spf1 mx -all";
const proof: Declared = { type: "TXT", slot: 1, ttl: 3600, values: ["MS=ms1"], spelling: {} };
const record = (importId: string, ...values: string[]): HostedRecord => ({
  importId,
  name: "contoso.com",
  type: "TXT",
  ttl: 3600,
  values,
  spelling: {},
});
const at = (...records: HostedRecord[]): HostedName => ({ records, otherTypes: [] });
const live = (...values: string[]) => at(...values.map((value) => record(value, value)));
const planned = [
  {
    type: "TXT" as const,
    before: { ttl: 3600, values: [spf] },
    after: { ttl: 3600, values: ["MS=ms1", spf] },
  },
];

test("a record that the state holds and somebody has removed is no part of what an update makes", () => {
  const held = { before: [proof], managed: ["txt-1"] };
  expect(withoutLost(planned, [proof], live(spf), held, "value")).toEqual({ planned: [], lost: ["MS=ms1"] });
});

test.each([
  ["the state does not hold", live(spf), { before: [proof], managed: [] }],
  ["the state cannot tell of", live(spf), { before: [proof], managed: undefined }],
  ["is declared otherwise now", live(spf), { before: [{ ...proof, ttl: 60 }], managed: ["txt-1"] }],
  ["stands", live(spf, "MS=ms1"), { before: [proof], managed: ["txt-1"] }],
])("what %s is planned as it was", (_, there, state) => {
  expect(withoutLost(planned, [proof], there, state, "value")).toEqual({ planned, lost: [] });
});

test("a whole set that the state holds is left alone, and what lacks in it is named", () => {
  const whole: Declared = { ...proof, values: ["MS=ms1", spf] };
  const held = { before: [whole], managed: ["txt-1"] };
  expect(withoutLost(planned, [whole], at(record("set", spf)), held, "set")).toEqual({
    planned: [],
    lost: ["MS=ms1"],
  });
});

describe("a record that the state has let go of", () => {
  const imported: Declared = { ...proof, importId: "MS=ms1" };

  test("is imported again from where it stands, though pulumi import had it once", () => {
    expect(importMade([{ ...imported, held: true }], live(spf, "MS=ms1"), [])).toEqual([imported]);
  });

  test("is imported from another of the same value, or made anew, where that is gone", () => {
    expect(importMade([imported], at(record("other", "MS=ms1")), [])).toEqual([
      { ...imported, importId: "other" },
    ]);
    expect(importMade([imported], live(spf), [])).toEqual([proof]);
  });

  test("is left as it is while the state holds it", () => {
    expect(importMade([imported], live(spf), ["txt-1"])).toEqual([imported]);
  });
});

describe("with a set that is kept no more goes", () => {
  const policy: Declared = { ...proof, values: [spf] };

  test("the proof that is ours alone, and no policy and nothing that stood there before", () => {
    const records = [proof, policy, { ...proof, importId: "MS=ms1" }];
    expect(oursAlone("value", { type: "TXT", records })).toEqual([proof]);
  });

  test("no text that was made again beside another type", () => {
    expect(oursAlone("value", { type: "CNAME", records: [proof] })).toEqual([]);
  });

  test("nothing of a whole set", () => {
    expect(oursAlone("set", { type: "TXT", records: [proof] })).toEqual([]);
  });
});

describe("a record that somebody has removed at the host", () => {
  const request = { name: "contoso.com", type: "TXT", mode: "merge", ttl: 3600, values: ["MS=ms1"] } as const;
  const memory = {
    former: [],
    owned: ["MS=ms1"],
    keeps: [],
    records: [proof],
    clear: [],
    drop: [],
    placed: [],
  };
  const declared = (there: HostedName, ttl: number, granularity: "value" | "set" = "value") =>
    planHosted(
      there,
      { ...request, ttl },
      { zone: "contoso.com", granularity, previous: { request, memory } },
    ).memory.records;

  test("is left to a refresh as long as it does not change", () =>
    expect(declared(at(), 3600)).toEqual([proof]));

  test("is made anew under another name when it changes: the host would refuse a change of what is gone", () => {
    expect(declared(at(), 300)).toEqual([{ ...proof, slot: 2, ttl: 300 }]);
    expect(declared(live(spf), 300)).toEqual([proof].map((one) => ({ ...one, ttl: 300 })));
  });

  test("is written in place where the whole set is one object, and where it stands", () => {
    expect(declared(at(), 300, "set")).toEqual([{ ...proof, ttl: 300 }]);
    expect(declared(live("MS=ms1"), 300)).toEqual([{ ...proof, ttl: 300 }]);
  });
});
