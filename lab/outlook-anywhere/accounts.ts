import { randomBytes } from "node:crypto";
import { ntlmV2Key, ntResponse } from "../../src/on-premises/outlook-anywhere/ntlm.js";

/** A user of the on-premises domain. */
export interface FrontAccount {
  /** `DOMAIN\user` or an e-mail address. */
  readonly username: string;
  readonly password: string;
}

/**
 * The account a user name means, without regard to case. `CONTOSO\admin` and `admin@contoso.com` are the same one: the
 * short name of a domain is its first label.
 */
export function accountOf(accounts: readonly FrontAccount[], username: string): FrontAccount | undefined {
  const wanted = canonical(username);
  return accounts.find((account) => canonical(account.username) === wanted);
}

function canonical(username: string): string {
  const [, domain, user] = /^([^\\]+)\\(.+)$/.exec(username) ?? [];
  if (domain !== undefined && user !== undefined)
    return `${user}@${domain.split(".")[0] ?? ""}`.toLowerCase();
  const at = username.lastIndexOf("@");
  if (at < 0) return username.toLowerCase();
  return `${username.slice(0, at)}@${username.slice(at + 1).split(".")[0] ?? ""}`.toLowerCase();
}

/** Where an `Authorization` header leads: to an account, to the next message of NTLM, or nowhere. */
export type Authorization =
  | { readonly kind: "account"; readonly account: FrontAccount }
  | { readonly kind: "challenge"; readonly token: string }
  | { readonly kind: "refused" };

/** The authentication of one connection; NTLM needs its state between two requests. */
export class ConnectionAuthentication {
  readonly #accounts: readonly FrontAccount[];
  #challenge: { serverChallenge: Buffer; targetInfo: Buffer } | undefined;

  constructor(accounts: readonly FrontAccount[]) {
    this.#accounts = accounts;
  }

  read(header: string | undefined, offered: readonly ("Basic" | "Ntlm")[]): Authorization {
    const [, scheme, token] = /^(Basic|NTLM) ([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
    if (scheme === undefined || token === undefined) return { kind: "refused" };
    const bytes = Buffer.from(token, "base64");
    if (scheme.toLowerCase() === "basic" && offered.includes("Basic")) return this.#basic(bytes);
    if (scheme.toLowerCase() === "ntlm" && offered.includes("Ntlm")) return this.#ntlm(bytes);
    return { kind: "refused" };
  }

  #basic(bytes: Buffer): Authorization {
    const text = bytes.toString("utf8");
    const colon = text.indexOf(":");
    const account = colon < 0 ? undefined : accountOf(this.#accounts, text.slice(0, colon));
    return account !== undefined && account.password === text.slice(colon + 1)
      ? { kind: "account", account }
      : { kind: "refused" };
  }

  /** NTLMv2 as a server checks it (MS-NLMP 3.2.5.1.2). */
  #ntlm(message: Buffer): Authorization {
    if (message.length < 12 || message.toString("latin1", 0, 8) !== "NTLMSSP\0") return { kind: "refused" };
    if (message.readUInt32LE(8) === 1) {
      this.#challenge = { serverChallenge: randomBytes(8), targetInfo: targetInfo() };
      return { kind: "challenge", token: challengeMessage(this.#challenge).toString("base64") };
    }
    const challenge = this.#challenge;
    this.#challenge = undefined;
    if (message.length < 64 || message.readUInt32LE(8) !== 3 || challenge === undefined)
      return { kind: "refused" };
    const field = (at: number): Buffer => {
      const offset = message.readUInt32LE(at + 4);
      return message.subarray(offset, offset + message.readUInt16LE(at));
    };
    const response = field(20);
    const domain = field(28).toString("utf16le");
    const user = field(36).toString("utf16le");
    const account = accountOf(this.#accounts, domain === "" ? user : `${domain}\\${user}`);
    if (account === undefined || response.length < 44) return { kind: "refused" };
    const key = ntlmV2Key({ domain, user, password: account.password });
    const expected = ntResponse(key, challenge, response.subarray(32, 40), response.subarray(24, 32));
    return expected.subarray(0, 16).equals(response.subarray(0, 16))
      ? { kind: "account", account }
      : { kind: "refused" };
  }
}

/** AV pairs: the domain's short name, the server's time, the end (MS-NLMP 2.2.2.1). */
function targetInfo(): Buffer {
  const name = Buffer.from("LAB", "utf16le");
  const info = Buffer.alloc(4 + name.length + 4 + 8 + 4);
  info.writeUInt16LE(2, 0);
  info.writeUInt16LE(name.length, 2);
  name.copy(info, 4);
  info.writeUInt16LE(7, 4 + name.length);
  info.writeUInt16LE(8, 6 + name.length);
  info.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n, 8 + name.length);
  return info;
}

function challengeMessage(challenge: { serverChallenge: Buffer; targetInfo: Buffer }): Buffer {
  const header = Buffer.alloc(48);
  header.write("NTLMSSP\0", "latin1");
  header.writeUInt32LE(2, 8);
  header.writeUInt32LE(48, 16);
  // Unicode, NTLM, extended session security, target info.
  header.writeUInt32LE(0x00880201, 20);
  challenge.serverChallenge.copy(header, 24);
  header.writeUInt16LE(challenge.targetInfo.length, 40);
  header.writeUInt16LE(challenge.targetInfo.length, 42);
  header.writeUInt32LE(48, 44);
  return Buffer.concat([header, challenge.targetInfo]);
}
