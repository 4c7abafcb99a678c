import { defined } from "../../base/defined.js";
import { MailstageError, type Problem } from "../../base/problem.js";
import { counted, mailboxes, someOf } from "../../base/words.js";
import {
  checkReceiveAs,
  checkWriteTargetAddress,
  findAccount,
  resultCode,
  reviewAccount,
  surveyUnifiedMessaging,
} from "../../on-premises/directory/index.js";
import { preflight } from "../../on-premises/outlook-anywhere/index.js";
import type { GateAnswer, GateQuestion } from "./reads-of-gates.js";

/** Outlook Anywhere can be reached as the migration service will reach it (Microsoft's procedure, "Prepare for a staged migration", steps 1 and 2). */
export async function askPreflight(question: GateQuestion): Promise<GateAnswer> {
  const { source } = question.subject;
  const password = question.sourcePassword();
  const { exchangeServer, rpcProxyServer, rpcProxyPort, authentication, testMailbox, account } = source;
  question.progress(
    `looking at Outlook Anywhere${rpcProxyServer === undefined ? "" : ` on ${rpcProxyServer}`}`,
  );
  const report = await preflight(
    {
      testMailbox,
      account,
      authentication,
      rpcProxyPort,
      ...defined({ password, exchangeServer, rpcProxyServer }),
    },
    { timeoutMs: 10_000, now: await question.session.now() },
  );
  return {
    gate: "preflight",
    facts: report.findings
      .filter(({ verdict }) => verdict === "passed" || verdict === "not-judged")
      .map(
        ({ check, verdict, detail }) => `${check}: ${verdict === "passed" ? "" : "not judged: "}${detail}`,
      ),
    warnings: report.findings
      .filter(({ verdict }) => verdict === "warning")
      .map(({ subject, detail, hint }) => `${subject}: ${detail}${hint === undefined ? "" : `. ${hint}`}`),
    problems: report.problems,
  };
}

/**
 * The migration administrator may write targetAddress on every user, and has Receive As on the mailbox database where the
 * plan names one (Microsoft's procedure, Prepare steps 3 and 4).
 */
export async function askPermissions(question: GateQuestion): Promise<GateAnswer> {
  const [targetAddress, receiveAs] = await Promise.all([askTargetAddress(question), askReceiveAs(question)]);
  return {
    gate: "permissions",
    facts: [...targetAddress.facts, ...receiveAs.facts],
    problems: [...targetAddress.problems, ...receiveAs.problems],
  };
}

type Answer = Pick<GateAnswer, "facts" | "problems">;

async function askTargetAddress(question: GateQuestion): Promise<Answer> {
  const addresses = question.waves().flatMap((wave) => wave.addresses);
  if (question.sourcePassword() === undefined && reviewAccount() !== undefined)
    return {
      facts: [
        `whether ${question.subject.source.account} may write targetAddress is not judged by a review, which has no password of it; the update asks`,
      ],
      problems: [],
    };
  const directory = await question.directoryAsMigrationAccount();
  const { denied, unknown } = await checkWriteTargetAddress(directory, addresses);
  const { source, directory: settings } = question.subject;
  const guarded = denied.filter((user) => user.protectedAccount).map((user) => user.address);
  const plain = denied.filter((user) => !user.protectedAccount).map((user) => user.address);
  const problems: Problem[] = [];
  if (plain.length > 0)
    problems.push({
      code: "permission-target-address",
      subject: source.account,
      reason: `may not write targetAddress on ${counted(plain.length, "user")}: ${someOf(plain)}`,
      hint:
        settings.grantTargetAddress === undefined
          ? "Grant WriteProperty on targetAddress on their organizational unit, or let mailstage do it: directory.grantTargetAddress in the plan"
          : `Are they below ${settings.grantTargetAddress.organizationalUnit}? A large unit takes minutes to inherit a new permission: run pulumi up again then`,
    });
  if (guarded.length > 0)
    problems.push({
      code: "permission-protected-account",
      subject: source.account,
      reason: `may not write targetAddress on ${counted(guarded.length, "protected account")} (adminCount=1), whose permissions are reset every hour: ${someOf(guarded)}`,
      hint: "Take them out of the protected groups and clear adminCount, or use an account in Domain Admins",
    });
  return {
    facts: [
      `${source.account} may write targetAddress on ${addresses.length - denied.length - unknown.length} of ${counted(addresses.length, "user")}`,
      ...(unknown.length > 0
        ? [`targetAddress is not judged for ${counted(unknown.length, "user")}: ${someOf(unknown)}`]
        : []),
    ],
    problems,
  };
}

const fullAccessFact =
  "FullAccess is kept in the Exchange store and cannot be read over LDAP; Exchange tests it with the endpoint";

async function askReceiveAs(question: GateQuestion): Promise<Answer> {
  const { source, directory: settings } = question.subject;
  const database = settings.mailboxDatabase;
  if (database === undefined)
    return {
      facts: [fullAccessFact, "Receive As is not judged: directory.mailboxDatabase names no database"],
      problems: [],
    };
  const directory = await question.directory();
  const { sid } = await findAccount(directory, source.account);
  const { answer, by } = await checkReceiveAs(directory, database, sid).catch((error: unknown) => {
    if (resultCode(error) !== 32) throw error;
    throw new MailstageError({
      code: "permission-no-database",
      subject: database,
      reason: "is not in the directory",
      hint: "Give directory.mailboxDatabase as the users' homeMDB has it",
    });
  });
  if (answer === "allowed")
    return { facts: [`${source.account} has Receive As on ${database}, by ${by}`], problems: [] };
  if (answer === "unreadable")
    return {
      facts: [`Receive As is not judged: ${settings.bindDn} may not read the permissions of ${database}`],
      problems: [],
    };
  const hint =
    "Add-ADPermission -ExtendedRights Receive-As on the database; or give FullAccess on the mailboxes and leave directory.mailboxDatabase out of the plan";
  const problem: Problem =
    answer === "denied"
      ? {
          code: "permission-receive-as-denied",
          subject: source.account,
          reason: `is denied Receive As on ${database}, by ${by}`,
          hint,
        }
      : {
          code: "permission-receive-as-absent",
          subject: source.account,
          reason: `has no Receive As on ${database}, neither itself nor by a group`,
          hint,
        };
  return { facts: [], problems: [problem] };
}

/** Unified Messaging is off for the mailboxes to migrate (Microsoft's procedure, Prepare step 5), unless the plan turns it off. */
export async function askUnifiedMessaging(question: GateQuestion): Promise<GateAnswer> {
  const off = new Set(
    question.subject.waves.filter((wave) => wave.unifiedMessaging !== "keep").map((wave) => wave.name),
  );
  const addresses = question.waves().flatMap((wave) => (off.has(wave.wave) ? [] : wave.addresses));
  const enabled = addresses.length === 0 ? [] : await enabledAddresses(question, addresses);
  return {
    gate: "unified-messaging",
    facts: [`${mailboxes(addresses.length - enabled.length)} without Unified Messaging`],
    problems:
      enabled.length === 0
        ? []
        : [
            {
              code: "unified-messaging-on",
              subject: "Unified Messaging",
              reason: `is on for ${mailboxes(enabled.length)} to be migrated: ${someOf(enabled)}`,
              hint: "Turn it off before migration: set unifiedMessaging: disable for their wave in the plan, or use Disable-UMMailbox",
            },
          ],
  };
}

/** Addresses that somebody holds who has Unified Messaging on, those of several holders among them. */
async function enabledAddresses(question: GateQuestion, addresses: readonly string[]): Promise<string[]> {
  const { users, ambiguous } = await surveyUnifiedMessaging(await question.directory(), addresses);
  return [...users, ...ambiguous].map(({ address }) => address);
}
