import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MailstageError } from "../../src/base/problem.js";
import {
  applyUpdate,
  type DesiredRecordSet,
  planRecordSet,
  proveUpdates,
  query,
  type RecordSet,
  type RecordType,
  readFromServer,
  type TsigKey,
  type UpdateTarget,
} from "../../src/dns/index.js";
import {
  decodeMessage,
  encodeUpdate,
  type Prerequisite,
  type UpdateStep,
} from "../../src/dns/rfc2136/message.js";
import { signMessage, verifyMessage } from "../../src/dns/rfc2136/tsig.js";
import { exchange } from "../../src/dns/transport.js";
import { type DnsRecord, rcodeName } from "../../src/dns/wire.js";
import { type ContractServer, contoso, keys } from "./dns-server.js";

const ZONE = contoso.name;
const TENANT = "0 contoso-test.mail.protection.outlook.com";

/** The problem codes a promise fails with. */
export async function codesOf(promise: Promise<unknown>): Promise<string[]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MailstageError) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
}

/**
 * What every server that takes RFC 2136 updates must do, as mailstage relies on it. Each test starts from the contract's
 * zone, on a server of its own kind.
 * @param tools paths of BIND's own tools where they are installed: what dig prints and nsupdate sends is checked as well
 */
export function dnsContract(
  start: () => Promise<ContractServer>,
  tools: { readonly dig?: string | undefined; readonly nsupdate?: string | undefined },
): void {
  let running: ContractServer;
  beforeEach(async () => {
    running = await start();
  });
  afterEach(() => running.close());

  const target = (
    key: TsigKey | undefined = keys.sha256,
    more: Partial<UpdateTarget> = {},
  ): UpdateTarget => ({
    server: running.server,
    zone: ZONE,
    transport: "tcp",
    ...(key === undefined ? {} : { key }),
    ...more,
  });
  const read = async (name: string, type: RecordType): Promise<RecordSet | undefined> =>
    (await readFromServer(running.server, name, type)).set;
  const plan = async (desired: DesiredRecordSet) =>
    planRecordSet(await read(desired.name, desired.type), desired);
  /** What dig prints of a record set, where dig is installed. */
  const expectDig = async (name: string, type: string, lines: string[]) => {
    if (tools.dig === undefined) return;
    const server = ["@127.0.0.1", "-p", String(running.server.port)];
    const { stdout } = await promisify(execFile)(tools.dig, [...server, name, type, "+noall", "+answer"]);
    const answer = stdout.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
    expect(answer.map((line) => line.replace(/\s+/g, " ")).sort()).toEqual(lines.sort());
  };

  test("it answers authoritatively with the zone's own TTL", async () => {
    const answer = await query(running.server, ZONE, "MX");
    expect(answer).toMatchObject({ rcode: "NOERROR", authoritative: true, transport: "udp" });
    expect(answer.records.map(({ value, ttl }) => [value, ttl]).sort()).toEqual([
      ["10 mail.contoso.test", 86_400],
      ["20 backup.contoso.test", 86_400],
    ]);
    await expectDig(ZONE, "MX", [
      "contoso.test. 86400 IN MX 10 mail.contoso.test.",
      "contoso.test. 86400 IN MX 20 backup.contoso.test.",
    ]);
  });

  test("it tells a name that is not there from a type that is not there", async () => {
    expect((await query(running.server, `nothing.${ZONE}`, "MX")).rcode).toBe("NXDOMAIN");
    const empty = await query(running.server, `mail.${ZONE}`, "MX");
    expect(empty).toMatchObject({ rcode: "NOERROR", records: [] });
    expect(empty.authority.map(({ type, ttl }) => [type, ttl])).toEqual([["SOA", 300]]);
  });

  test("it refuses to answer for somebody else's zone", async () => {
    expect((await query(running.server, "fabrikam.test", "MX")).rcode).toBe("REFUSED");
  });

  test("a CNAME met on the way is kept apart from what it leads to", async () => {
    const answer = await query(running.server, `www.${ZONE}`, "A");
    expect(answer.records).toEqual([]);
    expect(answer.cnames.map(({ value }) => value)).toEqual(["mail.contoso.test"]);
    expect(answer.chained.map(({ value }) => value)).toEqual(["192.0.2.1"]);
    expect(await read(`www.${ZONE}`, "A")).toBeUndefined();
  });

  test.each([
    ["hmac-sha256", "udp", keys.sha256],
    ["hmac-sha256", "tcp", keys.sha256],
    ["hmac-sha384", "udp", keys.sha384],
    ["hmac-sha384", "tcp", keys.sha384],
    ["hmac-sha512", "udp", keys.sha512],
    ["hmac-sha512", "tcp", keys.sha512],
  ] as const)(
    "MX is switched and switched back exactly, signed with %s over %s",
    async (_algorithm, transport, key) => {
      const former = await read(ZONE, "MX");
      const change = await plan({ name: ZONE, type: "MX", ttl: 3600, values: [TENANT], mode: "exact" });
      await applyUpdate(target(key, { transport }), change);
      expect(await read(ZONE, "MX")).toEqual({ name: ZONE, type: "MX", ttl: 3600, values: [TENANT] });
      await expectDig(ZONE, "MX", ["contoso.test. 3600 IN MX 0 contoso-test.mail.protection.outlook.com."]);

      const back = await plan({ ...(former ?? { name: ZONE, type: "MX", values: [] }), mode: "exact" });
      await applyUpdate(target(key, { transport }), back);
      expect(await read(ZONE, "MX")).toEqual(former);
    },
  );

  test("the serial grows with a change, and not without one", async () => {
    const serial = async () =>
      Number((await query(running.server, ZONE, "SOA")).records[0]?.value.split(" ")[2]);
    const before = await serial();
    const desired = { name: ZONE, type: "MX", ttl: 3600, values: [TENANT], mode: "exact" } as const;
    const change = await plan(desired);
    await applyUpdate(target(), change);
    const after = await serial();
    expect(after).toBeGreaterThan(before);
    await applyUpdate(target(), change);
    await applyUpdate(target(), await plan(desired));
    expect(await serial()).toBe(after);
  });

  test("a change of the TTL alone keeps every value", async () => {
    const before = await read(ZONE, "MX");
    const change = await plan({
      name: ZONE,
      type: "MX",
      ttl: 600,
      values: before?.values ?? [],
      mode: "exact",
    });
    expect([change.added, change.removed, change.ttlChange]).toEqual([[], [], { from: 86_400, to: 600 }]);
    await applyUpdate(target(), change);
    expect(await read(ZONE, "MX")).toEqual({ ...before, ttl: 600 });
  });

  test("a value added with another TTL changes the TTL of the whole set, and the preview said so", async () => {
    const change = await plan({
      name: ZONE,
      type: "TXT",
      ttl: 3600,
      values: ["MS=ms12345678"],
      mode: "merge",
    });
    expect(change.ttlSideEffects).toHaveLength(2);
    await applyUpdate(target(), change);
    expect(await read(ZONE, "TXT")).toEqual(change.after);
    await expectDig(ZONE, "TXT", [
      'contoso.test. 3600 IN TXT "MS=ms12345678"',
      'contoso.test. 3600 IN TXT "site=abc"',
      'contoso.test. 3600 IN TXT "v=spf1 ip4:192.0.2.1 -all"',
    ]);
  });

  test("the verification TXT joins SPF and leaves it again", async () => {
    const before = await read(ZONE, "TXT");
    const joined = await plan({ name: ZONE, type: "TXT", values: ["MS=ms12345678"], mode: "merge" });
    await applyUpdate(target(), joined);
    expect(await read(ZONE, "TXT")).toEqual(joined.after);
    await applyUpdate(
      target(),
      await plan({ name: ZONE, type: "TXT", values: [], mode: "merge", owned: joined.owned }),
    );
    expect(await read(ZONE, "TXT")).toEqual(before);
  });

  test.each(["udp", "tcp"] as const)(
    "a TXT over 255 octets goes over %s in strings of 255 and comes back whole",
    async (transport) => {
      const long = `k=${"x".repeat(598)}`;
      await applyUpdate(
        target(keys.sha256, { transport }),
        await plan({ name: `long.${ZONE}`, type: "TXT", values: [long], mode: "exact" }),
      );
      const { set, records } = await readFromServer(running.server, `long.${ZONE}`, "TXT");
      expect(set?.values).toEqual([long]);
      expect(records[0]?.chunks?.map(({ length }) => length)).toEqual([255, 255, 90]);
      const changed = await plan({ name: `long.${ZONE}`, type: "TXT", values: ["short"], mode: "exact" });
      await applyUpdate(target(keys.sha256, { transport }), changed);
      expect((await read(`long.${ZONE}`, "TXT"))?.values).toEqual(["short"]);
    },
  );

  test("an answer too long for UDP is fetched over TCP", async () => {
    const values = Array.from({ length: 8 }, (_, index) => `${index}${"y".repeat(250)}`);
    await applyUpdate(target(), await plan({ name: `many.${ZONE}`, type: "TXT", values, mode: "exact" }));
    const answer = await query(running.server, `many.${ZONE}`, "TXT");
    expect(answer.transport).toBe("tcp");
    expect(answer.records).toHaveLength(8);
  });

  test("somebody else's change since the preview is an error, and is left alone", async () => {
    const change = await plan({ name: ZONE, type: "MX", ttl: 3600, values: [TENANT], mode: "exact" });
    await applyUpdate(
      target(),
      await plan({ name: ZONE, type: "MX", values: ["5 other.contoso.test"], mode: "exact" }),
    );
    expect(await codesOf(applyUpdate(target(), change))).toEqual(["record-changed"]);
    expect((await read(ZONE, "MX"))?.values).toEqual(["5 other.contoso.test"]);
  });

  test("a record set created since the preview is an error", async () => {
    const change = await plan({ name: `new.${ZONE}`, type: "TXT", values: ["ours"], mode: "exact" });
    await applyUpdate(
      target(),
      await plan({ name: `new.${ZONE}`, type: "TXT", values: ["theirs"], mode: "exact" }),
    );
    expect(await codesOf(applyUpdate(target(), change))).toEqual(["record-changed"]);
  });

  test("A and AAAA make way for a CNAME in one update, and come back", async () => {
    const name = `autodiscover.${ZONE}`;
    const steps = async (a: string[], aaaa: string[], cname: string[]) =>
      Promise.all([
        plan({ name, type: "A", ttl: 3600, values: a, mode: "exact" }),
        plan({ name, type: "AAAA", ttl: 3600, values: aaaa, mode: "exact" }),
        plan({ name, type: "CNAME", ttl: 3600, values: cname, mode: "exact" }),
      ]);
    await applyUpdate(target(), await steps([], [], ["autodiscover.outlook.com"]));
    expect(await read(name, "CNAME")).toEqual({
      name,
      type: "CNAME",
      ttl: 3600,
      values: ["autodiscover.outlook.com"],
    });
    await expectDig(name, "A", ["autodiscover.contoso.test. 3600 IN CNAME autodiscover.outlook.com."]);
    await applyUpdate(target(), await steps(["192.0.2.2"], ["2001:db8::2"], []));
    expect((await read(name, "A"))?.values).toEqual(["192.0.2.2"]);
    expect((await read(name, "AAAA"))?.values).toEqual(["2001:db8::2"]);
    expect(await read(name, "CNAME")).toBeUndefined();
  });

  test("a CNAME's target is changed", async () => {
    const name = `www.${ZONE}`;
    await applyUpdate(
      target(),
      await plan({ name, type: "CNAME", ttl: 300, values: ["a.contoso.test"], mode: "exact" }),
    );
    expect(await read(name, "CNAME")).toEqual({ name, type: "CNAME", ttl: 300, values: ["a.contoso.test"] });
  });

  test("a CNAME beside other data is silently ignored by the server, and noticed by reading back", async () => {
    const name = `mail.${ZONE}`;
    const failed = applyUpdate(
      target(),
      await plan({ name, type: "CNAME", values: ["elsewhere.contoso.test"], mode: "exact" }),
    );
    await expect(failed).rejects.toThrow(/A 192\.0\.2\.1 is at the same name/);
    expect((await read(name, "A"))?.values).toEqual(["192.0.2.1"]);
  });

  test("other data beside a CNAME is noticed too", async () => {
    const failed = applyUpdate(
      target(),
      await plan({ name: `www.${ZONE}`, type: "TXT", values: ["x"], mode: "exact" }),
    );
    expect(await codesOf(failed)).toEqual(["cname-beside-data"]);
  });

  test("a CNAME is put beside a wildcard that answered for its name, and the wildcard stays", async () => {
    const name = `autodiscover.wild.${ZONE}`;
    expect((await read(name, "A"))?.values).toEqual(["192.0.2.9"]);
    const away = await plan({ name, type: "A", values: [], mode: "exact" });
    const alias = await plan({ name, type: "CNAME", values: ["autodiscover.outlook.com"], mode: "exact" });
    await applyUpdate(target(), [away, alias]);
    expect((await read(name, "CNAME"))?.values).toEqual(["autodiscover.outlook.com"]);
    expect(await read(name, "A")).toBeUndefined();
    expect((await read(`a.b.wild.${ZONE}`, "A"))?.values).toEqual(["192.0.2.9"]);
  });

  /** A type's answer at a name: the response code, then what is found, CNAMEs first. */
  const answer = async (name: string, type: RecordType) => {
    const { rcode, records, cnames, chained } = await query(running.server, `${name}.${ZONE}`, type);
    const found = [...cnames, ...records, ...chained].map((record) => `${record.type} ${record.value}`);
    return [rcode, ...found].join(", ");
  };

  test.each<[string, RecordType, string]>([
    ["x.cover", "MX", "NOERROR, MX 10 mail.contoso.test"],
    ["a.b.cover", "TXT", "NOERROR, TXT v=spf1 mx -all"],
    ["x.cover", "A", "NOERROR"],
    ["*.cover", "MX", "NOERROR, MX 10 mail.contoso.test"],
    ["*.x.cover", "MX", "NOERROR, MX 10 mail.contoso.test"],
    ["x.*.cover", "MX", "NXDOMAIN"],
    ["cover", "MX", "NOERROR"],
    ["known.cover", "MX", "NOERROR"],
    ["below.known.cover", "MX", "NXDOMAIN"],
    ["empty.cover", "MX", "NOERROR"],
    ["beside.empty.cover", "MX", "NXDOMAIN"],
    ["x.alias", "A", "NOERROR, CNAME mail.contoso.test, A 192.0.2.1"],
    ["x.alias", "CNAME", "NOERROR, CNAME mail.contoso.test"],
    ["towards", "A", "NOERROR, CNAME any.wild.contoso.test, A 192.0.2.9"],
  ])("a wildcard answers %s %s as RFC 4592 says: %s", async (name, type, expected) => {
    expect(await answer(name, type)).toBe(expected);
  });

  const covered = ["sales.cover", "any.sales.cover", "deep.any.sales.cover", "other.cover"];
  const everyAnswer = async (without: readonly string[]) =>
    Object.fromEntries(
      await Promise.all(
        covered.flatMap((name) =>
          (["MX", "TXT", "A", "CNAME"] as const).map(async (type) => {
            const asked = `${name} ${type}`;
            return [asked, without.includes(asked) ? "asked for" : await answer(name, type)] as const;
          }),
        ),
      ),
    );

  test("a name that comes into existence keeps what a wildcard answered for it, and so do the names below", async () => {
    const without = ["sales.cover TXT"];
    const before = await everyAnswer(without);
    const name = `sales.cover.${ZONE}`;
    await applyUpdate(target(), await plan({ name, type: "TXT", values: ["MS=ms1"], mode: "merge" }));
    expect((await read(name, "TXT"))?.values).toEqual(["MS=ms1", "v=spf1 mx -all"]);
    expect(await everyAnswer(without)).toEqual(before);
    // It exists now: nothing more is written with the next change.
    const mx = await plan({ name, type: "MX", ttl: 60, values: [TENANT], mode: "exact" });
    await applyUpdate(target(), mx);
    expect((await read(name, "MX"))?.values).toEqual([TENANT]);
    expect(await answer("any.sales.cover", "MX")).toBe("NOERROR, MX 10 mail.contoso.test");
  });

  test("a set whose TTL alone changes is a wildcard's no more, and the other sets stay", async () => {
    const before = await everyAnswer([]);
    const name = `sales.cover.${ZONE}`;
    const mx = await plan({ name, type: "MX", ttl: 60, values: ["10 mail.contoso.test"], mode: "exact" });
    await applyUpdate(target(), mx);
    expect((await read(name, "MX"))?.ttl).toBe(60);
    expect(await everyAnswer([])).toEqual(before);
  });

  test("names between come into existence too, and keep their answers", async () => {
    const before = await everyAnswer([]);
    const name = `autodiscover.sales.cover.${ZONE}`;
    await applyUpdate(
      target(),
      await plan({ name, type: "CNAME", values: ["autodiscover.outlook.com"], mode: "exact" }),
    );
    expect((await read(name, "CNAME"))?.values).toEqual(["autodiscover.outlook.com"]);
    expect(await everyAnswer([])).toEqual(before);
  });

  test("what cannot stand beside a wildcard's CNAME is refused before anything is written", async () => {
    const change = await plan({ name: `x.alias.${ZONE}`, type: "TXT", values: ["MS=ms1"], mode: "merge" });
    expect(await codesOf(applyUpdate(target(), change))).toEqual(["dns-wildcard-hidden"]);
    expect(await answer("x.alias", "A")).toBe("NOERROR, CNAME mail.contoso.test, A 192.0.2.1");
  });

  test("two TXT records that read alike both stay when something joins them", async () => {
    const name = `twice.${ZONE}`;
    const cut = { name, type: "TXT", ttl: 60, value: "ab" } as const;
    expect(
      await rawUpdate(
        [],
        [
          { kind: "add", record: { ...cut, chunks: [Buffer.from("a"), Buffer.from("b")] } },
          { kind: "add", record: { ...cut, chunks: [Buffer.from("ab")] } },
        ],
        "tcp",
      ),
    ).toBe("NOERROR");
    await applyUpdate(target(), await plan({ name, type: "TXT", values: ["MS=ms1"], mode: "merge" }));
    const { records } = await readFromServer(running.server, name, "TXT");
    expect(records.map(({ chunks }) => chunks?.map(String).join("+")).sort()).toEqual([
      "MS=ms1",
      "a+b",
      "ab",
    ]);
  });

  const proving = [
    { name: ZONE, type: "MX" },
    { name: ZONE, type: "TXT" },
    { name: `autodiscover.${ZONE}`, type: "CNAME" },
    { name: `autodiscover.${ZONE}`, type: "A" },
  ] as const;
  const serialNow = async () => (await query(running.server, ZONE, "SOA")).records[0]?.value;

  test("the key and its rights are proved by updates that change nothing", async () => {
    const before = await serialNow();
    expect(await proveUpdates(target(), proving)).toEqual([]);
    const [mx, cname, a] = await proveUpdates(target(keys.txtOnly), proving);
    expect([mx, cname, a].map((problem) => `${problem?.code} ${problem?.subject}`)).toEqual([
      `dns-refused MX ${ZONE}`,
      `dns-refused CNAME autodiscover.${ZONE}`,
      `dns-refused A autodiscover.${ZONE}`,
    ]);
    expect(mx?.hint).toContain("update-policy { grant");
    const wrong = { ...keys.sha256, secret: keys.sha512.secret };
    expect((await proveUpdates(target(wrong), proving)).map(({ code }) => code)).toEqual(["dns-badsig"]);
    const unknown = { ...keys.sha256, name: "nobody" };
    expect((await proveUpdates(target(unknown), proving)).map(({ code }) => code)).toEqual(["dns-badkey"]);
    expect(await serialNow()).toBe(before);
    expect((await read(ZONE, "MX"))?.values).toHaveLength(2);
  });

  test("a signed question is answered with a signature, and a wrong one is told", async () => {
    for (const transport of ["udp", "tcp"] as const)
      expect((await query(running.server, ZONE, "MX", { key: keys.sha384, transport })).records).toHaveLength(
        2,
      );
    const wrong = { ...keys.sha256, secret: keys.sha512.secret };
    expect(await codesOf(query(running.server, ZONE, "MX", { key: wrong }))).toEqual(["dns-badsig"]);
  });

  test("a wildcard's answer is not something that can be removed", async () => {
    const removal = await plan({ name: `x.wild.${ZONE}`, type: "A", values: [], mode: "exact" });
    expect(await codesOf(applyUpdate(target(), removal))).toEqual(["dns-wildcard"]);
  });

  const mxChange = () => plan({ name: ZONE, type: "MX", ttl: 3600, values: [TENANT], mode: "exact" });
  const untouched = async () => expect((await read(ZONE, "MX"))?.ttl).toBe(86_400);

  test("a wrong secret is BADSIG", async () => {
    const wrong = { ...keys.sha256, secret: keys.sha512.secret };
    const failed = applyUpdate(target(wrong), await mxChange());
    await expect(failed).rejects.toThrow(/NOTAUTH BADSIG 16/);
    expect(await codesOf(failed)).toEqual(["dns-badsig"]);
    await expect(failed).rejects.not.toThrow(wrong.secret);
    await untouched();
  });

  test.each([
    ["an unknown key", { ...keys.sha256, name: "nobody" }],
    ["a known key with another algorithm", { ...keys.sha256, algorithm: "hmac-sha512" as const }],
  ])("%s is BADKEY", async (_what, key) => {
    const failed = applyUpdate(target(key), await mxChange());
    await expect(failed).rejects.toThrow(/NOTAUTH BADKEY 17/);
    await untouched();
  });

  test.each([
    ["ahead", 3600_000],
    ["behind", -3600_000],
  ])("a clock an hour %s is BADTIME, and the message says by how much", async (direction, shift) => {
    const now = () => new Date(Date.now() + shift);
    const failed = applyUpdate(target(keys.sha256, { now }), await mxChange());
    await expect(failed).rejects.toThrow(new RegExp(`(3599|3600|3601) s ${direction}.*BADTIME 18`));
    await untouched();
  });

  test("a type the key may not change is REFUSED", async () => {
    expect(await codesOf(applyUpdate(target(keys.txtOnly), await mxChange()))).toEqual(["dns-refused"]);
    await untouched();
    await applyUpdate(
      target(keys.txtOnly),
      await plan({ name: ZONE, type: "TXT", values: ["ok"], mode: "merge" }),
    );
  });

  test("an unsigned update is REFUSED", async () => {
    const failed = applyUpdate({ server: running.server, zone: ZONE }, await mxChange());
    expect(await codesOf(failed)).toEqual(["dns-refused"]);
    await untouched();
  });

  test("a zone the server does not serve is NOTAUTH", async () => {
    expect(await codesOf(applyUpdate(target(keys.sha256, { zone: "test" }), await mxChange()))).toEqual([
      "dns-notauth",
    ]);
  });

  test("a record outside the zone is not sent at all", async () => {
    const failed = applyUpdate(target(keys.sha256, { zone: `sub.${ZONE}` }), await mxChange());
    expect(await codesOf(failed)).toEqual(["dns-notzone"]);
  });

  test("a name with an umlaut is written in A-labels", async () => {
    await applyUpdate(
      target(),
      await plan({ name: `prüfung.${ZONE}`, type: "TXT", values: ["größe=1"], mode: "exact" }),
    );
    expect(await read(`xn--prfung-4ya.${ZONE}`, "TXT")).toMatchObject({
      name: "xn--prfung-4ya.contoso.test",
      values: ["größe=1"],
    });
  });

  /** The server's own answer to an update that our client would never send. */
  const rawUpdate = async (prerequisites: Prerequisite[], steps: UpdateStep[], transport: "udp" | "tcp") => {
    const signed = signMessage(encodeUpdate(ZONE, prerequisites, steps), keys.sha256, new Date());
    const reply = await exchange(running.server, signed.message, transport, 2000);
    expect(verifyMessage(reply, [keys.sha256], new Date(), signed.mac).kind).toBe("good");
    return rcodeName(decodeMessage(reply).flags);
  };
  const mx = (value: string): DnsRecord => ({ name: ZONE, type: "MX", ttl: 60, value });
  const add: UpdateStep = {
    kind: "add",
    record: { name: `race.${ZONE}`, type: "TXT", ttl: 60, value: "won" },
  };

  test.each<[string, string, Prerequisite[]]>([
    [
      "values that are there",
      "NOERROR",
      [{ kind: "equals", records: [mx("20 backup.contoso.test"), mx("10 MAIL.contoso.test")] }],
    ],
    ["only some of the values", "NXRRSET", [{ kind: "equals", records: [mx("10 mail.contoso.test")] }]],
    [
      "another preference",
      "NXRRSET",
      [{ kind: "equals", records: [mx("11 mail.contoso.test"), mx("20 backup.contoso.test")] }],
    ],
    ["a set that is there to be absent", "YXRRSET", [{ kind: "absent", name: ZONE, type: "MX" }]],
    ["a set that is not there to be absent", "NOERROR", [{ kind: "absent", name: ZONE, type: "A" }]],
    ["a name outside the zone", "NOTZONE", [{ kind: "absent", name: "fabrikam.test", type: "A" }]],
  ])(
    "a prerequisite of %s is %s, and the update is done or not accordingly",
    async (_what, rcode, prerequisites) => {
      expect(await rawUpdate(prerequisites, [add], "udp")).toBe(rcode);
      expect((await read(`race.${ZONE}`, "TXT"))?.values).toEqual(rcode === "NOERROR" ? ["won"] : undefined);
    },
  );

  test("a prerequisite compares the strings of a TXT, not the text they make", async () => {
    const stored: DnsRecord = {
      name: `cut.${ZONE}`,
      type: "TXT",
      ttl: 60,
      value: "onetwo",
      chunks: [Buffer.from("one"), Buffer.from("two")],
    };
    expect(await rawUpdate([], [{ kind: "add", record: stored }], "tcp")).toBe("NOERROR");
    const { chunks: _, ...joined } = stored;
    expect(await rawUpdate([{ kind: "equals", records: [joined] }], [add], "tcp")).toBe("NXRRSET");
    // Our own client reads the strings first, so it is not misled, and keeps them when it adds beside them.
    await applyUpdate(
      target(),
      await plan({ name: `cut.${ZONE}`, type: "TXT", values: ["three"], mode: "merge" }),
    );
    const { records } = await readFromServer(running.server, `cut.${ZONE}`, "TXT");
    expect(records.map(({ chunks }) => chunks?.map(String)).sort()).toEqual([["one", "two"], ["three"]]);
  });

  test("a record outside the zone makes the whole update NOTZONE", async () => {
    const outside: UpdateStep = {
      kind: "add",
      record: { name: "fabrikam.test", type: "TXT", ttl: 60, value: "x" },
    };
    expect(await rawUpdate([], [add, outside], "tcp")).toBe("NOTZONE");
    expect(await read(`race.${ZONE}`, "TXT")).toBeUndefined();
  });

  (tools.nsupdate === undefined ? test.skip : test)("BIND's own nsupdate is understood", async () => {
    const script = [
      `server ${running.server.address} ${running.server.port}`,
      `key ${keys.sha512.algorithm}:${keys.sha512.name} ${keys.sha512.secret}`,
      `zone ${ZONE}`,
      `prereq yxrrset ${ZONE} MX`,
      `update delete ${ZONE} MX 20 backup.${ZONE}.`,
      `update add ${ZONE} 900 MX 0 mail.${ZONE}.`,
      "send",
      "",
    ].join("\n");
    const run = promisify(execFile)(tools.nsupdate ?? "", ["-v"]);
    run.child.stdin?.end(script);
    await run;
    expect(await read(ZONE, "MX")).toEqual({
      name: ZONE,
      type: "MX",
      ttl: 900,
      values: ["0 mail.contoso.test", "10 mail.contoso.test"],
    });
  });
}
