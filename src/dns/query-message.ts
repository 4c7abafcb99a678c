import { randomInt } from "node:crypto";
import * as packet from "dns-packet";
import { MailstageError } from "../base/problem.js";
import type { RecordType } from "./record-set.js";
import { type DnsServer, serverLabel } from "./transport.js";
import { type DnsRecord, recordFromAnswer, typeCodes, wireName } from "./wire.js";

/** Record types that mailstage does not write, and that a name may have all the same, by their numbers (IANA). */
export const otherTypes = {
  PTR: 12,
  SRV: 33,
  NAPTR: 35,
  SSHFP: 44,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  URI: 256,
  CAA: 257,
} as const;

/** One of them. */
export type OtherType = keyof typeof otherTypes;

/** A type as dns-packet tells it, as any text: it tells more types than it declares. */
export const asText = (type: string): string => type;
/** A type as dns-packet takes and gives it; those it does not have by their numbers. */
export const packetName = (type: RecordType | OtherType): string =>
  type === "SVCB" || type === "HTTPS" || type === "URI" ? `UNKNOWN_${otherTypes[type]}` : type;

/** UDP payload announced by EDNS: fits an unfragmented packet (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** A question as it is sent. */
export function encodeQuery(
  name: string,
  type: RecordType | OtherType,
  recursive: boolean,
  edns: boolean,
): Buffer {
  const message = packet.encode({
    type: "query",
    id: randomInt(0x1_0000),
    flags: recursive ? packet.RECURSION_DESIRED : 0,
    // The type is put in its place afterwards: dns-packet does not have all of them.
    questions: [{ name, type: "A" }],
    ...(edns
      ? {
          additionals: [
            {
              type: "OPT" as const,
              name: ".",
              udpPayloadSize: UDP_PAYLOAD,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
        }
      : {}),
  });
  message.writeUInt16BE({ ...typeCodes, ...otherTypes }[type], 12 + packet.name.encode(name).length);
  return message;
}

/** A reply, its records read as far as mailstage knows their types. */
export interface Reply {
  readonly flags: number;
  readonly cut: boolean;
  readonly authoritative: boolean;
  /** `MX contoso.com`. */
  readonly question: string | undefined;
  readonly answers: readonly DnsRecord[];
  /** Answers as they came, those of types mailstage does not know included. */
  readonly others: readonly packet.Answer[];
  readonly authority: readonly DnsRecord[];
}

/** A reply as it came. @throws MailstageError for one that cannot be read */
export function decodeReply(server: DnsServer, message: Buffer): Reply {
  const readable = (section: readonly packet.Answer[] = []) =>
    section.map(recordFromAnswer).filter((record) => record !== undefined);
  const flags = message.readUInt16BE(2);
  // It is asked for again, and need not be whole: some servers cut within a record.
  if ((flags & packet.TRUNCATED_RESPONSE) !== 0)
    return {
      flags,
      cut: true,
      authoritative: false,
      question: undefined,
      answers: [],
      others: [],
      authority: [],
    };
  try {
    const reply = packet.decode(message);
    const [question] = reply.questions ?? [];
    return {
      flags,
      cut: false,
      authoritative: reply.flag_aa,
      question: question && `${question.type} ${wireName(question.name)}`,
      answers: readable(reply.answers),
      others: reply.answers ?? [],
      authority: readable(reply.authorities),
    };
  } catch (cause) {
    throw new MailstageError(
      {
        code: "dns-malformed",
        subject: `DNS server ${serverLabel(server)}`,
        reason: "sent an answer that cannot be read: it is cut off or malformed",
        hint: "Look whether something between answers in its place (dig asks the same); else look at its log",
      },
      { cause },
    );
  }
}
