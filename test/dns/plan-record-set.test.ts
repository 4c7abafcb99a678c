import fc from "fast-check";
import {
  describeChange,
  isNoChange,
  isSpf,
  planRecordSet,
  type RecordSet,
  sameValues,
} from "../../src/dns/index.js";

const NAME = "contoso.com";
const TENANT_SPF = "v=spf1 include:spf.protection.outlook.com -all";
const txt = (ttl: number, ...values: string[]): RecordSet => ({ name: NAME, type: "TXT", ttl, values });
const merge = (
  current: RecordSet | undefined,
  values: string[],
  owned: readonly string[] = [],
  ttl?: number,
) =>
  planRecordSet(current, {
    name: NAME,
    type: "TXT",
    values,
    owned,
    mode: "merge",
    ...(ttl === undefined ? {} : { ttl }),
  });

test("exact puts these values and no others", () => {
  const current: RecordSet = {
    name: NAME,
    type: "MX",
    ttl: 3600,
    values: ["10 a.contoso.com", "20 b.contoso.com"],
  };
  const change = planRecordSet(current, {
    name: NAME,
    type: "MX",
    ttl: 3600,
    values: ["0 tenant.x", "20 B.contoso.com."],
    mode: "exact",
  });
  expect(change).toMatchObject({
    added: ["0 tenant.x"],
    removed: ["10 a.contoso.com"],
    kept: ["20 b.contoso.com"],
    ttlSideEffects: [],
  });
  expect(change.ttlChange).toBeUndefined();
  expect(describeChange(change)).toEqual([
    "- MX contoso.com 10 a.contoso.com",
    "+ MX contoso.com 0 tenant.x ttl=3600",
    "= MX contoso.com 20 b.contoso.com",
  ]);
});

test("a change of the TTL alone is told apart from a change of values", () => {
  const change = planRecordSet(txt(86_400, "a"), {
    name: NAME,
    type: "TXT",
    ttl: 3600,
    values: ["a"],
    mode: "exact",
  });
  expect(isNoChange(change)).toBe(false);
  expect(describeChange(change)).toEqual(["± TXT contoso.com ttl=(86400->3600)", "= TXT contoso.com a"]);
});

test("without a TTL a set keeps its own, and a new one gets 3600 s", () => {
  expect(merge(txt(86_400, "a"), ["b"]).after).toEqual(txt(86_400, "a", "b"));
  expect(merge(undefined, ["b"]).after).toEqual(txt(3600, "b"));
});

test("a TTL that reaches other people's values is said for each of them", () => {
  const change = merge(txt(86_400, "v=spf1 -all", "site=1"), ["MS=ms1"], [], 3600);
  expect(change.ttlSideEffects).toEqual([
    'TXT contoso.com "site=1" gets the TTL 3600 s instead of 86400 s, because a record set has one TTL',
    'TXT contoso.com "v=spf1 -all" gets the TTL 3600 s instead of 86400 s, because a record set has one TTL',
  ]);
});

test("taking our values away leaves the TTL of theirs", () => {
  expect(merge(txt(86_400, "a", "MS=ms1"), [], ["MS=ms1"], 3600).after).toEqual(txt(86_400, "a"));
  expect(merge(txt(86_400, "MS=ms1"), [], ["MS=ms1"]).after).toBeUndefined();
});

test("a value that was there before us is not ours, and stays when ours go", () => {
  const change = merge(txt(60, "MS=ms1"), ["MS=ms1"]);
  expect([isNoChange(change), change.owned]).toEqual([true, []]);
  expect(merge(txt(60, "MS=ms1"), [], change.owned).after).toEqual(txt(60, "MS=ms1"));
});

describe("SPF", () => {
  test("is created where there is none, and goes again", () => {
    const change = merge(txt(60, "a"), [TENANT_SPF]);
    expect(change.after?.values).toEqual(["a", TENANT_SPF]);
    expect(merge(change.after, [], change.owned).after).toEqual(txt(60, "a"));
  });

  test("is merged into a policy that is not ours, and taken out of it again", () => {
    const change = merge(txt(60, "v=spf1 ip4:192.0.2.1 ~all"), [TENANT_SPF]);
    expect(change.after?.values).toEqual(["v=spf1 ip4:192.0.2.1 include:spf.protection.outlook.com ~all"]);
    expect(change.owned).toEqual(["spf-term:include:spf.protection.outlook.com"]);
    expect(isNoChange(merge(change.after, [TENANT_SPF], change.owned))).toBe(true);
    expect(merge(change.after, [], change.owned).after).toEqual(txt(60, "v=spf1 ip4:192.0.2.1 ~all"));
  });

  test("an include that was there before us stays when ours go", () => {
    const before = txt(60, "v=spf1 include:spf.protection.outlook.com ip4:192.0.2.1 ~all");
    const change = merge(before, [TENANT_SPF]);
    expect(isNoChange(change)).toBe(true);
    expect(merge(before, [], change.owned).after).toEqual(before);
  });

  test("a policy of ours that somebody extended keeps what they added", () => {
    const edited = txt(60, "v=spf1 ip4:192.0.2.1 include:spf.protection.outlook.com -all");
    expect(isNoChange(merge(edited, [TENANT_SPF], [TENANT_SPF]))).toBe(true);
    expect(merge(edited, [], [TENANT_SPF]).after).toEqual(txt(60, "v=spf1 ip4:192.0.2.1 -all"));
  });

  test("two foreign policies are for people to join", () => {
    expect(() => merge(txt(60, "v=spf1 mx -all", "v=spf1 a -all"), [TENANT_SPF])).toThrow(/2 SPF policies/);
    expect(merge(txt(60, "v=spf1 mx -all", "v=spf1 a -all"), ["MS=ms1"]).added).toEqual(["MS=ms1"]);
  });
});

describe("whatever the values", () => {
  const foreignSpf = fc.constantFrom(
    "v=spf1 -all",
    "v=spf1 mx ip4:192.0.2.1 ~all",
    "v=spf1 include:spf.protection.outlook.com ?all",
  );
  const plain = fc.stringMatching(/^[a-z]{1,3}=[a-z0-9]{0,3}$/);
  const foreign = fc.tuple(
    fc.uniqueArray(plain, { maxLength: 4 }),
    fc.option(foreignSpf, { nil: undefined }),
  );
  const ours = fc.tuple(fc.uniqueArray(plain, { maxLength: 3 }), fc.boolean());
  const world = fc.record({
    foreign,
    ours,
    ttl: fc.option(fc.integer({ min: 60, max: 9999 }), { nil: undefined }),
  });
  const setOf = (values: string[]) => (values.length === 0 ? undefined : txt(300, ...values));

  const check = (
    property: (theirs: RecordSet | undefined, wanted: string[], ttl: number | undefined) => void,
  ) =>
    fc.assert(
      fc.property(world, ({ foreign: [values, spf], ours: [more, withSpf], ttl }) => {
        const theirs = setOf(spf === undefined ? values : [...values, spf]);
        property(theirs, withSpf ? [...more, TENANT_SPF] : more, ttl);
      }),
      { numRuns: 300 },
    );

  test("merging keeps everything that is not ours, and never makes two SPF policies", () =>
    check((theirs, wanted, ttl) => {
      const { after, kept, added, removed } = merge(theirs, wanted, [], ttl);
      const values = after?.values ?? [];
      for (const value of theirs?.values ?? []) if (!isSpf(value)) expect(values).toContain(value);
      for (const value of wanted) if (!isSpf(value)) expect(values).toContain(value);
      expect(values.filter(isSpf).length).toBeLessThanOrEqual(1);
      expect(sameValues("TXT", [...kept, ...added], values)).toBe(true);
      expect(sameValues("TXT", [...kept, ...removed], theirs?.values ?? [])).toBe(true);
    }));

  test("merging again changes nothing", () =>
    check((theirs, wanted, ttl) => {
      const change = merge(theirs, wanted, [], ttl);
      const again = merge(change.after, wanted, change.owned, ttl);
      expect(isNoChange(again)).toBe(true);
      expect([...again.owned].sort()).toEqual([...change.owned].sort());
    }));

  test("taking ours away leaves exactly what was theirs", () =>
    check((theirs, wanted) => {
      const change = merge(theirs, wanted);
      expect(merge(change.after, [], change.owned).after).toEqual(
        theirs === undefined ? undefined : merge(theirs, []).after,
      );
    }));
});
