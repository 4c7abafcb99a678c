import { randomInt } from "node:crypto";
import * as packet from "dns-packet";
import { pause, retryDelay } from "../cloud/retry.js";
import { scrub } from "../cloud/scrub.js";
import { MailstageError } from "../errors/index.js";
import { canonicalName, type RecordType } from "./record-set.js";
import { type DnsServer, exchange, serverLabel, type Transport } from "./transport.js";
import { type DnsRecord, rcodeName, recordFromAnswer, wireName } from "./wire.js";

/** How a question is asked. */
export interface QueryOptions {
  /** Milliseconds per attempt. @default 1500 */
  readonly timeoutMs?: number;
  /** Attempts before giving up. @default 5 */
  readonly attempts?: number;
  /** UDP falls back to TCP where the answer was cut off. @default "udp" */
  readonly transport?: Transport;
  /** Whether to ask for recursion: yes for resolvers, no for authoritative servers. @default false */
  readonly recursive?: boolean;
}

/** One server's answer to one question. */
export interface DnsAnswer {
  readonly server: DnsServer;
  readonly name: string;
  readonly type: RecordType;
  /** `NOERROR`, `NXDOMAIN`, `REFUSED`, … */
  readonly rcode: string;
  /** The server speaks for the zone itself (aa bit). */
  readonly authoritative: boolean;
  /** Records of the type asked for, at the name asked for. */
  readonly records: readonly DnsRecord[];
  /** Where another type was asked for: the CNAMEs met on the way. */
  readonly cnames: readonly DnsRecord[];
  /** Records of the type asked for at the end of the CNAMEs. */
  readonly chained: readonly DnsRecord[];
  /** The authority section: the SOA of an empty answer, the NS of a referral. */
  readonly authority: readonly DnsRecord[];
  readonly transport: Transport;
}

/** How long to wait after a SERVFAIL, milliseconds; twice as long after the next. */
export const failedMs = 100;

/** UDP payload announced by EDNS: fits an unfragmented packet (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

function encodeQuery(name: string, type: RecordType, recursive: boolean, edns: boolean): Buffer {
  return packet.encode({
    type: "query",
    id: randomInt(0x1_0000),
    flags: recursive ? packet.RECURSION_DESIRED : 0,
    questions: [{ name, type }],
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
}

/** A reply, its records read as far as mailstage knows their types. */
interface Reply {
  readonly flags: number;
  readonly cut: boolean;
  readonly authoritative: boolean;
  /** `MX contoso.com`. */
  readonly question: string | undefined;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
}

function decodeReply(server: DnsServer, message: Buffer): Reply {
  const known = (section: readonly packet.Answer[] = []) =>
    section.map(recordFromAnswer).filter((record) => record !== undefined);
  const flags = message.readUInt16BE(2);
  // It is asked for again, and need not be whole: some servers cut within a record.
  if ((flags & packet.TRUNCATED_RESPONSE) !== 0)
    return { flags, cut: true, authoritative: false, question: undefined, answers: [], authority: [] };
  try {
    const reply = packet.decode(message);
    const [question] = reply.questions ?? [];
    return {
      flags,
      cut: false,
      authoritative: reply.flag_aa,
      question: question && `${question.type} ${wireName(question.name)}`,
      answers: known(reply.answers),
      authority: known(reply.authorities),
    };
  } catch (cause) {
    throw new MailstageError(
      {
        code: "dns-malformed",
        subject: `DNS server ${serverLabel(server)}`,
        reason: "sent an answer that cannot be read: it is cut off or malformed",
      },
      { cause },
    );
  }
}

async function ask(server: DnsServer, request: Buffer, transport: Transport, options: QueryOptions) {
  const { timeoutMs = 1500, attempts = 5 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = decodeReply(server, await exchange(server, request, transport, timeoutMs));
      if (rcodeName(reply.flags) !== "SERVFAIL" || attempt >= attempts) return reply;
      await pause(retryDelay(attempt, failedMs));
    } catch (error) {
      const timedOut = error instanceof MailstageError && error.code === "dns-timeout";
      if (!timedOut || attempt >= attempts) throw error;
    }
  }
}

/**
 * Asks one server one question. Repeats when no answer comes or the server failed (SERVFAIL), goes to TCP when the answer is
 * cut off, and asks a server that does not know EDNS without it. Any response code is an answer, told by name.
 * @throws MailstageError `dns-timeout`, `dns-unreachable`, `dns-malformed`.
 */
export async function query(
  server: DnsServer,
  name: string,
  type: RecordType,
  options: QueryOptions = {},
): Promise<DnsAnswer> {
  const asked = canonicalName(name);
  const recursive = options.recursive ?? false;
  let transport = options.transport ?? "udp";
  let reply = await ask(server, encodeQuery(asked, type, recursive, true), transport, options);
  if (["FORMERR", "NOTIMP"].includes(rcodeName(reply.flags)))
    reply = await ask(server, encodeQuery(asked, type, recursive, false), transport, options);
  if (reply.cut && transport === "udp") {
    transport = "tcp";
    reply = await ask(server, encodeQuery(asked, type, recursive, true), transport, options);
  }
  const fault =
    reply.question !== undefined && reply.question !== `${type} ${asked}`
      ? `answered for ${scrub(reply.question)} when asked for ${type} ${asked}`
      : reply.cut
        ? `sent an answer for ${type} ${asked} that is cut off, over TCP too`
        : undefined;
  if (fault !== undefined)
    throw new MailstageError({
      code: "dns-malformed",
      subject: `DNS server ${serverLabel(server)}`,
      reason: fault,
    });
  const { answers } = reply;
  const wanted = answers.filter((record) => record.type === type);
  return {
    server,
    name: asked,
    type,
    rcode: rcodeName(reply.flags),
    authoritative: reply.authoritative,
    records: wanted.filter((record) => record.name === asked),
    cnames: type === "CNAME" ? [] : answers.filter((record) => record.type === "CNAME"),
    chained: wanted.filter((record) => record.name !== asked),
    authority: reply.authority,
    transport,
  };
}
