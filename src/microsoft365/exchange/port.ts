import { MailstageError, type Problem } from "../../base/problem.js";

/** A `byte[]` parameter, such as the CSV of `New-MigrationBatch -CSVData`. */
export interface ByteArray {
  readonly kind: "bytes";
  readonly data: Uint8Array;
}

/** A `PSCredential` parameter. Its password is scrubbed from every error text. */
export interface Credential {
  readonly kind: "credential";
  /** `DOMAIN\user` or an e-mail address. */
  readonly userName: string;
  readonly password: string;
}

/** A PowerShell switch: sent as `true`, left out when off. */
export interface Switch {
  readonly kind: "switch";
  readonly on: boolean;
}

/** What a cmdlet parameter can be; `undefined` leaves the parameter out. A `Date` is sent in UTC. */
export type CmdletValue =
  | string
  | number
  | boolean
  | Date
  | readonly string[]
  | ByteArray
  | Credential
  | Switch
  | undefined;

/** Parameters of one cmdlet by their PowerShell names. */
export type CmdletParameters = Readonly<Record<string, CmdletValue>>;

/** What one cmdlet call gave back, all pages together. */
export interface CmdletResult {
  /** The objects, without OData annotations; types are the transport's, so parse before use. */
  readonly rows: Record<string, unknown>[];
  /** Warnings the cmdlet wrote. */
  readonly warnings: string[];
  /** The service's time of the last answer. */
  readonly date: Date;
}

/** How one call is made. */
export interface CmdletOptions {
  /** Objects a page, 1 to 1000. @default 1000 */
  readonly pageSize?: number;
  /** Stop after that many pages. @default all */
  readonly maxPages?: number;
  /** Properties to ask for (`?$select=`); a transport that cannot trim gives all. */
  readonly select?: readonly string[];
  /**
   * Whether doing it twice is the same as doing it once. Such a call is repeated after a timeout; any other write
   * throws kind `outcome-unknown` instead. @default true for Get- and Test-, else false
   */
  readonly repeatable?: boolean;
}

/** The one way to Exchange Online: any cmdlet, over REST or PowerShell. */
export interface ExchangePort {
  /** Runs one cmdlet with all its pages. @throws ExchangeError */
  invoke(cmdlet: string, parameters?: CmdletParameters, options?: CmdletOptions): Promise<CmdletResult>;
}

/**
 * Kinds of failure a caller can act on. `outcome-unknown`: the request was sent and no answer came, so it may have
 * been done; read back before repeating.
 */
export type ExchangeFailure =
  | "not-found"
  | "already-exists"
  | "throttled"
  | "unauthorized"
  | "outcome-unknown"
  | "invalid"
  | "unavailable";

/** A cmdlet that failed; `kind` is for code, the problem for people. */
export class ExchangeError extends MailstageError {
  readonly kind: ExchangeFailure;

  constructor(kind: ExchangeFailure, problem: Omit<Problem, "code">, options?: { cause?: unknown }) {
    super({ code: `exchange-${kind}`, ...problem }, options);
    this.name = "ExchangeError";
    this.kind = kind;
  }
}

/** A `byte[]` parameter. */
export function byteArray(data: Uint8Array): ByteArray {
  return { kind: "bytes", data };
}

/** A `PSCredential` parameter. */
export function credential(userName: string, password: string): Credential {
  return { kind: "credential", userName, password };
}

/** A switch parameter. */
export function flag(on: boolean): Switch {
  return { kind: "switch", on };
}

/** Whether a cmdlet only reads, by its verb. */
export function isRead(cmdlet: string): boolean {
  return /^(Get|Test)-/i.test(cmdlet);
}
