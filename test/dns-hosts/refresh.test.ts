import {
  type Declared,
  type HostedMemory,
  type HostedName,
  type HostedRecord,
  refreshHosted,
} from "../../src/dns/hosts/index.js";

const name = "contoso.com";
const record = (importId: string, value: string, ttl = 3600): HostedRecord => ({
  importId,
  name,
  type: "MX",
  ttl,
  values: [value],
  spelling: {},
});
const live = (...records: HostedRecord[]): HostedName => ({ records, otherTypes: [] });
const declared = (slot: number, value: string, importId?: string): Declared => ({
  type: "MX",
  slot,
  ttl: 3600,
  values: [value],
  spelling: {},
  ...(importId === undefined ? {} : { importId }),
});
const memory = (...records: Declared[]): HostedMemory => ({
  former: [{ type: "MX", ttl: 86_400, values: ["10 mail.contoso.com"] }],
  owned: ["10 mail.contoso.com"],
  keeps: [],
  records,
  clear: [],
  drop: [],
  placed: [],
});
const request = { name, type: "MX", mode: "exact", ttl: 3600, values: ["10 mail.contoso.com"] } as const;
const before = { granularity: "value", switched: false } as const;

test("nothing is taken over where nothing was changed", () => {
  const kept = memory(declared(1, "10 mail.contoso.com", "a"));
  const refreshed = refreshHosted(live(record("a", "10 mail.contoso.com")), request, kept, before);
  expect(refreshed.memory).toEqual(kept);
  expect(refreshed.request).toMatchObject({ values: request.values, ttl: 3600 });
});

test("an MX that was edited in place keeps its resource, and is what the way back leads to", () => {
  const kept = memory(declared(1, "10 mail.contoso.com", "a"));
  const refreshed = refreshHosted(live(record("a", "5 filter.fabrikam.com", 300)), request, kept, before);
  expect(refreshed.request).toEqual({ values: ["5 filter.fabrikam.com"], ttl: 300 });
  expect(refreshed.memory.records).toMatchObject([
    { slot: 1, ttl: 300, values: ["5 filter.fabrikam.com"], importId: "a" },
  ]);
  expect(refreshed.memory.former).toEqual([{ type: "MX", ttl: 300, values: ["5 filter.fabrikam.com"] }]);
});

test("an MX that was removed and made anew is imported from where it is now", () => {
  const kept = memory(declared(1, "10 mail.contoso.com", "a"));
  const refreshed = refreshHosted(live(record("b", "5 filter.fabrikam.com")), request, kept, before);
  expect(refreshed.memory.records).toMatchObject([{ values: ["5 filter.fabrikam.com"], importId: "b" }]);
});

test("once mail is routed to the tenant, what stood there before stays the way back", () => {
  const kept = memory(declared(1, "0 contoso-com.mail.protection.outlook.com", "a"));
  const refreshed = refreshHosted(live(record("a", "5 filter.fabrikam.com")), request, kept, {
    ...before,
    switched: true,
  });
  expect(refreshed.memory.former).toEqual(kept.former);
});

test("a record whose original is gone is not imported any more", () => {
  const txt = { ...declared(1, "v=spf1 -all", "gone"), type: "TXT" } as const;
  const refreshed = refreshHosted(
    live(),
    { ...request, type: "TXT", mode: "merge", values: [] },
    memory(txt),
    before,
  );
  expect(refreshed.memory.records[0]).not.toHaveProperty("importId");
});
