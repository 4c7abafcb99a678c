import {
  getMigrationBatch,
  listMailboxes,
  listMigrationBatches,
  listMigrationUsers,
  type MailboxInfo,
  type MigrationBatchInfo,
  type MigrationUserInfo,
} from "./exchange/index.js";
import {
  type GraphUser,
  listSubscribedSkus,
  listUserLicenses,
  listUsers,
  type SubscribedSku,
  type UserLicenses,
} from "./graph/index.js";
import type { CloudSession } from "./index.js";

/**
 * Whole-tenant reads that several waves need in one run, each made once for all of them: a list of 10,000 users is eleven
 * requests, not eleven a wave.
 */

/** How old a shared read may be, in milliseconds: waves are handled side by side within seconds. */
const sharedForMs = 60_000;

interface Read<T> {
  readonly startedAt: number;
  readonly value: Promise<T>;
  ended: boolean;
}

function shared<T>(read: (session: CloudSession) => Promise<T>) {
  const reads = new WeakMap<CloudSession, Read<T>>();
  return async (session: CloudSession, notBefore = performance.now() - sharedForMs): Promise<T> => {
    for (let last = reads.get(session); last !== undefined; last = reads.get(session)) {
      if (last.startedAt >= notBefore) return last.value;
      if (last.ended) break;
      // One at a time: all who came too late for this one share the next.
      await last.value.catch(() => undefined);
    }
    const next: Read<T> = { startedAt: performance.now(), value: read(session), ended: false };
    reads.set(session, next);
    next.value.then(
      () => {
        next.ended = true;
      },
      () => {
        // A read that failed is not shared with whoever comes next.
        if (reads.get(session) === next) reads.delete(session);
      },
    );
    return next.value;
  };
}

/**
 * All users of the tenant.
 * @param notBefore the answer must come from a read that began at this time (`performance.now()`) or later; pass the time of
 * the last write to read it back. @default a minute ago
 */
export const tenantUsers: (session: CloudSession, notBefore?: number) => Promise<GraphUser[]> = shared(
  (session) => listUsers(session.graph),
);

/** All cloud mailboxes. @param notBefore as for `tenantUsers` */
export const tenantMailboxes: (session: CloudSession, notBefore?: number) => Promise<MailboxInfo[]> = shared(
  (session) => listMailboxes(session.exchange),
);

/**
 * All migration batches. Pulumi asks one resource after the other whether it has anything to do: a list for each wave would
 * make a preview of fifty waves wait for fifty. Whoever has changed or awaited a batch reads again, and the others share that
 * newer list.
 * @param notBefore as for `tenantUsers`
 */
export const tenantBatches: (session: CloudSession, notBefore?: number) => Promise<MigrationBatchInfo[]> =
  shared((session) => listMigrationBatches(session.exchange));

/** All mailboxes in migration batches, whoever made the batch. @param notBefore as for `tenantUsers` */
export const tenantMigrationUsers: (
  session: CloudSession,
  notBefore?: number,
) => Promise<MigrationUserInfo[]> = shared((session) => listMigrationUsers(session.exchange));

/** The same of each batch by itself. */
function sharedByBatch<T>(read: (session: CloudSession, batch: string) => Promise<T>) {
  const ofSessions = new WeakMap<CloudSession, Map<string, ReturnType<typeof shared<T>>>>();
  return async (session: CloudSession, batch: string, notBefore?: number): Promise<T> => {
    const reads = ofSessions.get(session) ?? new Map<string, ReturnType<typeof shared<T>>>();
    ofSessions.set(session, reads);
    const own = reads.get(batch) ?? shared<T>((one) => read(one, batch));
    reads.set(batch, own);
    return own(session, notBefore);
  };
}

/** The mailboxes of one migration batch, by its exact name. @param notBefore as for `tenantUsers` */
export const batchUsers: (
  session: CloudSession,
  batch: string,
  notBefore?: number,
) => Promise<MigrationUserInfo[]> = sharedByBatch(({ exchange }, batch) =>
  listMigrationUsers(exchange, { batch }),
);

/** One migration batch by its exact name, where a list lacks it. @param notBefore as for `tenantUsers` */
export const batchByName: (
  session: CloudSession,
  batch: string,
  notBefore?: number,
) => Promise<MigrationBatchInfo | undefined> = sharedByBatch(({ exchange }, batch) =>
  getMigrationBatch(exchange, batch),
);

/** The tenant's subscriptions. @param notBefore as for `tenantUsers` */
export const tenantSubscriptions: (session: CloudSession, notBefore?: number) => Promise<SubscribedSku[]> =
  shared((session) => listSubscribedSkus(session.graph));

/** The licences of all users of the tenant, and nothing else of them. @param notBefore as for `tenantUsers` */
export const tenantLicenses: (session: CloudSession, notBefore?: number) => Promise<UserLicenses[]> = shared(
  (session) => listUserLicenses(session.graph),
);

/** Writes under way that a read of licences is to follow, of all waves of a session. */
const writing = new WeakMap<CloudSession, Set<Promise<unknown>>>();

/**
 * Does a wave's writes, and waits for those of the waves beside it, so that one read back serves all of them. Ends with what
 * came of the wave's own, and when they ended: the `notBefore` of that read.
 */
export async function writeBeside<T>(
  session: CloudSession,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly endedAt: number }> {
  const all = writing.get(session) ?? new Set();
  writing.set(session, all);
  const own = work().then((result) => ({ result, endedAt: performance.now() }));
  all.add(own);
  try {
    return await own;
  } finally {
    all.delete(own);
    await Promise.allSettled(all);
  }
}
