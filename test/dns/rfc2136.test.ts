import fc from "fast-check";
import { startDnsServer } from "../../lab/dns/index.js";
import { listen } from "../../lab/dns/listener.js";
import { MailstageError } from "../../src/base/problem.js";
import { applyUpdate, planRecordSet, type RecordSet, type TsigAlgorithm } from "../../src/dns/index.js";
import { type FailureContext, updateFailure } from "../../src/dns/rfc2136/failures.js";
import { decodeMessage, encodeUpdate } from "../../src/dns/rfc2136/message.js";
import { signMessage, verifyMessage } from "../../src/dns/rfc2136/tsig.js";
import { exchange } from "../../src/dns/transport.js";
import { type DnsRecord, rdataOf, txtChunks, txtText } from "../../src/dns/wire.js";

const ZONE = "contoso.test";
const key = {
  name: "mig",
  algorithm: "hmac-sha256",
  secret: Buffer.alloc(32, 7).toString("base64"),
} as const;
const mx: RecordSet = { name: ZONE, type: "MX", ttl: 1800, values: ["10 mail.contoso.test"] };
const at = new Date("2026-11-02T08:00:00Z");

describe("messages", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 700 });

  test("an update is decoded to what was encoded", () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 65_535 }), fc.nat({ max: 2_000_000 }), (value, preference, ttl) => {
        const records: DnsRecord[] = [
          { name: `a.${ZONE}`, type: "TXT", ttl, value },
          { name: ZONE, type: "MX", ttl, value: `${preference} mail.${ZONE}` },
        ];
        const message = decodeMessage(
          encodeUpdate(
            ZONE,
            [{ kind: "equals", records }],
            records.map((record) => ({ kind: "add", record })),
          ),
        );
        expect(message.question).toEqual({ name: ZONE, type: 6, class: 1 });
        const data = records.map((record) => rdataOf(record).toString("hex"));
        expect(message.answers.map(({ rdata }) => rdata.toString("hex"))).toEqual(data);
        expect(message.authorities.map(({ rdata }) => rdata.toString("hex"))).toEqual(data);
        expect(message.authorities.map((record) => record.ttl)).toEqual([ttl, ttl]);
      }),
      { numRuns: 200 },
    );
  });

  test("a TXT is cut into strings of at most 255 octets and joined again", () => {
    fc.assert(
      fc.property(text, (value) => {
        const chunks = txtChunks(value);
        expect(chunks.every(({ length }) => length <= 255)).toBe(true);
        expect(txtText(chunks)).toBe(value);
      }),
      { numRuns: 200 },
    );
  });

  test("octets that are no UTF-8 are kept apart from each other", () => {
    expect(txtText([Buffer.from([0xff])])).not.toBe(txtText([Buffer.from([0xfe])]));
  });
});

describe("signatures", () => {
  const message = encodeUpdate(ZONE, [], [{ kind: "delete", name: ZONE, type: "MX" }]);

  test.each<TsigAlgorithm>(["hmac-sha256", "hmac-sha384", "hmac-sha512"])("%s is verified", (algorithm) => {
    const signer = { ...key, algorithm };
    const signed = signMessage(message, signer, at);
    expect(verifyMessage(signed.message, [signer], at).kind).toBe("good");
    expect(verifyMessage(signed.message, [key, signer], at)).toMatchObject({
      kind: "good",
      key: { algorithm },
    });
  });

  test("any bit that is changed spoils it", () => {
    const signed = signMessage(message, key, at).message;
    const verdict = (changed: Buffer) => {
      try {
        return verifyMessage(changed, [key], at).kind;
      } catch {
        return "malformed";
      }
    };
    // The id in the header may change on the way (the original one is signed), and names are signed in lower case.
    const lowerCase = (octets: Buffer) => octets.toString("latin1", 2).toLowerCase();
    for (let bit = 16; bit < signed.length * 8; bit += 1) {
      const changed = Buffer.from(signed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      if (verdict(changed) === "good") expect([bit, lowerCase(changed)]).toEqual([bit, lowerCase(signed)]);
    }
  });

  test("a reply is bound to its request", () => {
    const request = signMessage(message, key, at);
    const reply = signMessage(message, key, at, { requestMac: request.mac });
    expect(verifyMessage(reply.message, [key], at, request.mac).kind).toBe("good");
    expect(verifyMessage(reply.message, [key], at, Buffer.alloc(32))).toMatchObject({
      kind: "bad",
      error: "BADSIG",
    });
  });

  test.each([
    [299, "good"],
    [300, "good"],
    [301, "bad"],
    [-300, "good"],
    [-301, "bad"],
  ])("%p s later it is %s", (seconds, kind) => {
    const signed = signMessage(message, key, at).message;
    expect(verifyMessage(signed, [key], new Date(at.getTime() + seconds * 1000)).kind).toBe(kind);
  });
});

describe("failures", () => {
  const context: FailureContext = {
    subject: "MX contoso.test",
    server: "10.0.0.1",
    zone: ZONE,
    keyName: "mig",
    at,
  };
  const unsigned = { kind: "unsigned" } as const;

  test.each([
    ["REFUSED", "dns-refused", /update-policy/],
    ["NOTAUTH", "dns-notauth", /dns\.server/],
    ["NOTZONE", "dns-notzone", /dns\.zone/],
    ["NXRRSET", "record-changed", /preview again/],
    ["YXRRSET", "record-changed", /preview again/],
    ["SERVFAIL", "dns-servfail", /log/],
    ["NOTIMP", "dns-notimp", /manual/],
    ["NOERROR", "dns-reply-forged", /stands between/],
  ])("%s is %s with its remedy", (rcode, code, hint) => {
    expect(updateFailure(rcode, unsigned, context)).toMatchObject({
      code,
      status: rcode,
      hint: expect.stringMatching(hint),
    });
  });

  test("a done update that was not to be signed is no failure", () => {
    expect(updateFailure("NOERROR", unsigned, { ...context, keyName: undefined })).toBeUndefined();
  });
});

describe("a reply that is not the server's", () => {
  /** Stands between client and server, and changes the replies to updates. */
  async function through(change: (reply: Buffer) => Buffer): Promise<string> {
    const server = await startDnsServer({ zones: [{ name: ZONE, records: [mx] }], keys: [key] });
    const between = await listen("127.0.0.1", 0, async (message, transport) => {
      const reply = await exchange(server, message, transport, 1000);
      return (message.readUInt16BE(2) & 0x7800) === 0x2800 ? change(Buffer.from(reply)) : reply;
    });
    try {
      const wanted = planRecordSet(mx, { ...mx, ttl: 60, mode: "exact" });
      await applyUpdate({ server: between, zone: ZONE, key }, wanted);
      return "done";
    } catch (error) {
      if (error instanceof MailstageError) return error.code;
      throw error;
    } finally {
      await Promise.all([between.close(), server.close()]);
    }
  }

  test("is let through unchanged", async () => {
    expect(await through((reply) => reply)).toBe("done");
  });

  test("is noticed when it is changed", async () => {
    const changed = (reply: Buffer) => {
      reply.writeUInt16BE(reply.readUInt16BE(2) | 5, 2);
      return reply;
    };
    expect(await through(changed)).toBe("dns-reply-forged");
  });

  test("is noticed when its signature is gone", async () => {
    const stripped = (reply: Buffer) => {
      const { lastRecordAt } = decodeMessage(reply);
      reply.writeUInt16BE(0, 10);
      return reply.subarray(0, lastRecordAt);
    };
    expect(await through(stripped)).toBe("dns-reply-forged");
  });

  test("is noticed when it cannot be read", async () => {
    expect(await through((reply) => reply.subarray(0, 20))).toBe("dns-malformed");
  });
});

test("no message stops the lab's server", async () => {
  const server = await startDnsServer({ zones: [{ name: ZONE, records: [mx] }], keys: [key] });
  const good = signMessage(
    encodeUpdate(ZONE, [], [{ kind: "delete", name: `x.${ZONE}`, type: "A" }]),
    key,
    at,
  ).message;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }).map((octets) => Buffer.from(octets)),
          fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })).map(([place, octet]) => {
            const changed = Buffer.from(good);
            changed.writeUInt8(octet, place);
            return changed;
          }),
        ),
        async (message) => {
          await exchange(server, message, "udp", 3).catch((error: unknown) =>
            expect(error).toBeInstanceOf(Error),
          );
        },
      ),
      { numRuns: 150 },
    );
    const question = Buffer.from("00010000000100000000000007636f6e746f736f047465737400000f0001", "hex");
    expect((await exchange(server, question, "udp", 1000)).readUInt16BE(6)).toBe(1);
  } finally {
    await server.close();
  }
});
