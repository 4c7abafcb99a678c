import { MailstageError } from "../../base/problem.js";
import { type QueryOptions, query } from "../query.js";
import { readFromServer } from "../read.js";
import type { RecordSet, RecordType } from "../record-set.js";
import { serverAddresses } from "../servers.js";
import type { DnsServer, Transport } from "../transport.js";
import { type WildcardCover, wildcardAt } from "../wildcard.js";
import type { TsigKey } from "./tsig.js";

/** The server that takes a zone's updates, and how to reach it. */
export interface UpdateTarget {
  /** The primary server: an address, or `host` or `host:port`. */
  readonly server: DnsServer | string;
  readonly zone: string;
  /** Absent: updates are not signed, for servers that allow them by address. */
  readonly key?: TsigKey | undefined;
  /** @default "tcp" */
  readonly transport?: Transport;
  /** Milliseconds to wait for the server to carry out an update. @default 5000 */
  readonly timeoutMs?: number;
  /** Milliseconds to wait until a server that said yes shows it: one that passes updates on to its primary does so later. @default 15000 */
  readonly settleMs?: number;
  /** The clock signatures are made with. @default the machine's */
  readonly now?: () => Date;
}

/** A target whose server's address is known. */
export type Primary = UpdateTarget & { readonly server: DnsServer };

/** What is read around an update goes the way the update goes, with its signature: the server may choose a view by the key. */
export function readBy({ transport, key, now }: UpdateTarget): QueryOptions {
  return { transport: transport ?? "tcp", key, now };
}

/** Which of two SOA serials is newer (RFC 1982). */
const newer = (left: number, right: number) => ((left - right) | 0) > 0;

/**
 * The addresses of the server that takes updates, the likeliest first: a name may have several, of which some are secondaries. The
 * one with the newest serial comes first, then the one the zone's SOA names.
 * @throws MailstageError `dns-server` where the name has no address.
 */
export async function primariesOf(target: UpdateTarget): Promise<DnsServer[]> {
  if (typeof target.server !== "string") return [target.server];
  const found = await serverAddresses(target.server);
  if (found.length < 2) return found;
  const views = await Promise.all(
    found.map(async (server) => {
      const answer = await query(server, target.zone, "SOA", readBy(target)).catch((error: unknown) => {
        if (error instanceof MailstageError) return undefined;
        throw error;
      });
      const [primary = "", , serial] = answer?.records[0]?.value.split(" ") ?? [];
      return { server, primary, serial: serial === undefined ? undefined : Number(serial) };
    }),
  );
  const named = await Promise.all(
    [...new Set(views.map(({ primary }) => primary).filter((name) => name !== "" && name !== "."))].map(
      (name) => serverAddresses(name).catch(() => []),
    ),
  );
  const isNamed = ({ address }: DnsServer) => named.flat().some((one) => one.address === address);
  const rank = (view: (typeof views)[number]) => (isNamed(view.server) ? 0 : 1);
  return views
    .sort((left, right) => {
      if (left.serial === undefined || right.serial === undefined)
        return Number(left.serial === undefined) - Number(right.serial === undefined);
      if (newer(left.serial, right.serial)) return -1;
      return newer(right.serial, left.serial) ? 1 : rank(left) - rank(right);
    })
    .map(({ server }) => server);
}

async function primaryOf(target: UpdateTarget): Promise<DnsServer> {
  const [first] = await primariesOf(target);
  if (first !== undefined) return first;
  throw new MailstageError({
    code: "dns-server",
    subject: `DNS server ${String(target.server)}`,
    reason: "its name has no address",
    hint: "Correct it in the plan, or give its address",
  });
}

/**
 * A record set as the server that takes the updates has it; undefined where there is none.
 * @throws MailstageError as `readFromServer` does.
 */
export async function readFromPrimary(
  target: UpdateTarget,
  name: string,
  type: RecordType,
): Promise<RecordSet | undefined> {
  return (await readFromServer(await primaryOf(target), name, type, readBy(target))).set;
}

/**
 * The wildcard that answers for a name at the server that takes the updates.
 * @throws MailstageError as `wildcardAt` does.
 */
export async function wildcardAtPrimary(
  target: UpdateTarget,
  name: string,
): Promise<WildcardCover | undefined> {
  return wildcardAt(await primaryOf(target), target.zone, name, readBy(target));
}
