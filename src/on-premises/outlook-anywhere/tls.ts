import { constants, X509Certificate as X509, type X509Certificate } from "node:crypto";
import { isIP, type LookupFunction } from "node:net";
import * as tls from "node:tls";
import { codeOf, DeadlineError, type Network } from "./network.js";

/** A TLS server to speak to: its name, and the way to it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly network: Network;
  readonly timeoutMs: number;
  /** Root certificates to trust, PEM, in place of Node's own. */
  readonly authorities?: readonly string[];
  /** Speak TLS 1.0 and old ciphers too: only after `handshake` has found that nothing newer works. */
  readonly legacy?: boolean;
}

/** What a TLS handshake shows; the certificate is taken as it is, to be judged by `certificate.ts`. */
export interface Handshake {
  /** `TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** True when only the second try, with old versions and ciphers, was answered. */
  readonly legacy: boolean;
  /** The first try's error when `legacy`. */
  readonly refusal?: string;
  /** The server's certificate, then each issuer that the server sent or Node knows. */
  readonly path: readonly X509Certificate[];
  /** OpenSSL's verdict on the chain and dates, `undefined` when it trusts them; it names one fault only. */
  readonly authorizationError?: string;
}

/** Why there was no handshake: no TCP connection, or a connection that speaks no TLS Node knows. */
export class HandshakeError extends Error {
  constructor(
    readonly step: "connect" | "tls",
    readonly code: string,
    options?: { cause?: unknown },
  ) {
    super(`${step} failed: ${code}`, options);
    this.name = "HandshakeError";
  }
}

/**
 * Options for `tls.connect` and `https.request` alike. `verify` refuses a certificate that does not verify: to be
 * set wherever a password is sent.
 */
export function tlsOptions(
  target: Target,
  verify: boolean,
): tls.ConnectionOptions & { lookup: LookupFunction } {
  return {
    host: target.host,
    port: target.network.port(target.host, target.port),
    lookup: lookupBy(target.network),
    rejectUnauthorized: verify,
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ...(target.authorities === undefined ? {} : { ca: [...target.authorities] }),
    ...(target.legacy === true
      ? {
          // Windows Server 2003 and 2008: TLS 1.0, no secure renegotiation (public reports, 2026-11).
          minVersion: "TLSv1" as const,
          ciphers: "DEFAULT@SECLEVEL=0",
          secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
        }
      : {}),
  };
}

/** Shakes hands, a second time with old versions when the first is refused. @throws HandshakeError */
export async function handshake(target: Target): Promise<Handshake> {
  try {
    return await shakeHands({ ...target, legacy: false });
  } catch (error) {
    if (!(error instanceof HandshakeError) || error.step === "connect") throw error;
    try {
      const second = await shakeHands({ ...target, legacy: true });
      return { ...second, refusal: error.code };
    } catch {
      throw error;
    }
  }
}

function shakeHands(target: Target): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    let step: "connect" | "tls" = "connect";
    // The name is judged apart; what is left in `authorizationError` is OpenSSL's verdict on the chain and the dates.
    const socket = tls.connect({ ...tlsOptions(target, false), checkServerIdentity: () => undefined });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const fail = (error: unknown): void =>
      finish(() => reject(new HandshakeError(step, codeOf(error), { cause: error })));
    const timer = setTimeout(() => fail(new DeadlineError(target.timeoutMs)), target.timeoutMs);
    socket.once("connect", () => {
      step = "tls";
    });
    socket.on("error", fail);
    socket.once("close", () => fail(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    socket.once("secureConnect", () => {
      const protocol = socket.getProtocol() ?? "unknown";
      const path = pathOf(socket.getPeerCertificate(true));
      // Node types `authorizationError` as Error, but sets the code itself.
      const verdict: unknown = socket.authorizationError;
      finish(() =>
        resolve({
          protocol,
          legacy: target.legacy === true,
          path,
          ...(socket.authorized ? {} : { authorizationError: codeOf(verdict) }),
        }),
      );
    });
  });
}

function pathOf(leaf: tls.DetailedPeerCertificate): X509Certificate[] {
  const path: X509Certificate[] = [];
  const seen = new Set<string>();
  let next: tls.DetailedPeerCertificate | undefined = leaf;
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    path.push(new X509(next.raw));
    next = next.issuerCertificate;
  }
  return path;
}

function lookupBy(network: Network): LookupFunction {
  return (host, options, callback) => {
    network.addresses(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (first === undefined)
          callback(Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }), "");
        else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ""),
    );
  };
}
