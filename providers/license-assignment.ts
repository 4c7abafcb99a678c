import type * as pulumi from "@pulumi/pulumi";
import { utcMinute } from "../src/base/dates.js";
import { describeProblem, throwIfAny } from "../src/base/problem.js";
import { counted, keptAtMost, linesOf, someOf } from "../src/base/words.js";
import type { MailboxInfo } from "../src/microsoft365/exchange/index.js";
import { removeLicenses } from "../src/microsoft365/graph/index.js";
import { tenantUsers } from "../src/microsoft365/shared-reads.js";
import { findLicenses } from "../src/migration/adopt/licenses.js";
import {
  arrivalCount,
  arrivedAddresses,
  mailboxesByAddress,
  seenOf,
} from "../src/migration/arrived-mailboxes.js";
import { addedRows, addedRowsProblems, listedIn } from "../src/migration/guard-of-added-rows.js";
import { neededLicenseProblems } from "../src/migration/guard-of-batch-deletion.js";
import {
  isOverdue,
  keptWithoutLicenseDays,
  licenseDeadlines,
  licensedAfterDays,
  needsLicense,
  olderThan,
  unlicensedDays,
  urgentDeadlines,
} from "../src/migration/license-deadlines.js";
import { subscription, usersByAddress } from "../src/migration/license-plan.js";
import { seatClaim, seatsMissing } from "../src/migration/license-seats.js";
import { licenseUsers } from "../src/migration/license-users.js";
import { appliedAddresses, readWave } from "../src/migration/wave-file.js";
import {
  licensedByUs,
  licensedByUsBefore,
  licensesNow,
  unlicensed,
} from "../src/migration/who-is-licensed.js";
import { localPart } from "../src/plan/names.js";
import type { InputsOf, OutputsOf } from "../src/state/index.js";
import { licenseAssignmentContract } from "../src/state/wave-license-assignment.js";
import { dynamicProvider } from "./dynamic.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

/** How often it is looked for such mailboxes, in days. */
const lookedAfterDays = 7;

type Inputs = InputsOf<"LicenseAssignment">;
type Outputs = OutputsOf<"LicenseAssignment">;

/** Whose licences, and which. */
export type LicenseAssignmentArgs = ArgsOf<"LicenseAssignment", "digest" | "seenSynced" | "routing">;

/**
 * The licences of a wave's users (`POST /users/{id}/assignLicense` in `$batch`, or membership of a licensed group; Microsoft's procedure,
 * "Complete post migration tasks"). A user is licensed when the mailbox has arrived: a licence given earlier would keep
 * Exchange Online from migrating it. Users have 30 days from when the mailbox was made, synced or not, so one that is not synced
 * after two weeks is licensed as well. A licence counts with an Exchange Online plan that is on. Deleting this takes licences away only where the
 * plan says `removeOnDestroy`, since a mailbox whose licence is taken away is deleted after 30 days, and never as long as a batch of the wave is needed.
 */
export class LicenseAssignment extends MailstageResource implements Documented<"LicenseAssignment"> {
  declare readonly licensed: pulumi.Output<number>;
  declare readonly waiting: pulumi.Output<number>;
  declare readonly failures: pulumi.Output<string[]>;
  declare readonly exempt: pulumi.Output<number>;
  declare readonly firstDeadline: pulumi.Output<string | null>;

  constructor(name: string, args: LicenseAssignmentArgs, opts?: pulumi.CustomResourceOptions) {
    super("LicenseAssignment", name, args, opts);
  }
}

export const licenseAssignmentProvider = /* @__PURE__ */ dynamicProvider(licenseAssignmentContract, {
  async check(cx, news, olds, inputs) {
    const kept = { seenSynced: seenOf(cx.run, news, olds) };
    if (inputs === undefined) return kept;
    const run = cx.run.of(inputs.domain);
    run.licensed.set(inputs.wave, inputs);
    if (olds !== undefined && cx.adopting === undefined)
      throwIfAny(addedRowsProblems(run, inputs.wave, addedRows(inputs, olds), kept.seenSynced));
    const claims = cx.run.claimSeats(seatsOf(inputs), seatClaim(cx.root, inputs, olds));
    throwIfAny(await seatsMissing(sessionOf(inputs.tenant), inputs.licenses, claims));
    return kept;
  },

  async pending(cx, inputs, state) {
    // Whatever was in the way of somebody's licence may be gone, and the mailbox is for as long as that takes in danger.
    if (state.failedCount > 0 || state.processing > 0) return true;
    if (state.waiting === 0) return false;
    const session = sessionOf(inputs.tenant);
    const looked = state.lookedAt === undefined ? undefined : new Date(state.lookedAt);
    const starting = cx.run.of(inputs.domain).starting.has(inputs.wave);
    if ((await arrivalCount(session, inputs, starting)) <= (state.arrived ?? state.licensed))
      return looked === undefined || olderThan(looked, lookedAfterDays, await session.now());
    // The update asks for it first of all: signing in to Graph is under way until then, and whatever fails is told there.
    if ("sku" in inputs.licenses) subscription(session, inputs.licenses.sku).catch(() => undefined);
    return true;
  },

  async adopt(cx, adopting, inputs) {
    const session = sessionOf(inputs.tenant);
    const { licenses } = inputs;
    const { addresses } = readWave(cx.root, inputs);
    const [arrived, now] = [await arrivedAddresses(session, inputs), await session.now()];
    const { licensed, open, problems } = await findLicenses(session, addresses, licenses);
    adopting.differs(...problems);
    const mailboxes = await mailboxesByAddress(session, new Set(open));
    const exempt = open.filter((address) => !needsLicense(mailboxes.get(address)));
    const due = open.filter(
      (address) =>
        !exempt.includes(address) && (arrived.has(address) || isOverdue(mailboxes.get(address), now)),
    );
    if (due.length > 0) adopting.absent(`the licences of ${someOf(due)}`);
    const [first] = licenseDeadlines(mailboxes, (address) => !exempt.includes(address), now);
    return {
      id: inputs.wave,
      outputs: {
        licensed: licensed.length,
        waiting: open.length - exempt.length,
        failedCount: 0,
        failures: [],
        firstDeadline: first?.at.toISOString() ?? null,
        processing: 0,
        exempt: exempt.length,
        leftOut: "sku" in licenses ? [...licenses.disabledPlans] : [],
        lookedAt: now.toISOString(),
        arrived: arrived.size,
        // Nobody can tell who assigned them: none is ever taken away.
        assigned: "",
      },
    };
  },

  async reconcile(cx, inputs, prior) {
    const session = sessionOf(inputs.tenant);
    const { licenses } = inputs;
    // Exchange says who has arrived, Graph who they are and what they have; an update is needed where somebody has arrived.
    const fromGraph =
      prior === undefined
        ? []
        : [tenantUsers(session), ...("sku" in licenses ? [subscription(session, licenses.sku)] : [])];
    const arrivals = async () => {
      const arrived = await arrivedAddresses(session, inputs);
      return { arrived, addresses: readWave(cx.root, inputs).addresses };
    };
    const [{ arrived, addresses }] = await Promise.all([arrivals(), ...fromGraph]);
    const now = await session.now();
    // A wave that has only begun has no mailboxes that could be without a licence for long.
    const without =
      prior === undefined && arrived.size === 0
        ? new Set<string>()
        : await unlicensed(session, addresses, licenses);
    const mailboxes =
      without.size === 0 ? new Map<string, MailboxInfo>() : await mailboxesByAddress(session, without);
    const exempt = new Set([...without].filter((address) => !needsLicense(mailboxes.get(address))));
    const due = (address: string) =>
      arrived.has(address) ||
      (prior !== undefined && !without.has(address)) ||
      isOverdue(mailboxes.get(address), now);
    const ready = addresses.filter((address) => !exempt.has(address) && due(address));
    const seated = new Set([...ready, ...exempt]);
    cx.run.leaveSeatsTo(
      seatsOf(inputs),
      addresses.filter((address) => !seated.has(address)),
    );
    const { licensed, added, processing, problems } =
      ready.length === 0
        ? { licensed: [], added: [], processing: 0, problems: [] }
        : await licenseUsers(
            session,
            ready,
            licenses,
            (message) => void cx.progress(message),
            prior?.outputs.leftOut,
          );
    const have = new Set([...licensed, ...exempt]);
    const open = licenseDeadlines(mailboxes, (address) => !have.has(address), now);
    const [first] = open;
    const unlicensedReady = ready.filter((address) => !have.has(address)).length;
    if (first !== undefined && (unlicensedReady > 0 || first.daysLeft < unlicensedDays - licensedAfterDays))
      await cx.warn(
        `${inputs.wave}: ${counted(unlicensedReady, "migrated user has", "migrated users have")} no licence; the first, ${first.address}, has ${counted(first.daysLeft, "day")} left, until ${utcMinute(first.at)}`,
      );
    for (const line of linesOf(problems.map(describeProblem))) await cx.warn(line);
    return {
      id: inputs.wave,
      outputs: {
        licensed: licensed.length,
        waiting: addresses.length - ready.length - exempt.size,
        failedCount: problems.length,
        failures: problems.slice(0, keptAtMost).map(describeProblem),
        firstDeadline: first?.at.toISOString() ?? null,
        processing,
        exempt: exempt.size,
        leftOut: "sku" in licenses ? [...licenses.disabledPlans] : [],
        lookedAt: now.toISOString(),
        arrived: arrived.size,
        assigned: (await licensedByUsBefore(session, inputs, prior)).plus(added.map(localPart)).lines(),
      } satisfies Outputs,
      blocked: linesOf(urgentDeadlines(open)),
    };
  },

  async read(_cx, inputs, state) {
    const session = sessionOf(inputs.tenant);
    const addresses = appliedAddresses(inputs);
    if (addresses === undefined) return { inputs, outputs: state };
    const { licensed, lost } = await licensesNow(session, inputs, addresses, state);
    const fewer = Math.max(0, state.licensed - licensed);
    const { lost: _, ...kept } = state;
    return {
      inputs,
      outputs: {
        ...kept,
        licensed,
        waiting: state.waiting + fewer,
        arrived: Math.max(0, (state.arrived ?? state.licensed) - fewer),
        ...(lost.size > 0 && { lost: lost.lines() }),
      },
    };
  },

  async delete(cx, inputs, state) {
    const given = licensedByUs(inputs.wave, state);
    // A user who left this list, or is in another wave's by now, has the licence for that one; a destroy takes all of them away.
    const run = cx.run.of(inputs.domain);
    const others = [...run.licensed.values()].filter(({ wave }) => wave !== inputs.wave);
    const still = run.appliesPlan
      ? others.reduce((left, other) => left.minus(listedIn(other)), given.and(listedIn(inputs)))
      : given;
    const ours = still.addresses(inputs.domain);
    if (!("sku" in inputs.licenses) || !inputs.licenses.removeOnDestroy || ours.length === 0) {
      if (state.licensed > 0)
        await cx.warn(
          `${inputs.wave}: ${counted(state.licensed, "user keeps the licence", "users keep their licences")}; a mailbox without one is deleted after ${keptWithoutLicenseDays} days`,
        );
      return;
    }
    const session = sessionOf(inputs.tenant);
    const { graph } = session;
    // Pulumi deletes this before the batches it depends on: licences would be gone when those refuse. So it asks what they ask.
    throwIfAny(await neededLicenseProblems(run, session, inputs, ours));
    const sku = await subscription(session, inputs.licenses.sku);
    const users = usersByAddress(await tenantUsers(session));
    const ids = ours.flatMap((address) => users.get(address)?.id ?? []);
    const results = await removeLicenses(graph, ids, sku.skuId, (done) => {
      void cx.progress(`${done} of ${counted(ids.length, "licence")} removed`);
    });
    throwIfAny(results.flatMap((result) => (result.done ? [] : result.error.problems)));
  },
});

const seatsOf = ({ tenant, domain, wave }: Inputs) => ({ tenant: tenant.id, domain, wave });
