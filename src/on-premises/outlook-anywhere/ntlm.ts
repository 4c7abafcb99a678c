import { createHmac, randomBytes } from "node:crypto";
import { md4 } from "./md4.js";

/** Who logs on, as NTLM wants it: `CONTOSO\admin` in two parts, an e-mail address as the user with no domain. */
export interface NtlmAccount {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** What the server's CHALLENGE_MESSAGE says (MS-NLMP 2.2.1.2). */
export interface NtlmChallenge {
  readonly serverChallenge: Buffer;
  readonly targetInfo: Buffer;
}

const signature = Buffer.from("NTLMSSP\0", "latin1");
/** Unicode, request target, NTLM, always sign, extended session security, 128 and 56 bits (MS-NLMP 2.2.2.5). */
const flags = 0xa0088205;
/** Seconds between 1601, where Windows counts from, and 1970. */
const epochGap = 11_644_473_600n;

/** NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), which names neither domain nor workstation. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(flags, 12);
  return message;
}

/** Reads a CHALLENGE_MESSAGE; `undefined` when it is not one, or one of a server too old for NTLMv2. */
export function readChallenge(message: Buffer): NtlmChallenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(signature) || message.readUInt32LE(8) !== 2)
    return undefined;
  const length = message.readUInt16LE(40);
  const offset = message.readUInt32LE(44);
  if (length === 0 || offset + length > message.length) return undefined;
  return {
    serverChallenge: message.subarray(24, 32),
    targetInfo: message.subarray(offset, offset + length),
  };
}

/**
 * AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) with NTLMv2 responses only: the older ones are not sent, because they give
 * the password away.
 * @param nonce the client's eight random bytes and the time; given only by tests
 */
export function authenticateMessage(
  account: NtlmAccount,
  challenge: NtlmChallenge,
  nonce: { clientChallenge: Buffer; time: Date } = { clientChallenge: randomBytes(8), time: new Date() },
): Buffer {
  const timestamp = timestampOf(challenge.targetInfo);
  const key = ntlmV2Key(account);
  const nt = ntResponse(key, challenge, nonce.clientChallenge, timestamp ?? fileTime(nonce.time));
  // A server that sends its time wants no LM response (MS-NLMP 3.1.5.1.2).
  const lm =
    timestamp === undefined
      ? Buffer.concat([hmac(key, challenge.serverChallenge, nonce.clientChallenge), nonce.clientChallenge])
      : Buffer.alloc(24);
  const header = Buffer.alloc(64);
  signature.copy(header);
  header.writeUInt32LE(3, 8);
  header.writeUInt32LE(flags, 60);
  const fields = [lm, nt, utf16(account.domain), utf16(account.user), Buffer.alloc(0), Buffer.alloc(0)];
  let end = header.length;
  fields.forEach((field, index) => {
    const at = 12 + index * 8;
    header.writeUInt16LE(field.length, at);
    header.writeUInt16LE(field.length, at + 2);
    header.writeUInt32LE(end, at + 4);
    end += field.length;
  });
  return Buffer.concat([header, ...fields]);
}

/** NTOWFv2 (MS-NLMP 3.3.2). */
export function ntlmV2Key(account: NtlmAccount): Buffer {
  return hmac(md4(utf16(account.password)), utf16(account.user.toUpperCase() + account.domain));
}

/** NTLMv2_RESPONSE (MS-NLMP 3.3.2): the proof, then what it proves. */
export function ntResponse(
  key: Buffer,
  challenge: NtlmChallenge,
  clientChallenge: Buffer,
  time: Buffer,
): Buffer {
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    clientChallenge,
    Buffer.alloc(4),
    challenge.targetInfo,
    Buffer.alloc(4),
  ]);
  return Buffer.concat([hmac(key, challenge.serverChallenge, blob), blob]);
}

/** The server's own time among its AV pairs (MsvAvTimestamp, MS-NLMP 2.2.2.1). */
function timestampOf(targetInfo: Buffer): Buffer | undefined {
  let at = 0;
  while (at + 4 <= targetInfo.length) {
    const id = targetInfo.readUInt16LE(at);
    const length = targetInfo.readUInt16LE(at + 2);
    if (id === 0) return undefined;
    if (id === 7 && length === 8 && at + 12 <= targetInfo.length) return targetInfo.subarray(at + 4, at + 12);
    at += 4 + length;
  }
  return undefined;
}

function fileTime(time: Date): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(time.getTime()) + epochGap * 1000n) * 10_000n);
  return bytes;
}

function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const mac = createHmac("md5", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
