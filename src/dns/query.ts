import type * as packet from "dns-packet";
import { MailstageError } from "../base/problem.js";
import { pause, retryDelay } from "../base/retry.js";
import { scrub } from "../base/scrub.js";
import { asText, decodeReply, encodeQuery, type OtherType, packetName, type Reply } from "./query-message.js";
import { canonicalName, type RecordType } from "./record-set.js";
import { signatureProblem } from "./rfc2136/failures.js";
import { exchangeSigned } from "./rfc2136/signed.js";
import type { TsigKey } from "./rfc2136/tsig.js";
import { type DnsServer, serverLabel, type Transport } from "./transport.js";
import { type DnsRecord, rcodeName, wireName } from "./wire.js";

/** How a question is asked. */
export interface QueryOptions {
  /** Milliseconds per attempt. @default 1500 */
  readonly timeoutMs?: number;
  /** Attempts before giving up. @default 5 */
  readonly attempts?: number;
  /** UDP falls back to TCP where the answer was cut off, or the server answers over TCP alone. @default "udp" */
  readonly transport?: Transport;
  /** Signs the question, for a server that chooses a view by the key. */
  readonly key?: TsigKey | undefined;
  /** The clock signatures are made with. @default the machine's */
  readonly now?: (() => Date) | undefined;
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

/** Servers that answered over TCP when UDP stayed silent: they are asked over TCP at once. */
const tcpOnly = new Set<string>();

/** Silent datagrams after which TCP is tried. */
const SILENT_DATAGRAMS = 2;

/** Sends once. */
async function send(
  server: DnsServer,
  request: Buffer,
  transport: Transport,
  { timeoutMs = 1500, key, now }: QueryOptions,
): Promise<Reply> {
  const { reply, verdict, at } = await exchangeSigned(server, request, { transport, timeoutMs, key, now });
  const problem = signatureProblem(verdict, {
    subject: `DNS server ${serverLabel(server)}`,
    server: serverLabel(server),
    zone: "",
    keyName: key?.name,
    at,
  });
  const read = decodeReply(server, reply);
  if (problem !== undefined && !read.cut) throw new MailstageError({ ...problem, operation: "QUERY" });
  return read;
}

async function ask(
  server: DnsServer,
  request: Buffer,
  transport: Transport,
  options: QueryOptions,
): Promise<Reply> {
  const { attempts = 5 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await send(server, request, transport, options);
      if (rcodeName(reply.flags) !== "SERVFAIL" || attempt >= attempts) return reply;
      await pause(retryDelay(attempt, failedMs));
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      const silent = error.code === "dns-timeout" || error.code === "dns-unreachable";
      const lastDatagram = error.code === "dns-timeout" ? Math.min(SILENT_DATAGRAMS, attempts) : attempt;
      if (transport === "udp" && silent && attempt === lastDatagram) {
        const reply = await send(server, request, "tcp", options).catch((tcp: unknown) => {
          if (tcp instanceof MailstageError) return undefined;
          throw tcp;
        });
        if (reply !== undefined) {
          tcpOnly.add(serverLabel(server));
          return reply;
        }
      }
      if (error.code !== "dns-timeout" || attempt >= attempts) throw error;
    }
  }
}

async function askWhole(
  server: DnsServer,
  asked: string,
  type: RecordType | OtherType,
  options: QueryOptions,
): Promise<{ readonly reply: Reply; readonly transport: Transport }> {
  const recursive = options.recursive ?? false;
  let transport = options.transport ?? (tcpOnly.has(serverLabel(server)) ? "tcp" : "udp");
  let reply = await ask(server, encodeQuery(asked, type, recursive, true), transport, options);
  if (["FORMERR", "NOTIMP"].includes(rcodeName(reply.flags)))
    reply = await ask(server, encodeQuery(asked, type, recursive, false), transport, options);
  if (reply.cut && transport === "udp") {
    transport = "tcp";
    reply = await ask(server, encodeQuery(asked, type, recursive, true), transport, options);
  }
  const fault =
    reply.question !== undefined && reply.question !== `${packetName(type)} ${asked}`
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
  return { reply, transport };
}

/**
 * Asks one server one question. Repeats when no answer comes or the server failed (SERVFAIL), goes to TCP when the answer is
 * cut off or UDP is not answered, and asks a server that does not know EDNS without it. Any response code is an answer,
 * told by name.
 * @throws MailstageError `dns-timeout`, `dns-unreachable`, `dns-malformed`; with a key `dns-badkey`, `dns-badsig`,
 *   `dns-badtime`, `dns-reply-forged`.
 */
export async function query(
  server: DnsServer,
  name: string,
  type: RecordType,
  options: QueryOptions = {},
): Promise<DnsAnswer> {
  const asked = canonicalName(name);
  const { reply, transport } = await askWhole(server, asked, type, options);
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

/**
 * The answers of one server for a type mailstage does not write, at the very name asked for; SRV with its parts.
 * @throws MailstageError as `query` does.
 */
export async function queryOther(
  server: DnsServer,
  name: string,
  type: OtherType,
  options: QueryOptions = {},
): Promise<readonly packet.Answer[]> {
  const asked = canonicalName(name);
  const { reply } = await askWhole(server, asked, type, options);
  return reply.others.filter(
    (answer) => asText(answer.type) === packetName(type) && wireName(answer.name) === asked,
  );
}
