import * as packet from "dns-packet";
import type { DnsRecord, Transport } from "../../src/dns/index.js";
import { answerFromRecord, rcodeNumber } from "../../src/dns/wire.js";
import type { Service } from "./zone.js";

/** What a reply says. */
export interface ReplyContent {
  readonly rcode: Parameters<typeof rcodeNumber>[0];
  readonly answers: readonly DnsRecord[];
  /** SRV records that were asked for. */
  readonly services?: readonly Service[];
  readonly authority: readonly DnsRecord[];
  /** `AUTHORITATIVE_ANSWER` or `RECURSION_AVAILABLE` of dns-packet. */
  readonly flags: number;
}

/** Encodes the reply to a question; over UDP one too long is cut off and marked so, for the client to come back over TCP. */
export function encodeReply(
  question: packet.DecodedPacket,
  content: ReplyContent,
  transport: Transport,
): Buffer {
  const edns = question.additionals?.find((record) => record.type === "OPT");
  const limit = transport === "tcp" ? 65_535 : Math.min(4096, Math.max(512, edns?.udpPayloadSize ?? 512));
  const base = {
    type: "response" as const,
    id: question.id,
    flags: content.flags | rcodeNumber(content.rcode) | ((question.flags ?? 0) & packet.RECURSION_DESIRED),
    questions: question.questions,
    additionals:
      edns === undefined
        ? []
        : [
            {
              ...edns,
              udpPayloadSize: 1232,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  };
  const reply = packet.encode({
    ...base,
    answers: [...content.answers.map(answerFromRecord), ...(content.services ?? []).map(answerFromService)],
    authorities: content.authority.map(answerFromRecord),
  });
  return reply.length <= limit
    ? reply
    : packet.encode({ ...base, flags: base.flags | packet.TRUNCATED_RESPONSE });
}

function answerFromService({ name, ttl, value }: Service): packet.Answer {
  const [priority, weight, port, target = "."] = value.split(" ");
  return {
    name,
    ttl,
    type: "SRV",
    data: { priority: Number(priority), weight: Number(weight), port: Number(port), target },
  };
}
