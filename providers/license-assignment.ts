import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { InputsOf, OutputsOf } from "../src/contracts/index.js";
import { licenseAssignmentContract } from "../src/contracts/license-assignment.js";
import { describeProblem, throwIfAny } from "../src/errors/index.js";
import { removeLicenses } from "../src/graph/index.js";
import { arrivalCount, arrivedAddresses, mailboxesByAddress } from "../src/migration/arrivals.js";
import { utcMinute } from "../src/migration/batch-progress.js";
import { licenseUsers, seatProblems, subscription, usersByAddress } from "../src/migration/licensing.js";
import { packNames, unpackNames } from "../src/migration/packed-names.js";
import { tenantUsers } from "../src/migration/tenant-reads.js";
import { appliedAddresses, readWave } from "../src/migration/wave-file.js";
import { localPart } from "../src/plan/names.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { type ArgsOf, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** How long a migrated mailbox may be without a licence, in days (seed, "Use directory synchronization"). */
const graceDays = 30;
const namedAtMost = 20;

type Inputs = InputsOf<"LicenseAssignment">;

type Outputs = OutputsOf<"LicenseAssignment">;

/** Whose licences, and which. */
export type LicenseAssignmentArgs = ArgsOf<"LicenseAssignment", "digest" | "seenSynced">;

/**
 * The licences of a wave's users (`POST /users/{id}/assignLicense` in `$batch`, or membership of a licensed group; seed,
 * "Complete post migration tasks"). A user is licensed when the mailbox has arrived: a licence given earlier would keep
 * Exchange Online from migrating it. Users have 30 days from then. Deleting this takes licences away only where the
 * plan says `removeOnDestroy`, since a mailbox without a licence is deleted after 30 days.
 */
export class LicenseAssignment extends MailstageResource {
  /** Users that have the licence. */
  declare readonly licensed: pulumi.Output<number>;
  /** Users whose mailbox has not arrived yet. */
  declare readonly waiting: pulumi.Output<number>;
  /** Users that could not be licensed, with the reason; the first 20. */
  declare readonly failures: pulumi.Output<string[]>;
  /** When the first mailbox without a licence is disabled, ISO 8601; null when all that arrived are licensed. */
  declare readonly firstDeadline: pulumi.Output<string | null>;

  constructor(name: string, args: LicenseAssignmentArgs, opts?: pulumi.CustomResourceOptions) {
    super("LicenseAssignment", name, args, opts);
  }
}

export const licenseAssignmentProvider = /* @__PURE__ */ dynamicProvider({
  ...licenseAssignmentContract,

  async check(cx, news, olds, known) {
    const kept = { seenSynced: news.seenSynced ?? olds?.seenSynced };
    if (known === undefined || isDeepStrictEqual(olds?.licenses, known.licenses)) return kept;
    if (!("sku" in known.licenses)) return kept;
    const session = sessionOf(known.tenant);
    const sku = await subscription(session, known.licenses.sku);
    if (seatProblems(sku, known.mailboxes).length === 0) return kept;
    // Some may be licensed already: count before refusing.
    const { addresses } = readWave(cx.root, known);
    const users = usersByAddress(await tenantUsers(session));
    const needed = addresses.filter(
      (address) => !users.get(address)?.licenses.some(({ skuId }) => skuId === sku.skuId),
    ).length;
    throwIfAny(seatProblems(sku, needed));
    return kept;
  },

  async pending(_cx, known, state) {
    // Whatever was in the way of somebody's licence may be gone, and the mailbox is for as long as that takes in danger.
    if (state.failedCount > 0) return true;
    if (state.waiting === 0) return false;
    const session = sessionOf(known.tenant);
    if ((await arrivalCount(session, known)) <= state.licensed) return false;
    // The update asks for it first of all: signing in to Graph is under way until then, and whatever fails is told there.
    if ("sku" in known.licenses) subscription(session, known.licenses.sku).catch(() => undefined);
    return true;
  },

  async reconcile(cx, known, prior) {
    const session = sessionOf(known.tenant);
    const { licenses } = known;
    // Who arrived is Exchange's to say, who they are and what they get is Graph's, and an update is made where somebody has.
    const fromGraph =
      prior === undefined
        ? []
        : [tenantUsers(session), ...("sku" in licenses ? [subscription(session, licenses.sku)] : [])];
    const arrivals = async () => {
      const arrived = await arrivedAddresses(session, known);
      return { arrived, addresses: readWave(cx.root, known).addresses };
    };
    const [{ arrived, addresses }] = await Promise.all([arrivals(), ...fromGraph]);
    const ready = addresses.filter((address) => arrived.has(address));
    const { licensed, added, problems } =
      ready.length === 0
        ? { licensed: [], added: [], problems: [] }
        : await licenseUsers(session, ready, licenses, (message) => void cx.progress(message));
    const deadline = licensed.length < ready.length ? await firstDeadline(cx, known, ready, licensed) : null;
    for (const problem of problems.slice(0, namedAtMost)) await cx.warn(describeProblem(problem));
    return {
      id: known.wave,
      outputs: {
        licensed: licensed.length,
        waiting: addresses.length - ready.length,
        failedCount: problems.length,
        failures: problems.slice(0, namedAtMost).map(describeProblem),
        firstDeadline: deadline,
        assigned: packNames([...assignedBefore(known.wave, prior?.outputs), ...added.map(localPart)]),
      } satisfies Outputs,
    };
  },

  async read(_cx, known, state) {
    const session = sessionOf(known.tenant);
    const addresses = appliedAddresses(known);
    if (!("sku" in known.licenses) || addresses === undefined) return { inputs: known, outputs: state };
    const sku = await subscription(session, known.licenses.sku);
    const users = usersByAddress(await tenantUsers(session));
    const licensed = addresses.filter((address) =>
      users.get(address)?.licenses.some(({ skuId }) => skuId === sku.skuId),
    ).length;
    const lost = Math.max(0, state.licensed - licensed);
    return { inputs: known, outputs: { ...state, licensed, waiting: state.waiting + lost } };
  },

  async delete(cx, known, state) {
    const ours = assignedBefore(known.wave, state).map((local) => `${local}@${known.domain}`);
    if (!("sku" in known.licenses) || !known.licenses.removeOnDestroy || ours.length === 0) {
      if (state.licensed > 0)
        await cx.warn(
          `${known.wave}: ${state.licensed} users keep their licences; without them their mailboxes would be deleted after ${graceDays} days`,
        );
      return;
    }
    const session = sessionOf(known.tenant);
    const { graph } = session;
    const sku = await subscription(session, known.licenses.sku);
    const users = usersByAddress(await tenantUsers(session));
    const ids = ours.flatMap((address) => users.get(address)?.id ?? []);
    const results = await removeLicenses(graph, ids, sku.skuId, (done) => {
      void cx.progress(`${done} of ${ids.length} licences removed`);
    });
    throwIfAny(results.flatMap((result) => (result.done ? [] : result.error.problems)));
  },
});

const assignedBefore = (wave: string, state: Outputs | undefined) =>
  unpackNames(state?.assigned ?? "", `licences of ${wave}`);

/** When the first arrived mailbox without a licence is disabled: 30 days after the mailbox was made. */
async function firstDeadline(
  cx: Context,
  known: Inputs,
  ready: readonly string[],
  licensed: readonly string[],
): Promise<string | null> {
  const session = sessionOf(known.tenant);
  const have = new Set(licensed);
  const open = new Set(ready.filter((address) => !have.has(address)));
  const mailboxes = await mailboxesByAddress(session, open);
  const deadlines = [...mailboxes].flatMap(([address, { whenMailboxCreated }]) =>
    whenMailboxCreated === undefined
      ? []
      : [{ address, at: new Date(whenMailboxCreated.getTime() + graceDays * 86_400_000) }],
  );
  const first = deadlines.sort((left, right) => left.at.getTime() - right.at.getTime())[0];
  if (first === undefined) return null;
  const days = Math.floor((first.at.getTime() - (await session.now()).getTime()) / 86_400_000);
  await cx.warn(
    `${known.wave}: ${open.size} migrated users have no licence; the first, ${first.address}, has ${days} days left, until ${utcMinute(first.at)}`,
  );
  return first.at.toISOString();
}
