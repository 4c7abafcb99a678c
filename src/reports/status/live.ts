import { MailstageError } from "../../base/problem.js";
import { observe } from "../../dns/index.js";
import {
  listMigrationBatches,
  listMigrationUsers,
  type MigrationBatchInfo,
  sameName,
} from "../../microsoft365/exchange/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { expectedEnd, waveProgress } from "../../migration/wave-progress.js";
import type { Failure } from "./failures.js";
import type { MailStatus } from "./model.js";

/** What the services say now. Each part is undefined where it could not be asked; `notAsked` says why. */
export interface LiveFacts {
  readonly now: Date;
  readonly waves: ReadonlyMap<string, LiveWave> | undefined;
  readonly failures: readonly Failure[] | undefined;
  readonly mx: MailStatus["seen"] | undefined;
  readonly notAsked: readonly string[];
}

/** One wave as Exchange has it. */
export interface LiveWave {
  readonly status: string;
  readonly total: number;
  readonly synced: number;
  readonly failed: number;
  readonly expectedEnd: Date | undefined;
  readonly lastSynced: Date | undefined;
}

/** Which servers are asked about the domain's MX. */
export interface LiveQuestion {
  readonly domain: string;
  /** By wave, the names of its batches, as state has them. */
  readonly waves: ReadonlyMap<string, readonly string[]>;
  readonly observed: {
    readonly zone: string;
    readonly nameServers?: readonly string[] | undefined;
    readonly resolvers?: readonly string[] | undefined;
  };
}

/** Asks Exchange and DNS, changing nothing: two paged requests and one query a name server. */
export async function askLive(session: CloudSession, question: LiveQuestion): Promise<LiveFacts> {
  const notAsked: string[] = [];
  const tried = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof MailstageError)) throw error;
      const [{ reason }] = error.problems;
      notAsked.push(`${what}: ${reason}`);
      return undefined;
    }
  };
  const [now, batches, mx] = await Promise.all([
    tried("the service's clock", () => session.now()),
    tried("Exchange Online", () => listMigrationBatches(session.exchange)),
    tried("DNS", () => observe({ ...question.observed, name: question.domain, type: "MX" })),
  ]);
  const time = now ?? new Date();
  const all = batches && expectedEnd(batches, time);
  const waves =
    batches &&
    new Map([...question.waves].map(([wave, names]) => [wave, liveWave(names, batches, time, all)]));
  const waveOf = (batch: string | undefined) =>
    [...question.waves].find(([, names]) => names.some((name) => sameName(name, batch)))?.[0];
  const failures =
    batches &&
    (await tried("failed mailboxes", async () =>
      batches.some(({ failedCount }) => failedCount > 0)
        ? (
            await listMigrationUsers(session.exchange, { statusSummary: "Failed" })
          ).flatMap((user): Failure[] => {
            const wave = waveOf(user.batch);
            return wave === undefined
              ? []
              : [{ wave, subject: user.emailAddress, words: user.errorSummary ?? user.status }];
          })
        : [],
    ));
  return {
    now: time,
    waves,
    failures,
    mx: mx?.servers.map(({ name, address, role, values, ttl, error }) => ({
      server: name === address ? name : `${name} (${address})`,
      role,
      values,
      ttl: ttl ?? null,
      error: error ?? null,
    })),
    notAsked,
  };
}

function liveWave(
  names: readonly string[],
  all: readonly MigrationBatchInfo[],
  now: Date,
  allDone: Date | undefined,
): LiveWave {
  const batches = all.filter((batch) => names.some((name) => sameName(name, batch.name)));
  const last = batches.flatMap(({ lastSyncedAt }) => lastSyncedAt?.getTime() ?? []);
  return {
    ...waveProgress(batches),
    expectedEnd: earlier(expectedEnd(batches, now), allDone),
    lastSynced: last.length === 0 ? undefined : new Date(Math.min(...last)),
  };
}

/** A wave that waited in the queue seems slow: it is done when everything is, at the latest. */
function earlier(own: Date | undefined, all: Date | undefined): Date | undefined {
  if (own === undefined || all === undefined) return own;
  return own < all ? own : all;
}
