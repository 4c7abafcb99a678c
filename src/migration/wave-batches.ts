import { mapBounded } from "../base/map-bounded.js";
import { type Problem, throwIfAny } from "../base/problem.js";
import { firstOf } from "../base/words.js";
import {
  addMigrationUsers,
  createMigrationBatch,
  type ExchangePort,
  isNeverStarted,
  listMigrationUsers,
  type MigrationBatchInfo,
  type MigrationUserInfo,
  removeMigrationBatch,
  removeMigrationUsers,
  sameName,
  setMigrationBatch,
  startMigrationBatch,
} from "../microsoft365/exchange/index.js";
import type { CloudSession } from "../microsoft365/index.js";
import { tenantBatches } from "../microsoft365/shared-reads.js";
import { stopBatch } from "./batch-stop.js";

/** What a wave's migration batches should be. */
export interface WaveBatches {
  readonly domain: string;
  /** Path of the CSV, for messages. */
  readonly csv: string;
  /** Name of the migration endpoint. */
  readonly endpoint: string;
  /** Local parts of the mailboxes in each batch. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  readonly started: boolean;
  /** Raised by one to try failed mailboxes again. */
  readonly retryFailed: number;
  readonly notificationEmails?: readonly string[] | undefined;
  /** Exchange's ids of the batches, by name, where they were seen: another id is another batch. */
  readonly guids?: Readonly<Record<string, string>> | undefined;
}

/** How `ensureBatches` reaches what it needs. */
export interface BatchTools {
  readonly session: CloudSession;
  /** The CSV bytes for these addresses, made when they are sent. */
  readonly upload: (addresses: ReadonlySet<string>) => Uint8Array;
  readonly progress: (message: string) => Promise<void>;
  readonly warn: (message: string) => Promise<void>;
}

/** Batches of one wave that are made or changed at once: five waves of four use up no tenant's limit of requests at once. */
const batchesAtOnce = 4;

/**
 * The wave's batches as Exchange has them, in the order of its parts; one request for all waves.
 * @param notBefore the answer must come from a read that began at this time (`performance.now()`) or later. @default a minute ago
 */
export async function readBatches(
  session: CloudSession,
  parts: readonly string[],
  notBefore?: number,
): Promise<(MigrationBatchInfo | undefined)[]> {
  const all = await tenantBatches(session, notBefore);
  return parts.map((part) => all.find((batch) => batch.name.toLowerCase() === part.toLowerCase()));
}

/**
 * Creates what is missing, adopts what is there, brings rows and settings up to date. Every step reads first, so that a
 * run that was killed anywhere is finished by the next one.
 * @param batches what `readBatches` has just read of them
 * @param before what the last update that ended well wanted; undefined for none
 * @param copied whether the wave has copied already: then a batch that is gone is not created again
 * @throws MailstageError `batch-differs` for a batch of that name that is not this wave's: it is never touched
 */
export async function ensureBatches(
  wanted: WaveBatches,
  batches: readonly (MigrationBatchInfo | undefined)[],
  before: WaveBatches | undefined,
  copied: boolean,
  tools: BatchTools,
): Promise<(MigrationBatchInfo | undefined)[]> {
  const { exchange: port } = tools.session;
  const names = Object.keys(wanted.parts);
  const seen = await mapBounded(names, batchesAtOnce, async (part, index) => {
    const batch = batches[index];
    const addresses = addressesOf(wanted, part);
    const own = before !== undefined && part in before.parts && isThatBatch(before, part, batch);
    if (batch === undefined && own && copied) await tools.warn(goneMessage(part));
    else if (batch === undefined) {
      await tools.progress(`creating ${part} with ${addresses.size} mailboxes`);
      return createMigrationBatch(port, {
        name: part,
        csvData: tools.upload(addresses),
        sourceEndpoint: wanted.endpoint,
        autoStart: wanted.started,
        ...(wanted.notificationEmails === undefined ? {} : { notificationEmails: wanted.notificationEmails }),
      });
    } else {
      const sameRows = own && before.parts[part]?.join("\n") === wanted.parts[part]?.join("\n");
      const more = !sameRows && (await syncRows(wanted, part, batch, own, tools));
      await syncSettings(wanted, before, batch, more, tools);
    }
    return batch;
  });
  for (const part of Object.keys(before?.parts ?? {}))
    if (before !== undefined && !(part in wanted.parts)) {
      await removeMigrationUsers(port, [...addressesOf(before, part)]);
      await removeMigrationBatch(port, part);
    }
  // A read that lags behind may lack what was just made: it is there all the same.
  const made = await readBatches(tools.session, names, performance.now());
  return made.map((batch, index) => batch ?? seen[index]);
}

/** Why the batches of these names in Exchange cannot be adopted; none where they match or do not exist. */
export async function adoptionProblems(session: CloudSession, wanted: WaveBatches): Promise<Problem[]> {
  const names = Object.keys(wanted.parts);
  const problems: Problem[] = [];
  for (const [index, batch] of (await readBatches(session, names)).entries()) {
    const part = names[index];
    if (batch === undefined || part === undefined) continue;
    problems.push(...foreignProblems(wanted, part, batch));
    problems.push(...extraRows(wanted, part, await presentAddresses(session.exchange, part)));
  }
  return problems;
}

/** Mailboxes of a wave, and in which batches they may be: the names state has, not whatever begins like the wave's. */
export interface WaveMailboxes {
  readonly wave: string;
  readonly batches: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * Why mailboxes cannot be added to a wave: they are in a batch of somebody else, made by hand or by another plan. Exchange
 * would make the batch without them, and only warn. Pure.
 */
export function takenProblems(
  users: readonly MigrationUserInfo[],
  { wave, batches, addresses }: WaveMailboxes,
): Problem[] {
  const own = new Set(batches.map((name) => name.toLowerCase()));
  const owners = new Map(users.map(({ emailAddress, batch }) => [emailAddress.toLowerCase(), batch]));
  const taken = addresses.flatMap((address) => {
    const owner = owners.get(address.toLowerCase());
    return owner === undefined || own.has(owner.toLowerCase()) ? [] : [`${address} (${owner})`];
  });
  if (taken.length === 0) return [];
  return [
    {
      code: "mailbox-in-other-batch",
      subject: `batch ${wave}`,
      reason: `${taken.length} mailboxes are in another migration batch already: ${firstOf(taken)}`,
      hint: "A mailbox belongs to one batch: take it out of this list, or out of that batch first",
    },
  ];
}

/** What is said of a batch the service forgot. */
export function goneMessage(part: string): string {
  return `batch ${part} is gone from Exchange Online (batches expire 60 to 90 days after their last activity, or somebody deleted it); it is not created again, since that would start copying anew. To migrate its mailboxes again, move them to a batch of a new name`;
}

/** Whether two lists hold the same members, whatever their order and case. */
export function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  const lower = (list: readonly string[]) => new Set(list.map((item) => item.toLowerCase()));
  return lower(left).symmetricDifference(lower(right)).size === 0;
}

/** Whether a batch is the one that was made, and not another that somebody gave its name since. */
function isThatBatch({ guids }: WaveBatches, part: string, batch: MigrationBatchInfo | undefined): boolean {
  const made = guids?.[part];
  return made === undefined || batch?.guid === undefined || sameName(made, batch.guid);
}

function addressesOf(wave: WaveBatches, part: string): Set<string> {
  return new Set((wave.parts[part] ?? []).map((local) => `${local}@${wave.domain}`));
}

async function presentAddresses(port: ExchangePort, part: string): Promise<Set<string>> {
  const users = await listMigrationUsers(port, { batch: part });
  return new Set(users.map((user) => user.emailAddress.toLowerCase()));
}

function foreignProblems(wanted: WaveBatches, part: string, batch: MigrationBatchInfo): Problem[] {
  const differs = (reason: string): Problem => ({
    code: "batch-differs",
    subject: `batch ${part}`,
    reason,
    hint: "Choose another name in the plan, or make the two match; the batch was not changed",
  });
  const { sourceEndpoint, migrationType } = batch;
  return [
    ...(sourceEndpoint !== undefined && sourceEndpoint.toLowerCase() !== wanted.endpoint.toLowerCase()
      ? [differs(`exists already with endpoint ${sourceEndpoint}, and the plan says ${wanted.endpoint}`)]
      : []),
    ...(/cutover/i.test(migrationType ?? "")
      ? [differs("exists already as a cutover migration of the whole organization")]
      : []),
  ];
}

function extraRows(wanted: WaveBatches, part: string, present: ReadonlySet<string>): Problem[] {
  const extra = [...present.difference(addressesOf(wanted, part))];
  if (extra.length === 0) return [];
  return [
    {
      code: "batch-differs",
      subject: `batch ${part}`,
      reason: `exists already with ${extra.length} mailboxes that ${wanted.csv} does not list for it: ${firstOf(extra)}`,
      hint: `Add them to ${wanted.csv}, or choose another name in the plan`,
    },
  ];
}

/** AddUsers for what is missing, Remove-MigrationUser for what is too much; a batch that is adopted loses nothing. @returns whether any was added */
async function syncRows(
  wanted: WaveBatches,
  part: string,
  batch: MigrationBatchInfo,
  own: boolean,
  { session: { exchange: port }, upload, progress }: BatchTools,
): Promise<boolean> {
  const present = await presentAddresses(port, part);
  if (!own) throwIfAny([...foreignProblems(wanted, part, batch), ...extraRows(wanted, part, present)]);
  const addresses = addressesOf(wanted, part);
  const added = addresses.difference(present);
  const removed = [...present.difference(addresses)];
  if (added.size > 0) {
    await progress(`adding ${added.size} mailboxes to ${part}`);
    await addMigrationUsers(port, part, upload(added));
  }
  if (removed.length > 0)
    await removeMigrationUsers(port, removed, (done) => {
      void progress(`removed ${done} of ${removed.length} mailboxes from ${part}`);
    });
  return added.size > 0;
}

/** @param more whether mailboxes were added just now, which a batch that was ever started begins to copy */
async function syncSettings(
  wanted: WaveBatches,
  before: WaveBatches | undefined,
  batch: MigrationBatchInfo,
  more: boolean,
  { session: { exchange: port }, warn }: BatchTools,
): Promise<void> {
  const { notificationEmails, started } = wanted;
  if (notificationEmails !== undefined && !sameMembers(batch.notificationEmails, notificationEmails))
    await setMigrationBatch(port, batch.name, { notificationEmails });
  // One that is still stopping would stay stopped: nothing asks for its start again.
  const idle = isNeverStarted(batch) || /^stopp(?:ing|ed)$/i.test(batch.status);
  // Start-MigrationBatch also retries the mailboxes that failed.
  const retry = before !== undefined && wanted.retryFailed > before.retryFailed && batch.failedCount > 0;
  if (started && (idle || retry)) await startMigrationBatch(port, batch.name);
  if (started || before === undefined || idle || !(before.started || more)) return;
  const left = await stopBatch(port, batch, more);
  if (left !== undefined) await warn(left);
}
