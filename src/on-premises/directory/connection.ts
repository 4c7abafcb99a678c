import { Attribute, Change, type Control, PresenceFilter } from "ldapts";
import { refuseWrite } from "../../base/adoption.js";
import { MailstageError } from "../../base/problem.js";
import { keepSecret } from "../../base/redaction.js";
import { pause, retryDelay } from "../../base/retry.js";
import { isStopped, stopping } from "../../base/stop.js";
import { toOctets } from "./attributes.js";
import { isBelow } from "./dn.js";
import { connectProblem, isConnectionLoss, isPassing, resultCode, searchProblem } from "./failures.js";
import { type DirectoryEntry, type DirectorySearch, searchAll } from "./search.js";
import { openSession, type Session } from "./session.js";
import type { AttributeValue, DirectorySettings } from "./types.js";

export type { DirectoryEntry, DirectorySearch } from "./search.js";

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
  /** The naming context that the plan's `baseDn` is in: an address may have one holder in all of it. */
  readonly addressScope: string;
  /** Where Active Directory describes its domains and Exchange its databases; undefined elsewhere. */
  readonly configurationContext: string | undefined;
  /**
   * All entries of all pages. A lost connection is opened again, a busy server asked again.
   * @throws MailstageError directory-search, directory-unanswered
   */
  search(search: DirectorySearch): Promise<DirectoryEntry[]>;
  /**
   * One atomic modify. After a lost connection only one of mere replacements is sent again; for others the caller
   * reads back first. @throws ldapts' ResultCodeError; the loss itself where a write was sent and the server did not come back
   */
  modify(dn: string, modifications: readonly Modification[], controls?: readonly Control[]): Promise<void>;
  /** Ends the connection; a second call does nothing. */
  close(): Promise<void>;
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

function toChange({ operation, attribute, values }: Modification): Change {
  return new Change({
    operation,
    modification: new Attribute({ type: attribute, values: values.map(toOctets) }),
  });
}

class LdapDirectory implements Directory {
  activeDirectory = false;
  namingContext: string;
  addressScope: string;
  configurationContext: string | undefined;
  #session: Promise<Session> | undefined;
  #closed = false;

  constructor(
    readonly settings: DirectorySettings,
    private readonly password: string,
  ) {
    this.namingContext = settings.baseDn;
    this.addressScope = settings.baseDn;
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
      return await patiently(async () => {
        stopping.throwIfAborted();
        const { client } = await this.session();
        return await searchAll(client, search, this.settings.pageSize);
      });
    } catch (error) {
      if (error instanceof MailstageError) throw error;
      throw new MailstageError(searchProblem(error, this.settings.url, search.base), { cause: error });
    }
  }

  async modify(
    dn: string,
    modifications: readonly Modification[],
    controls: readonly Control[] = [],
  ): Promise<void> {
    refuseWrite(`modify ${dn}`);
    const changes = modifications.map(toChange);
    // A cut connection leaves open whether it was done, which matters unless twice is the same as once.
    const idempotent = modifications.every(({ operation }) => operation === "replace");
    const again = (error: unknown) => isPassing(error) && (idempotent || resultCode(error) !== undefined);
    let unanswered: unknown;
    try {
      await patiently(async () => {
        stopping.throwIfAborted();
        const { client } = await this.session();
        await client.modify(dn, changes, [...controls]).catch((error: unknown) => {
          if (isConnectionLoss(error)) unanswered = error;
          throw error;
        });
      }, again);
    } catch (error) {
      // Sent, and then nobody was there to be asked: what came of it is not known, which an unreachable server would not say.
      throw error instanceof MailstageError && !isStopped(error) && unanswered !== undefined
        ? unanswered
        : error;
    }
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
      hint: "Give that account's password",
    });
  keepSecret(password);
  const directory = new LdapDirectory(settings, password);
  await directory.session();
  const [root] = await directory.search({
    base: "",
    scope: "base",
    filter: new PresenceFilter({ attribute: "objectClass" }),
    attributes: [
      "supportedCapabilities",
      "defaultNamingContext",
      "namingContexts",
      "configurationNamingContext",
    ],
  });
  const text = (name: string) => (root?.attributes[name] ?? []).filter((value) => typeof value === "string");
  directory.activeDirectory = text("supportedCapabilities").includes(activeDirectoryOid);
  directory.namingContext = text("defaultNamingContext")[0] ?? text("namingContexts")[0] ?? settings.baseDn;
  directory.addressScope = contextOf(settings.baseDn, text("namingContexts"));
  directory.configurationContext = text("configurationNamingContext")[0];
  return directory;
}

/** The innermost naming context that holds a DN; the DN itself where the server tells none. */
function contextOf(dn: string, contexts: readonly string[]): string {
  const holding = contexts.filter((context) => context !== "" && isBelow(dn, context));
  return holding.sort((left, right) => right.length - left.length)[0] ?? dn;
}
