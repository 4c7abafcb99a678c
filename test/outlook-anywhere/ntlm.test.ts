import { md4 } from "../../src/on-premises/outlook-anywhere/md4.js";
import {
  authenticateMessage,
  negotiateMessage,
  ntlmV2Key,
  ntResponse,
  readChallenge,
} from "../../src/on-premises/outlook-anywhere/ntlm.js";

// RFC 1320, appendix A.5.
test.each([
  ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
  ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
  ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
  ["message digest", "d9130a8164549fe818874806e1c7014b"],
  ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "e33b4ddc9c38f2199c3e7b164fcc0536",
  ],
])("MD4 of %j is the RFC's", (text, digest) => {
  expect(md4(Buffer.from(text)).toString("hex")).toBe(digest);
});

describe("NTLMv2, by the example of MS-NLMP 4.2.4", () => {
  const account = { domain: "Domain", user: "User", password: "Password" };
  const serverChallenge = Buffer.from("0123456789abcdef", "hex");
  const clientChallenge = Buffer.alloc(8, 0xaa);
  const targetInfo = Buffer.from(
    "02000c0044006f006d00610069006e0001000c00530065007200760065007200" + "00000000",
    "hex",
  );
  const challenge = { serverChallenge, targetInfo };

  test("the key is NTOWFv2", () => {
    expect(ntlmV2Key(account).toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
  });

  test("the proof and what it proves are the example's", () => {
    const response = ntResponse(ntlmV2Key(account), challenge, clientChallenge, Buffer.alloc(8));
    expect(response.subarray(0, 16).toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(response.subarray(16).toString("hex")).toBe(
      `01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000${targetInfo.toString("hex")}00000000`,
    );
  });

  test("the message carries LMv2, the response, the domain and the user, and no password", () => {
    const message = authenticateMessage(account, challenge, { clientChallenge, time: new Date(0) });
    const field = (at: number): Buffer => {
      const offset = message.readUInt32LE(at + 4);
      return message.subarray(offset, offset + message.readUInt16LE(at));
    };
    expect(message.toString("latin1", 0, 8)).toBe("NTLMSSP\0");
    expect(field(12).toString("hex")).toBe("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
    expect(field(20).readBigUInt64LE(24)).toBe(116_444_736_000_000_000n);
    expect(field(28).toString("utf16le")).toBe("Domain");
    expect(field(36).toString("utf16le")).toBe("User");
    expect(message.includes(Buffer.from("Password", "utf16le"))).toBe(false);
  });

  test("a server that sends its time gets it back, and no LM response", () => {
    const time = Buffer.from("0102030405060708", "hex");
    const withTime = Buffer.concat([Buffer.from("07000800", "hex"), time, Buffer.alloc(4)]);
    const message = authenticateMessage(account, { serverChallenge, targetInfo: withTime });
    const nt = message.readUInt32LE(24);
    expect(message.subarray(message.readUInt32LE(16), message.readUInt32LE(16) + 24)).toEqual(
      Buffer.alloc(24),
    );
    expect(message.subarray(nt + 24, nt + 32)).toEqual(time);
  });
});

test("a message that is no challenge is not read as one", () => {
  const tooOld = Buffer.alloc(48);
  tooOld.write("NTLMSSP\0", "latin1");
  tooOld.writeUInt32LE(2, 8);
  const beyondItsEnd = Buffer.from(tooOld);
  beyondItsEnd.writeUInt16LE(8, 40);
  beyondItsEnd.writeUInt32LE(44, 44);
  for (const message of [Buffer.alloc(0), negotiateMessage(), tooOld, beyondItsEnd])
    expect(readChallenge(message)).toBeUndefined();
});
