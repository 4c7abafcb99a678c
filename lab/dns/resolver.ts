import * as packet from "dns-packet";
import {
  type DnsAnswer,
  type DnsRecord,
  type DnsServer,
  query,
  type RecordType,
  recordTypes,
  serverLabel,
} from "../../src/dns/index.js";
import { wireName } from "../../src/dns/wire.js";
import { listen } from "./listener.js";
import { encodeReply, type ReplyContent } from "./reply.js";

/** The lab's caching resolver. */
export interface LabResolver extends DnsServer {
  /** `127.0.0.1:53054`, as plans write it. */
  readonly hostPort: string;
  /** Forgets everything. */
  flush(): void;
  close(): Promise<void>;
}

interface Cached {
  readonly answer: DnsAnswer;
  /** Milliseconds of the lab's clock. */
  readonly since: number;
  readonly ttl: number;
}

/** Seconds an answer may be kept: its smallest TTL, or the SOA's where it says "there is none" (RFC 2308 §5). */
function lifetime(answer: DnsAnswer): number {
  const records = [...answer.cnames, ...answer.records, ...answer.chained];
  const counted = records.length > 0 ? records : answer.authority.filter(({ type }) => type === "SOA");
  return counted.length === 0 ? 0 : Math.min(...counted.map(({ ttl }) => ttl));
}

/**
 * Starts a resolver that asks one authoritative server and remembers its answers until their TTL has run out on the given
 * clock, so that the old MX lives on after a switch as it does in the world.
 */
export async function startResolver(options: {
  readonly upstream: DnsServer;
  /** The lab's clock. */
  readonly now: () => Date;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default 0, a free one */
  readonly port?: number;
}): Promise<LabResolver> {
  const cache = new Map<string, Cached>();

  const find = async (name: string, type: RecordType): Promise<Cached> => {
    const now = options.now().getTime();
    const key = `${name} ${type}`;
    const cached = cache.get(key);
    if (cached !== undefined && now < cached.since + cached.ttl * 1000) return cached;
    const answer = await query(options.upstream, name, type, { timeoutMs: 1000, attempts: 2 });
    const fresh = { answer, since: now, ttl: lifetime(answer) };
    cache.set(key, fresh);
    return fresh;
  };

  const content = async (name: string, type: RecordType | undefined): Promise<ReplyContent> => {
    const flags = packet.RECURSION_AVAILABLE;
    if (type === undefined) return { rcode: "NOERROR", answers: [], authority: [], flags };
    const { answer, since } = await find(name, type);
    if (answer.rcode !== "NOERROR" && answer.rcode !== "NXDOMAIN")
      return { rcode: "SERVFAIL", answers: [], authority: [], flags };
    const age = Math.floor((options.now().getTime() - since) / 1000);
    const aged = (records: readonly DnsRecord[]) =>
      records.map((record) => ({ ...record, ttl: Math.max(0, record.ttl - age) }));
    return {
      rcode: answer.rcode,
      answers: aged([...answer.cnames, ...answer.records, ...answer.chained]),
      authority: aged(answer.authority),
      flags,
    };
  };

  const listener = await listen(
    options.host ?? "127.0.0.1",
    options.port ?? 0,
    async (message, transport) => {
      let question: packet.DecodedPacket;
      try {
        question = packet.decode(message);
      } catch {
        return undefined;
      }
      const [asked] = question.questions ?? [];
      if (asked === undefined || question.flag_qr) return undefined;
      const type = recordTypes.find((one) => one === asked.type);
      const failed: ReplyContent = {
        rcode: "SERVFAIL",
        answers: [],
        authority: [],
        flags: packet.RECURSION_AVAILABLE,
      };
      return encodeReply(question, await content(wireName(asked.name), type).catch(() => failed), transport);
    },
  );
  return {
    address: listener.address,
    port: listener.port,
    hostPort: serverLabel(listener),
    flush: () => cache.clear(),
    close: () => listener.close(),
  };
}
