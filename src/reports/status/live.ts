import { MailstageError } from "../../base/problem.js";
import { observe } from "../../dns/index.js";
import {
  listMigrationBatches,
  listMigrationUsers,
  type MigrationBatchInfo,
  sameName,
} from "../../microsoft365/exchange/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { appliedAddresses } from "../../migration/wave-file.js";
import { expectedEnd, waveProgress } from "../../migration/wave-progress.js";
import { licensesNow } from "../../migration/who-is-licensed.js";
import { unfolded } from "../../state/index.js";
import { readResource } from "../../state/read-resource.js";
import { licenseAssignmentContract } from "../../state/wave-license-assignment.js";
import type { Properties } from "../shared/preview.js";
import type { Failure } from "./failures.js";
import type { MailStatus } from "./model.js";

/** What the services say now. Each part is undefined where it could not be asked; `notAsked` says why. */
export interface LiveFacts {
  readonly now: Date;
  readonly waves: ReadonlyMap<string, LiveWave> | undefined;
  readonly failures: readonly Failure[] | undefined;
  /** By wave. */
  readonly licenses: ReadonlyMap<string, LiveLicenses> | undefined;
  readonly mx: MailStatus["seen"] | undefined;
  readonly notAsked: readonly string[];
}

/** The licences of a wave as Graph has them. */
export interface LiveLicenses {
  readonly licensed: number;
  /** Addresses from whom one of ours was taken. */
  readonly lost: readonly string[];
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
  /** The licences of waves as state has them. */
  readonly licenses: readonly Properties[];
  readonly observed: {
    readonly zone: string;
    readonly nameServers?: readonly string[] | undefined;
    readonly resolvers?: readonly string[] | undefined;
  };
}

/**
 * Asks Exchange, Graph and DNS, changing nothing: two paged requests, the tenant's users in pages where licences were given, and one
 * query a name server.
 */
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
  const [now, batches, licenses, mx] = await Promise.all([
    tried("the service's clock", () => session.now()),
    tried("Exchange Online", () => listMigrationBatches(session.exchange)),
    tried("licences", () => liveLicenses(session, question.licenses)),
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
    licenses,
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

async function liveLicenses(
  session: CloudSession,
  all: readonly Properties[],
): Promise<ReadonlyMap<string, LiveLicenses>> {
  const found = await Promise.all(
    all.map(async (folded): Promise<[string, LiveLicenses][]> => {
      const { wave, domain, members, licenses, assigned } = readResource(
        "LicenseAssignment",
        unfolded(licenseAssignmentContract, folded),
      );
      if (wave === undefined || domain === undefined || licenses === undefined || assigned === undefined)
        return [];
      const addresses = appliedAddresses({ wave, domain, members });
      if (addresses === undefined) return [];
      const { licensed, lost } = await licensesNow(session, { wave, domain, licenses }, addresses, {
        assigned,
      });
      return [[wave, { licensed, lost: lost.addresses(domain) }]];
    }),
  );
  return new Map(found.flat());
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
