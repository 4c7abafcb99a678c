import { isUtf8 } from "node:buffer";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { Attribute, Change, Client, type Control, type Filter, PresenceFilter } from "ldapts";
import { z } from "zod";
import { pause, retryDelay } from "../cloud/retry.js";
import { MailstageError } from "../errors/index.js";
import { keepSecret } from "../secrets/index.js";
import { stopping } from "../stop/index.js";
import { isBinary, toOctets } from "./attributes.js";
import { connectProblem, isConnectionLoss, isPassing, resultCode, searchProblem } from "./failures.js";
import type { AttributeValue, AttributeValues, DirectorySettings } from "./types.js";

/** One entry as read: its DN and the requested attributes it has. */
export interface DirectoryEntry {
  readonly dn: string;
  readonly attributes: AttributeValues;
}

/** One search; always paged, so Active Directory's limit of 1,000 entries never cuts it short. */
export interface DirectorySearch {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
}

/** One part of an atomic modify (RFC 4511 4.6); `delete` without values removes the attribute. */
export interface Modification {
  readonly operation: "add" | "delete" | "replace";
  readonly attribute: string;
  readonly values: readonly AttributeValue[];
}

/** A bound connection to a domain controller: all reads and writes of one operation go to the same one. */
export interface Directory {
  readonly settings: DirectorySettings;
  /** Whether the server says it is Active Directory (Samba too): only there are rights computed. */
  readonly activeDirectory: boolean;
  /** `defaultNamingContext` or the first naming context; the base of `<SID=…>` look-ups. */
  readonly namingContext: string;
  /** All entries of all pages. A lost connection is opened again, a busy server asked again. @throws MailstageError directory-search */
  search(search: DirectorySearch): Promise<DirectoryEntry[]>;
  /**
   * One atomic modify. After a lost connection only one of mere replacements is sent again; for others the caller
   * reads back first. @throws ldapts' ResultCodeError
   */
  modify(dn: string, modifications: readonly Modification[], controls?: readonly Control[]): Promise<void>;
  /** Ends the connection; a second call does nothing. */
  close(): Promise<void>;
}

/** Milliseconds to open the connection, and to wait for one answer. */
const connectTimeout = 15_000;
const operationTimeout = 120_000;

const entrySchema = z
  .looseObject({ dn: z.string() })
  .catchall(z.union([z.string(), z.instanceof(Buffer), z.array(z.string()), z.array(z.instanceof(Buffer))]));

/** A client, and whether its socket still stands: ldapts does not notice a lost StartTLS session. */
interface Session {
  readonly client: Client;
  lost: boolean;
}

async function openSession(settings: DirectorySettings, password: string): Promise<Session> {
  const url = new URL(settings.url);
  const secure = url.protocol === "ldaps:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 636 : 389) : Number(url.port);
  // Node sends the name only where `servername` is given, and an IP address may not be sent.
  const verify = { host, ...(isIP(host) === 0 && { servername: host }) };
  const state = { lost: false };
  const sockets: Socket[] = [];
  const watch = <T extends Socket>(socket: T): T => {
    sockets.push(socket);
    socket.setNoDelay(true).once("close", () => {
      state.lost = true;
    });
    return socket;
  };
  const client = new Client({
    url: settings.url,
    connectTimeout,
    timeout: operationTimeout,
    createConnection: () => watch(connectPlain(port, host)),
    createSecureConnection: () => {
      const [plain] = sockets;
      return watch(connectSecure(plain === undefined ? { ...verify, port } : { ...verify, socket: plain }));
    },
  });
  try {
    if (!secure) await client.startTLS();
    await client.bind(settings.bindDn, password);
  } catch (error) {
    for (const socket of sockets) socket.on("error", () => undefined).destroy();
    throw error;
  }
  return Object.assign(state, { client });
}

/** How often something is tried that fails in passing. */
const attempts = 4;

/** Tries again what failed in passing, after longer and longer waits. */
async function patiently<T>(work: () => Promise<T>, again = isPassing): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!again(error) || attempt + 1 >= attempts) throw error;
      // Most connections are cut because they were idle.
      if (attempt > 0 || resultCode(error) !== undefined) await pause(retryDelay(attempt));
    }
  }
}

function toValues(attribute: string, raw: string | Buffer | string[] | Buffer[]): readonly AttributeValue[] {
  const list: readonly (string | Buffer)[] = Array.isArray(raw) ? raw : [raw];
  return list.map((value) => {
    if (!isBinary(attribute) && typeof value === "string") return value;
    // Text that is no UTF-8 stays as it came: a snapshot of it must restore the same octets.
    if (!isBinary(attribute) && Buffer.isBuffer(value) && isUtf8(value)) return value.toString("utf8");
    return { base64: Buffer.from(value).toString("base64") };
  });
}

function toEntry(raw: unknown, requested: readonly string[]): DirectoryEntry {
  const { dn, ...rest } = entrySchema.parse(raw);
  const spelling = new Map(requested.map((name) => [name.toLowerCase(), name]));
  const attributes: Record<string, readonly AttributeValue[]> = {};
  for (const [name, value] of Object.entries(rest)) {
    const values = toValues(name, value);
    if (values.length > 0) attributes[spelling.get(name.toLowerCase()) ?? name] = values;
  }
  return { dn, attributes };
}

function toChange({ operation, attribute, values }: Modification): Change {
  return new Change({
    operation,
    modification: new Attribute({ type: attribute, values: values.map(toOctets) }),
  });
}

class LdapDirectory implements Directory {
  activeDirectory = false;
  namingContext: string;
  #session: Promise<Session> | undefined;
  #closed = false;

  constructor(
    readonly settings: DirectorySettings,
    private readonly password: string,
  ) {
    this.namingContext = settings.baseDn;
  }

  /** The standing session, or a new one: never ldapts' own reconnect, which would be neither bound nor encrypted. */
  async session(): Promise<Session> {
    if (this.#closed) throw new Error(`the connection to ${this.settings.url} is closed`);
    const opened = this.#session;
    const current = await opened?.catch(() => undefined);
    if (current !== undefined && !current.lost) return current;
    // Another operation of the lost session may have opened the next one already.
    if (this.#session === opened) this.#session = undefined;
    this.#session ??= patiently(() => openSession(this.settings, this.password)).catch((error: unknown) => {
      this.#session = undefined;
      throw new MailstageError(connectProblem(error, this.settings.url, this.settings.bindDn), {
        cause: error,
      });
    });
    return this.#session;
  }

  async search(search: DirectorySearch): Promise<DirectoryEntry[]> {
    try {
      return await patiently(() => this.#searchOnce(search));
    } catch (error) {
      if (error instanceof MailstageError || isConnectionLoss(error)) throw error;
      throw new MailstageError(searchProblem(error, this.settings.url, search.base), { cause: error });
    }
  }

  async #searchOnce({
    base,
    scope,
    filter,
    attributes,
    controls,
  }: DirectorySearch): Promise<DirectoryEntry[]> {
    stopping.throwIfAborted();
    const { client } = await this.session();
    const { searchEntries } = await client.search(
      base,
      {
        scope,
        filter,
        attributes: [...attributes],
        explicitBufferAttributes: attributes.filter(isBinary),
        ...(scope !== "base" && { paged: { pageSize: this.settings.pageSize } }),
      },
      [...(controls ?? [])],
    );
    return searchEntries.map((entry) => toEntry(entry, attributes));
  }

  async modify(
    dn: string,
    modifications: readonly Modification[],
    controls: readonly Control[] = [],
  ): Promise<void> {
    const changes = modifications.map(toChange);
    // A cut connection leaves open whether it was done, which matters unless twice is the same as once.
    const idempotent = modifications.every(({ operation }) => operation === "replace");
    const again = (error: unknown) => isPassing(error) && (idempotent || resultCode(error) !== undefined);
    await patiently(async () => {
      stopping.throwIfAborted();
      const { client } = await this.session();
      await client.modify(dn, changes, [...controls]);
    }, again);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    if (session !== undefined && !session.lost) await session.client.unbind().catch(() => undefined);
  }
}

/** Active Directory's mark in `supportedCapabilities` (MS-ADTS 3.1.1.3.4.3.1). */
const activeDirectoryOid = "1.2.840.113556.1.4.800";

/**
 * Connects and binds. TLS is always verified, against Node's certificate authorities and NODE_EXTRA_CA_CERTS.
 * @throws MailstageError directory-credentials, directory-tls, directory-strong-auth, directory-unreachable, directory-refused
 */
export async function connectDirectory(settings: DirectorySettings, password: string): Promise<Directory> {
  if (password === "")
    // RFC 4513 5.1.2: a name without a password is an anonymous bind, which succeeds and then may do nothing.
    throw new MailstageError({
      code: "directory-credentials",
      subject: settings.url,
      reason: `no password is given for the account ${settings.bindDn}`,
    });
  keepSecret(password);
  const directory = new LdapDirectory(settings, password);
  await directory.session();
  const [root] = await directory.search({
    base: "",
    scope: "base",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: ["supportedCapabilities", "defaultNamingContext", "namingContexts"],
  });
  const text = (name: string) => (root?.attributes[name] ?? []).filter((value) => typeof value === "string");
  directory.activeDirectory = text("supportedCapabilities").includes(activeDirectoryOid);
  directory.namingContext = text("defaultNamingContext")[0] ?? text("namingContexts")[0] ?? settings.baseDn;
  return directory;
}
