import { type LabDns, startDnsServer } from "./index.js";

/** How a secondary is started. */
interface SecondaryOptions {
  /** Where it transfers the zones from. */
  readonly primary: LabDns;
  /** The lab's clock. */
  readonly now: () => Date;
  /** Seconds between two transfers; 0: what the primary holds stands here at once. */
  readonly lagSeconds: () => number;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/**
 * Starts a second authoritative server, which takes no updates and has what the primary had when it last transferred the zones
 * (RFC 1034 §4.3.5): whenever it is asked, and as many seconds have passed since, it transfers them anew.
 */
export async function startSecondary({
  primary,
  now,
  lagSeconds,
  host = "127.0.0.1",
}: SecondaryOptions): Promise<LabDns> {
  const server = await startDnsServer({ zones: primary.zones(), keys: [], host });
  let transferred = now().getTime();
  const transfer = () => {
    const at = now().getTime();
    if (at - transferred < lagSeconds() * 1000) return;
    server.load(primary.zones());
    transferred = at;
  };
  server.setFault(() => {
    transfer();
    return undefined;
  });
  return {
    ...server,
    answer(name, type) {
      transfer();
      return server.answer(name, type);
    },
  };
}
