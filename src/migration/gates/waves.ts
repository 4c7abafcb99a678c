import { utcMinute } from "../../base/dates.js";
import type { Problem } from "../../base/problem.js";
import { are, counted, mailboxes, someOf } from "../../base/words.js";
import {
  isFailed,
  isStopped,
  isSynced,
  type MigrationBatchInfo,
  type MigrationUserInfo,
} from "../../microsoft365/exchange/index.js";
import { tenantSubscriptions } from "../../microsoft365/shared-reads.js";
import { type DirectoryUser, isPlan, planConversion, readUsers } from "../../on-premises/directory/index.js";
import { stages } from "../../plan/index.js";
import { byAnyAddress } from "../arrived-mailboxes.js";
import { deletionConditions } from "../batch-deletion-conditions.js";
import { isIn } from "../batch-identity.js";
import { notSyncedProblems, startAgain } from "../guard-of-batch-deletion.js";
import { needsLicense, unlicensedDays } from "../license-deadlines.js";
import { usersByAddress, withoutMailbox } from "../license-plan.js";
import type { GateAnswer, GateQuestion } from "./reads-of-gates.js";

/**
 * Every mailbox of every wave is synced, and none failed (Microsoft's procedure, "Route your email"). The service
 * forgets a batch after some months; those of its users who are converted need it no more.
 */
export async function askBatchesSynced(question: GateQuestion): Promise<GateAnswer> {
  const status = new Map(
    (await question.migrationUsers()).map((user) => [user.emailAddress.toLowerCase(), user]),
  );
  const forgotten = await convertedUsers(
    question,
    question.waves().flatMap(({ addresses }) => addresses.filter((address) => !status.has(address))),
  );
  const problems: Problem[] = [];
  // Where it is to be mended: batches can be made and started at route as well, and a way back to migrate would switch the MX back.
  const before = stages[stages.indexOf(question.subject.stage) - 1] ?? "migrate";
  let synced = 0;
  for (const { wave, addresses } of question.waves()) {
    const missing = addresses.filter((address) => !status.has(address) && !forgotten.has(address));
    const failed = addresses.filter((address) => isFailed(status.get(address)?.status ?? ""));
    const done = addresses.filter((address) => isSynced(status.get(address)?.status ?? ""));
    const stopped = addresses.filter((address) => isStopped(status.get(address)?.status ?? ""));
    const past = addresses.filter((address) => forgotten.has(address));
    const copying = [missing, failed, done, stopped, past].reduce(
      (left, some) => left - some.length,
      addresses.length,
    );
    synced += done.length;
    if (missing.length > 0)
      problems.push({
        code: "mailbox-not-in-batch",
        subject: `wave ${wave}`,
        reason: `${mailboxes(missing.length)} ${are(missing.length)} in no migration batch: ${someOf(missing)}`,
        hint: `Start the wave at stage ${before}. Where a batch is gone, convert those who were copied (phase: converted) and move the others to a wave of a new name`,
      });
    if (failed.length > 0)
      problems.push({
        code: "mailbox-failed",
        subject: `wave ${wave}`,
        reason: `${mailboxes(failed.length)} failed: ${someOf(failed.map((address) => `${address} (${status.get(address)?.errorSummary ?? status.get(address)?.status})`))}`,
        hint: `Mend the cause, and ${startAgain(before)}`,
      });
    if (stopped.length > 0)
      problems.push({
        code: "mailbox-stopped",
        subject: `wave ${wave}`,
        reason: `${mailboxes(stopped.length)} ${are(stopped.length)} stopped and no longer synchronized: ${someOf(stopped)}`,
        hint: `Exchange stops a batch that was idle for 60 days, or somebody has stopped them: ${startAgain(before)}`,
      });
    if (copying > 0)
      problems.push({
        code: "mailbox-not-synced",
        subject: `wave ${wave}`,
        reason: `${copying} of ${mailboxes(addresses.length)} ${are(copying)} not synced yet`,
        hint: `Run pulumi up again at stage ${before} later`,
      });
  }
  const facts = [
    `${mailboxes(synced)} ${are(synced)} synced`,
    ...(forgotten.size > 0
      ? [`${mailboxes(forgotten.size)} whose batch is gone: converted on premises already`]
      : []),
  ];
  return { gate: "batches-synced", facts, problems };
}

/** All mailboxes are mail users on premises, so that everybody uses the cloud mailbox (Microsoft's procedure, "Delete the staged migration batch"). */
export async function askMailboxesConverted(question: GateQuestion): Promise<GateAnswer> {
  const waves = question.waves();
  const all = waves.flatMap(({ addresses }) => addresses);
  const converted = await convertedUsers(question, all);
  const problems = waves.flatMap(({ wave, addresses }): Problem[] => {
    const open = addresses.filter((address) => !converted.has(address));
    if (open.length === 0) return [];
    return [
      {
        code: "mailbox-not-converted",
        subject: `wave ${wave}`,
        reason: `${counted(open.length, "user")} ${are(open.length)} not converted yet: ${someOf(open)}`,
        hint: "Set stage: route, and phase: converted for the wave, and run pulumi up: the way into retire is asked before anybody is converted",
      },
    ];
  });
  return {
    gate: "mailboxes-converted",
    facts: [`${counted(all.length, "mail user")} on premises`],
    problems,
  };
}

/** Up to so many entries of the directory are held at once, and read in one search (some 20 KB each, measured). */
const heldAtMost = 20_000;
/** Of more, so many at a time: few enough to be asked for by address, instead of the whole directory each time. */
const partOfMore = 4_500;

/** Which of the addresses are mail users on premises with a mailbox in Exchange Online: all their mail is there. */
async function convertedUsers(question: GateQuestion, addresses: readonly string[]): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const directory = await question.directory();
  const mailboxes = byAnyAddress(await question.mailboxes());
  const flavour = question.subject.source.exchange;
  const isConverted = (user: DirectoryUser | undefined, address: string) => {
    const mailbox = mailboxes.get(address.toLowerCase());
    if (user === undefined || mailbox === undefined) return false;
    return (["128", "remove"] as const).some((recipientTypeDetails) => {
      const settings = { flavour, recipientTypeDetails };
      const plan = planConversion(user, { ...mailbox, legacyExchangeDn: mailbox.legacyExchangeDN }, settings);
      return isPlan(plan) && plan.already;
    });
  };
  const converted = new Set<string>();
  const atOnce = addresses.length > heldAtMost ? partOfMore : heldAtMost;
  for (let begin = 0; begin < addresses.length; begin += atOnce) {
    const some = addresses.slice(begin, begin + atOnce);
    const { users } = await readUsers(directory, some);
    for (const address of some) if (isConverted(users.get(address), address)) converted.add(address);
  }
  return converted;
}

/** Each batch was synchronized after mail was routed to the tenant (Last Synced Time), and each of its mailboxes, where Exchange tells that. */
export async function askSyncedAfterSwitch(question: GateQuestion): Promise<GateAnswer> {
  const answer = await askDeletion(question, "synced-after-switch");
  const at = question.subject.routing?.routedAt;
  if (answer.problems.length > 0 || at === undefined || at === null) return answer;
  const problems = notSyncedProblems(new Date(at), await waveUsers(question));
  return { ...answer, problems };
}

/** 72 hours have passed since the MX switch was seen on every authoritative server. */
export async function askSwitch72h(question: GateQuestion): Promise<GateAnswer> {
  return askDeletion(question, "mx-switch-72h");
}

/** Those of the waves who are in a batch. */
async function waveUsers(question: GateQuestion): Promise<MigrationUserInfo[]> {
  const ours = new Set(question.waves().flatMap(({ addresses }) => addresses));
  return (await question.migrationUsers()).filter(({ emailAddress }) => ours.has(emailAddress.toLowerCase()));
}

/** The batches that hold mailboxes of the waves, whatever they are called: `sales-2024` need not be one of `sales`. */
async function batchesOfWaves(question: GateQuestion): Promise<MigrationBatchInfo[]> {
  const [users, batches] = await Promise.all([waveUsers(question), question.batches()]);
  const held = [...new Set(users.map(({ batch }) => batch))];
  return batches.filter((one) => held.some((batch) => isIn({ batch }, one)));
}

async function askDeletion(
  question: GateQuestion,
  gate: "synced-after-switch" | "mx-switch-72h",
): Promise<GateAnswer> {
  const at = question.subject.routing?.routedAt;
  if (at === undefined || at === null)
    return {
      gate,
      facts: [],
      problems: [
        {
          code: "mail-not-routed",
          subject: `MX ${question.subject.domain}`,
          reason: "was not yet seen to be the tenant's on every authoritative server",
          hint: "Stay at stage route and run pulumi up again",
        },
      ],
    };
  const since = utcMinute(new Date(at));
  const now = await question.session.now();
  const live = await batchesOfWaves(question);
  const unmet = live
    .flatMap((batch) => deletionConditions(batch, { routedAt: at }, now))
    .filter(({ gates }) => gates.includes(gate));
  return {
    gate,
    facts: [
      gate === "mx-switch-72h"
        ? `mail is routed to the tenant since ${since}`
        : `${counted(live.length, "batch", "batches")} synchronized since ${since}`,
    ],
    problems: unmet.map(({ problem }) => problem),
  };
}

/**
 * Every migrated user has a licence with an Exchange Online plan that is on (Microsoft's procedure, "Complete post migration
 * tasks"): neither a subscription nor membership of a group is one. Shared, room and equipment mailboxes need none.
 */
export async function askLicensesAssigned(question: GateQuestion): Promise<GateAnswer> {
  const [all, skus, mailboxes] = await Promise.all([
    question.users(),
    tenantSubscriptions(question.session),
    question.mailboxes(),
  ]);
  const users = usersByAddress(all);
  const cloud = byAnyAddress(mailboxes);
  let taken = 0;
  const problems = question.waves().flatMap(({ wave, addresses }): Problem[] => {
    const open = addresses.flatMap((address) => {
      const why = withoutMailbox(users.get(address), skus);
      return why === undefined ? [] : [{ address, why }];
    });
    const missing = open.filter(({ address }) => needsLicense(cloud.get(address)));
    taken += open.length - missing.length;
    if (missing.length === 0) return [];
    const named = missing.map(({ address, why }) => (why === "" ? address : `${address} (${why})`));
    return [
      {
        code: "license-missing",
        subject: `wave ${wave}`,
        reason: `${counted(missing.length, "migrated user has", "migrated users have")} no licence with Exchange Online: ${someOf(named)}`,
        hint: `Run pulumi up at the present stage; a mailbox without a licence is disabled after ${unlicensedDays} days`,
      },
    ];
  });
  return {
    gate: "licenses-assigned",
    facts: [
      "every migrated user has a licence with Exchange Online",
      ...(taken > 0
        ? [
            `${counted(taken, "shared, room or equipment mailbox needs", "shared, room and equipment mailboxes need")} none`,
          ]
        : []),
    ],
    problems,
  };
}
