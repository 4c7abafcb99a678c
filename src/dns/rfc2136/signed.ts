import { type DnsServer, exchange, type Transport } from "../transport.js";
import { signMessage, type TsigKey, type TsigVerdict, verifyMessage } from "./tsig.js";

/** A reply, and what its signature says. */
export interface SignedReply {
  readonly reply: Buffer;
  readonly verdict: TsigVerdict;
  /** The clock it was signed with. */
  readonly at: Date;
}

/** A message over UDP beyond this is sent over TCP, as it would be cut into fragments. */
const UDP_LIMIT = 1232;

/**
 * Sends one message, signed where there is a key, and looks at the signature of its reply.
 * @throws MailstageError the errors of `exchange`; RangeError or Error where the reply is malformed.
 */
export async function exchangeSigned(
  server: DnsServer,
  message: Buffer,
  how: {
    readonly transport: Transport;
    readonly timeoutMs: number;
    readonly key?: TsigKey | undefined;
    readonly now?: (() => Date) | undefined;
  },
): Promise<SignedReply> {
  const { key, timeoutMs, now = () => new Date() } = how;
  const at = now();
  const signed = key === undefined ? undefined : signMessage(message, key, at);
  const request = signed?.message ?? message;
  const transport = request.length > UDP_LIMIT ? "tcp" : how.transport;
  const reply = await exchange(server, request, transport, timeoutMs);
  // A reply that was cut off is asked for again, and need not be whole.
  const cut = (reply.readUInt16BE(2) & 0x0200) !== 0;
  const verdict: TsigVerdict =
    key === undefined || cut ? { kind: "unsigned" } : verifyMessage(reply, [key], now(), signed?.mac);
  return { reply, verdict, at };
}
