import { type Declared, type HostedName, withoutLost } from "../../src/dns/hosts/index.js";

const spf = "v=spf1 mx -all";
const proof: Declared = { type: "TXT", slot: 1, ttl: 3600, values: ["MS=ms1"], spelling: {} };
const live = (...values: string[]): HostedName => ({
  records: values.map((value) => ({
    importId: value,
    name: "contoso.com",
    type: "TXT" as const,
    ttl: 3600,
    values: [value],
    spelling: {},
  })),
  otherTypes: [],
});
const planned = [
  {
    type: "TXT" as const,
    before: { ttl: 3600, values: [spf] },
    after: { ttl: 3600, values: ["MS=ms1", spf] },
  },
];

test("a record that the state holds and somebody has removed is no part of what an update makes", () => {
  const held = { before: [proof], managed: ["txt-1"] };
  expect(withoutLost(planned, [proof], live(spf), held)).toEqual({ planned: [], lost: ["MS=ms1"] });
});

test.each([
  ["the state does not hold", live(spf), { before: [proof], managed: [] }],
  ["the state cannot tell of", live(spf), { before: [proof], managed: undefined }],
  ["is declared otherwise now", live(spf), { before: [{ ...proof, ttl: 60 }], managed: ["txt-1"] }],
  ["stands", live(spf, "MS=ms1"), { before: [proof], managed: ["txt-1"] }],
])("what %s is planned as it was", (_, there, state) => {
  expect(withoutLost(planned, [proof], there, state)).toEqual({ planned, lost: [] });
});
