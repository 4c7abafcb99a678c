import type * as packet from "dns-packet";
import fc from "fast-check";
import { applyUpdate, planRecordSet, type RecordType, readFromServer } from "../../src/dns/index.js";
import { typeCodes } from "../../src/dns/wire.js";
import { thorough } from "../engine/attempts.js";
import { type HostileDns, rawAnswer, startHostileDns, trueAnswer } from "./hostile-dns.js";
import { named } from "./named-failure.js";

const name = "contoso.com";
const truth: Readonly<Record<RecordType, packet.Answer[]>> = {
  MX: [{ name, type: "MX", ttl: 300, data: { preference: 10, exchange: "mail.contoso.com" } }],
  TXT: [{ name, type: "TXT", ttl: 300, data: ["v=spf1 mx -all", "more"] }],
  CNAME: [{ name, type: "CNAME", ttl: 300, data: "autodiscover.outlook.com" }],
  A: [{ name, type: "A", ttl: 300, data: "192.0.2.1" }],
  AAAA: [{ name, type: "AAAA", ttl: 300, data: "2001:db8::1" }],
  NS: [{ name, type: "NS", ttl: 300, data: "ns1.contoso.com" }],
  SOA: [
    {
      name,
      type: "SOA",
      ttl: 300,
      data: { mname: "ns1.contoso.com", rname: "host.contoso.com", serial: 7, minimum: 60 },
    },
  ],
};
const types: readonly RecordType[] = ["MX", "TXT", "CNAME", "A", "AAAA", "NS", "SOA"];

describe("DNS answers that are not as they should be", () => {
  let dns: HostileDns;
  const count = { cases: 0, refused: 0 };
  beforeAll(async () => {
    dns = await startHostileDns();
  });
  afterAll(async () => {
    process.stdout.write(`hostile DNS: ${count.cases} answers, ${count.refused} of them refused by name\n`);
    await dns?.close();
  });

  const read = (type: RecordType, transport: "udp" | "tcp" = "udp") =>
    named(readFromServer(dns, name, type, { timeoutMs: 400, attempts: 1, transport }));
  const refusedBecause = (reason: RegExp) => ({ failure: expect.stringMatching(reason) });
  const label = /DNS server 127\.0\.0\.1:\d+/.source;

  test.each(types)(
    "%s: octets changed, cut off or put in anywhere",
    async (type) => {
      // Its id and the bit that marks an answer stay: anything else would not be heard.
      const damage = fc.record({
        at: fc.nat({ max: 200 }),
        how: fc.constantFrom("cut", "put in", "change"),
        octets: fc.uint8Array({ minLength: 1, maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
          dns.answer((request) => {
            let reply = trueAnswer(request, truth[type]);
            for (const { at, how, octets } of damages) {
              const place = 3 + (at % (reply.length - 3));
              const rest =
                how === "cut" ? [] : [octets, reply.subarray(place + (how === "change" ? octets.length : 0))];
              reply = Buffer.concat([reply.subarray(0, place), ...rest]);
            }
            const whole = Buffer.alloc(Math.max(12, reply.length));
            reply.copy(whole);
            return whole;
          });
          count.cases += 1;
          if ("failure" in (await read(type))) count.refused += 1;
        }),
        { numRuns: thorough ? 3000 : 60, endOnFailure: true },
      );
    },
    600_000,
  );

  test.each<[string, RecordType, Buffer]>([
    ["an address of no octets", "A", Buffer.alloc(0)],
    ["an address of three", "A", Buffer.from([1, 2, 3])],
    ["an MX of one octet", "MX", Buffer.from([1])],
    ["an MX without a host", "MX", Buffer.from([0, 10])],
    ["a name that is cut off", "CNAME", Buffer.from([63, 97])],
    ["a name that points at itself", "CNAME", Buffer.from([0xc0, 41])],
    ["a name that points past the end", "NS", Buffer.from([0xff, 0xff])],
    ["a label of a reserved kind", "NS", Buffer.from([0x80, 0])],
    ["text that is longer than its record", "TXT", Buffer.from([200, 97, 98])],
    ["a zone's start without its numbers", "SOA", Buffer.from([0, 0, 1])],
  ])("%s is a failure by name, or no record at all", async (_name, type, rdata) => {
    dns.answer((request) => rawAnswer(request, typeCodes[type], rdata));
    const outcome = await read(type);
    if ("failure" in outcome) expect(outcome.failure).toMatch(/DNS server|contoso\.com|"/);
    else expect(outcome.result.set?.values ?? []).toEqual([]);
  });

  test.each<[string, (request: Buffer) => Buffer, RegExp]>([
    [
      "garbage",
      (request) => Buffer.concat([request.subarray(0, 2), Buffer.alloc(40, 0xa5)]),
      /cannot be read|answers /,
    ],
    ["more records than it has", (request) => trueAnswer(request, []).fill(0xff, 6, 12), /cannot be read/],
    [
      "about another name",
      // All but its id, which may hold that octet too.
      (request) =>
        Buffer.from(trueAnswer(request, []).map((octet, at) => (at >= 2 && octet === 0x6f ? 0x78 : octet))),
      /answered for MX cxntxsx\.cxm/,
    ],
    [
      "about another type",
      (request) => {
        const reply = trueAnswer(request, []);
        reply.writeUInt16BE(typeCodes.TXT, reply.length - 4);
        return reply;
      },
      /answered for TXT contoso\.com when asked for MX contoso\.com/,
    ],
    [
      "written for a terminal",
      (request) => {
        const reply = trueAnswer(request, []);
        reply.write("\u001b[2J\u0000", 13);
        return reply;
      },
      /answered for MX \[2j/,
    ],
    [
      "of a time to live of 136 years",
      (request) => rawAnswer(request, typeCodes.MX, Buffer.from([0, 10, 1, 97, 0]), 0xffff_ffff),
      /TTL 4294967295/,
    ],
  ])("an answer that is %s is refused and said to be so", async (_name, reply, reason) => {
    dns.answer(reply);
    expect(await read("MX")).toEqual(refusedBecause(reason));
  });

  test("an answer with another's id is not heard", async () => {
    dns.answer((request) => {
      const reply = trueAnswer(request, truth.MX);
      reply.writeUInt16BE((reply.readUInt16BE(0) + 1) & 0xffff, 0);
      return reply;
    });
    expect(await read("MX")).toEqual(refusedBecause(new RegExp(`${label}: did not answer within 400 ms`)));
    expect(await read("MX", "tcp")).toEqual(refusedBecause(/belongs to another question/));
  });

  test("one that is cut off within a record is asked for again by TCP; cut off there too, it is refused", async () => {
    const cutOff = (request: Buffer) => {
      const reply = trueAnswer(request, truth.MX).subarray(0, -3);
      reply.writeUInt8(reply.readUInt8(2) | 0x02, 2);
      return reply;
    };
    dns.answer((request, transport) =>
      transport === "udp" ? cutOff(request) : trueAnswer(request, truth.MX),
    );
    expect(await read("MX")).toMatchObject({ result: { set: { values: ["10 mail.contoso.com"] } } });
    dns.answer(cutOff);
    expect(await read("MX")).toEqual(refusedBecause(new RegExp(`${label}: .*cut off, over TCP too`)));
  });

  test("an answer that is promised and does not come ends with the time that was given", async () => {
    dns.answer(() => undefined);
    expect(await read("MX", "tcp")).toEqual(refusedBecause(/did not answer within 400 ms/));
  });

  test("CNAMEs that lead in a circle are not followed, and are no record of another type", async () => {
    dns.answer((request) =>
      trueAnswer(request, [
        { name, type: "CNAME", ttl: 300, data: "other.contoso.com" },
        { name: "other.contoso.com", type: "CNAME", ttl: 300, data: name },
      ]),
    );
    expect(await read("A")).toMatchObject({ result: { set: undefined } });
  });

  test("two CNAMEs at one name are refused", async () => {
    const [first] = truth.CNAME;
    dns.answer((request) =>
      trueAnswer(request, [
        ...(first ? [first] : []),
        { name, type: "CNAME", ttl: 300, data: "b.contoso.com" },
      ]),
    );
    expect(await read("CNAME")).toEqual(refusedBecause(/CNAME contoso\.com: has 2 values/));
  });

  test("60,000 octets of text are read to the last", async () => {
    const data = Array.from({ length: 235 }, (_, index) => String(index).padStart(254, "x"));
    dns.answer((request) => trueAnswer(request, [{ name, type: "TXT", ttl: 300, data }]));
    expect(await read("TXT", "tcp")).toMatchObject({ result: { set: { values: [data.join("")] } } });
  });

  test("a reply to an update that cannot be read is a failure by name", async () => {
    const change = planRecordSet(undefined, {
      name: `autodiscover.${name}`,
      type: "CNAME",
      values: ["autodiscover.outlook.com"],
      mode: "exact",
      owned: [],
      ttl: 300,
    });
    const secret = Buffer.alloc(32, 7).toString("base64");
    const key = { name: "mig", algorithm: "hmac-sha256", secret } as const;
    for (const tail of [Buffer.alloc(0), Buffer.alloc(300, 0xff), Buffer.alloc(300)]) {
      dns.answer((request) => {
        if (((request.readUInt8(2) >> 3) & 15) !== 5) return trueAnswer(request, []);
        const head = Buffer.from(request.subarray(0, 12));
        head.writeUInt8(head.readUInt8(2) | 0x80, 2);
        return Buffer.concat([head, tail]);
      });
      const work = applyUpdate({ server: dns, zone: name, key, timeoutMs: 400 }, [change]);
      expect(await named(work)).toEqual(refusedBecause(new RegExp(`${label}|autodiscover\\.contoso\\.com`)));
    }
  });
});
