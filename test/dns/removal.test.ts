import { planRemoval, type RecordSet } from "../../src/dns/index.js";

const set = (type: RecordSet["type"], ttl: number, ...values: string[]): RecordSet => ({
  name: "contoso.com",
  type,
  ttl,
  values,
});
const sides = (changes: ReturnType<typeof planRemoval>) =>
  changes.map(({ type, after }) => [
    type,
    after === undefined ? null : { ttl: after.ttl, values: after.values },
  ]);

/** What a provider's delete applies and a review shows: one plan. */
describe("what a removal leaves", () => {
  const mx = { name: "contoso.com", type: "MX", ttl: 3600, mode: "exact" } as const;
  const live = set("MX", 3600, "10 mail.contoso.com");
  const former = { ttl: 86_400, values: ["10 mail.contoso.com"] };

  test("a set that is left stays, and one that is gone needs nothing", () => {
    expect(planRemoval(live, { ...mx, onDelete: "leave", former }, [], true)).toEqual([]);
    expect(planRemoval(undefined, { ...mx, onDelete: "restore", former }, [], true)).toEqual([]);
  });

  test("a destroy gives the TTL back, and takes no value of a set away", () => {
    const held = { ...mx, onDelete: "restore" as const, former };
    expect(sides(planRemoval(live, held, [], false))).toEqual([["MX", former]]);
    const switched = set("MX", 3600, "0 tenant.mail.protection.outlook.com");
    expect(planRemoval(switched, held, [], false)).toEqual([]);
    expect(sides(planRemoval(switched, held, [], true))).toEqual([["MX", former]]);
  });

  test("the addresses that made room for a CNAME return with its removal", () => {
    const cname = { ...set("CNAME", 3600, "autodiscover.outlook.com") };
    const displaced = [{ type: "A" as const, ttl: 300, values: ["192.0.2.10"] }];
    const held = {
      name: "contoso.com",
      type: "CNAME",
      ttl: 3600,
      mode: "exact",
      onDelete: "restore",
    } as const;
    expect(sides(planRemoval(cname, { ...held, former: null, displaced }, [], true))).toEqual([
      ["CNAME", null],
      ["A", { ttl: 300, values: ["192.0.2.10"] }],
    ]);
  });

  test("senders that we added to a policy stay when the stack is destroyed, and go with the plan", () => {
    const text = set("TXT", 300, "MS=ms1", "v=spf1 mx include:spf.protection.outlook.com -all");
    const held = { name: "contoso.com", type: "TXT", ttl: 300, mode: "merge", onDelete: "remove" } as const;
    const owned = ["MS=ms1", "spf-term:include:spf.protection.outlook.com"];
    const was = { ttl: 86_400, values: ["v=spf1 mx -all"] };
    expect(sides(planRemoval(text, { ...held, former: was }, owned, true))).toEqual([
      ["TXT", { ttl: 86_400, values: ["v=spf1 mx -all"] }],
    ]);
    expect(sides(planRemoval(text, { ...held, former: was }, owned, false))).toEqual([
      ["TXT", { ttl: 86_400, values: ["v=spf1 mx include:spf.protection.outlook.com -all"] }],
    ]);
  });
});
