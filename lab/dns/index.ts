import * as packet from "dns-packet";
import {
  canonicalName,
  type DnsServer,
  type RecordSet,
  type RecordType,
  recordSet,
  recordTypes,
  serverLabel,
  type Transport,
  type TsigKey,
} from "../../src/dns/index.js";
import { decodeMessage, type RawMessage, UPDATE_FLAGS } from "../../src/dns/rfc2136/message.js";
import {
  refuseSignature,
  signMessage,
  type TsigVerdict,
  timeData,
  tsigErrors,
  verifyMessage,
} from "../../src/dns/rfc2136/tsig.js";
import { rcodeNumber, typeCodes, typeName, wireName } from "../../src/dns/wire.js";
import { listen } from "./listener.js";
import { encodeReply } from "./reply.js";
import { updateZone } from "./update.js";
import { LabZone, type Zone } from "./zone.js";

export { captureZone } from "./capture.js";
export { type LabResolver, startResolver } from "./resolver.js";
export type { Service, Zone } from "./zone.js";
export { parseZone } from "./zone-file.js";

/** A TSIG key and what it may change. */
export interface LabKey extends TsigKey {
  /** Record types updates signed with it may change. @default MX, TXT, CNAME, A and AAAA */
  readonly types?: readonly RecordType[];
}

/** What a request is about, for a fault to choose by. */
export interface LabDnsRequest {
  readonly opcode: "QUERY" | "UPDATE" | "OTHER";
  readonly name: string | undefined;
  readonly type: RecordType | undefined;
  readonly transport: Transport;
}

/** What goes wrong with a request. */
export type LabDnsFault =
  | { readonly kind: "drop" }
  /** The request is carried out, but its reply is lost. */
  | { readonly kind: "drop-reply" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "refuse"; readonly rcode: "REFUSED" | "SERVFAIL" | "NOTIMP" };

/** How to start the lab's authoritative server. */
export interface LabDnsOptions {
  readonly zones: readonly Zone[];
  readonly keys: readonly LabKey[];
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default 0, a free one */
  readonly port?: number;
  /**
   * The clock TSIG times are checked by, within 300 s of the client's. Not the lab's own clock, unless clients have it too.
   * @default the machine's
   */
  readonly now?: () => Date;
  /** Told of every update that was carried out, with the zone before and after it. */
  readonly updated?: (before: Zone, after: Zone) => void;
}

/** The lab's authoritative DNS server. */
export interface LabDns extends DnsServer {
  /** `127.0.0.1:53053`, as plans write it. */
  readonly hostPort: string;
  /** Requests so far. */
  readonly requests: { readonly queries: number; readonly updates: number };
  /** All zones as plain JSON. */
  zones(): Required<Zone>[];
  /** Puts all zones in place of the present ones. */
  load(zones: readonly Zone[]): void;
  /** One record set as served; undefined where there is none. */
  recordSet(name: string, type: RecordType): RecordSet | undefined;
  /** One record set as the world sees it, wildcards included; undefined where nothing is answered. */
  answer(name: string, type: RecordType): RecordSet | undefined;
  /** Sets a record set as an administrator would; no value removes it. */
  setRecordSet(set: RecordSet): void;
  /** Chooses what goes wrong from now on; undefined ends it. */
  setFault(fault: ((request: LabDnsRequest) => LabDnsFault | undefined) | undefined): void;
  close(): Promise<void>;
}

const defaultTypes: readonly RecordType[] = ["MX", "TXT", "CNAME", "A", "AAAA"];
const opcodeOf = (flags: number) => (flags >> 11) & 0x0f;

/** A reply that only names a response code; the question is repeated. */
function bareReply(message: Buffer, raw: RawMessage, rcode: number): Buffer {
  const questionLength = raw.question === undefined ? 0 : packet.name.encode(raw.question.name).length + 4;
  const reply = Buffer.concat([message.subarray(0, 12 + questionLength)]);
  reply.writeUInt16BE(0x8000 | (raw.flags & 0x7800) | rcode, 2);
  reply.fill(0, 6, 12);
  return reply;
}

/**
 * Starts an authoritative server for the given zones over UDP and TCP: answers with the aa bit, takes RFC 2136 updates with
 * prerequisites, signed with TSIG, and keeps BIND's manners: one TTL a set, a CNAME beside other data silently ignored.
 */
export async function startDnsServer(options: LabDnsOptions): Promise<LabDns> {
  const now = options.now ?? (() => new Date());
  let zones = options.zones.map((zone) => new LabZone(zone));
  let fault: ((request: LabDnsRequest) => LabDnsFault | undefined) | undefined;
  const requests = { queries: 0, updates: 0 };

  const zoneOf = (name: string) =>
    zones
      .filter((zone) => zone.contains(name))
      .sort((left, right) => right.name.length - left.name.length)[0];

  const answerQuery = (message: Buffer, transport: Transport): Buffer => {
    const question = packet.decode(message);
    const [asked] = question.questions ?? [];
    const name = wireName(asked?.name ?? "");
    const zone = zoneOf(name);
    if (zone === undefined || asked === undefined)
      return encodeReply(question, { rcode: "REFUSED", answers: [], authority: [], flags: 0 }, transport);
    const { rcode, answers } = zone.lookup(
      name,
      recordTypes.find((type) => type === asked.type),
    );
    const services = asked.type === "SRV" ? zone.services(name) : [];
    const authority = answers.length + services.length === 0 ? [zone.soa(true)] : [];
    return encodeReply(
      question,
      { rcode, answers, services, authority, flags: packet.AUTHORITATIVE_ANSWER },
      transport,
    );
  };

  const answerUpdate = (raw: RawMessage, verdict: TsigVerdict): number => {
    const zone = zones.find(({ name }) => name === raw.question?.name);
    if (raw.question?.type !== typeCodes.SOA) return rcodeNumber("FORMERR");
    if (zone === undefined) return rcodeNumber("NOTAUTH");
    if (verdict.kind !== "good") return rcodeNumber("REFUSED");
    const key = options.keys.find(({ name }) => name === verdict.key.name);
    const before = zone.snapshot();
    const rcode = updateZone(zone, raw, key?.types ?? defaultTypes);
    if (rcode === "NOERROR" && raw.authorities.length > 0) options.updated?.(before, zone.snapshot());
    return rcodeNumber(rcode);
  };

  const respond = (
    message: Buffer,
    raw: RawMessage,
    transport: Transport,
    forced: LabDnsFault | undefined,
  ): Buffer => {
    const verdict = verifyMessage(message, options.keys, now());
    if (verdict.kind === "bad") {
      const reply = bareReply(message, raw, rcodeNumber("NOTAUTH"));
      if (verdict.error !== "BADTIME" || verdict.key === undefined)
        return refuseSignature(reply, verdict.record, verdict.error);
      // The reply carries the request's time, and the server's beside it (RFC 8945 §5.2.3).
      return signMessage(reply, verdict.key, new Date(verdict.record.time * 1000), {
        requestMac: verdict.record.mac,
        error: tsigErrors.BADTIME,
        other: timeData(now()),
      }).message;
    }
    const opcode = opcodeOf(raw.flags);
    const reply =
      forced?.kind === "refuse"
        ? bareReply(message, raw, rcodeNumber(forced.rcode))
        : opcode === 0
          ? answerQuery(message, transport)
          : bareReply(message, raw, opcode === 5 ? answerUpdate(raw, verdict) : rcodeNumber("NOTIMP"));
    return verdict.kind === "good"
      ? signMessage(reply, verdict.key, now(), { requestMac: verdict.record.mac }).message
      : reply;
  };

  const handle = async (message: Buffer, transport: Transport): Promise<Buffer | undefined> => {
    let raw: RawMessage;
    try {
      raw = decodeMessage(message);
    } catch {
      return undefined;
    }
    if ((raw.flags & 0x8000) !== 0) return undefined;
    const update = (raw.flags & 0x7800) === UPDATE_FLAGS;
    if (update) requests.updates += 1;
    else requests.queries += 1;
    const forced = fault?.({
      opcode: update ? "UPDATE" : opcodeOf(raw.flags) === 0 ? "QUERY" : "OTHER",
      name: raw.question?.name,
      type: raw.question === undefined ? undefined : typeName(raw.question.type),
      transport,
    });
    if (forced?.kind === "drop") return undefined;
    if (forced?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, forced.ms));
    let reply: Buffer;
    try {
      reply = respond(message, raw, transport, forced);
    } catch {
      reply = bareReply(message, raw, rcodeNumber("FORMERR"));
    }
    return forced?.kind === "drop-reply" ? undefined : reply;
  };

  const listener = await listen(options.host ?? "127.0.0.1", options.port ?? 0, handle);
  return {
    address: listener.address,
    port: listener.port,
    hostPort: serverLabel(listener),
    requests,
    zones: () => zones.map((zone) => zone.snapshot()),
    load: (loaded) => {
      zones = loaded.map((zone) => new LabZone(zone));
    },
    recordSet: (name, type) => {
      const wanted = canonicalName(name);
      return zoneOf(wanted)
        ?.snapshot()
        .records.find((set) => set.name === wanted && set.type === type);
    },
    answer: (name, type) => {
      const asked = canonicalName(name);
      const found = (zoneOf(asked)?.lookup(asked, type).answers ?? []).filter(
        (one) => one.name === asked && one.type === type,
      );
      const [first] = found;
      return (
        first && recordSet({ name: asked, type, ttl: first.ttl, values: found.map(({ value }) => value) })
      );
    },
    setRecordSet: (set) => {
      const zone = zoneOf(canonicalName(set.name));
      if (zone === undefined) throw new RangeError(`the lab serves no zone that holds ${set.name}`);
      zone.transact(() => zone.put(set));
    },
    setFault: (chosen) => {
      fault = chosen;
    },
    close: () => listener.close(),
  };
}
