import { checkWriteTargetAddress, listUnifiedMessaging } from "../directory/index.js";
import type { Problem } from "../errors/index.js";
import { preflight } from "../outlook-anywhere/index.js";
import { type GateAnswer, type GateQuestion, someOf } from "./question.js";

/** Outlook Anywhere can be reached as the migration service will reach it (seed, "Prepare for a staged migration", steps 1 and 2). */
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
      ...(password === undefined ? {} : { password }),
      ...(exchangeServer === undefined ? {} : { exchangeServer }),
      ...(rpcProxyServer === undefined ? {} : { rpcProxyServer }),
    },
    { timeoutMs: 10_000, now: await question.session.now() },
  );
  return {
    gate: "preflight",
    facts: report.findings
      .filter((finding) => finding.verdict !== "failed")
      .map((finding) => `${finding.check}: ${finding.verdict}: ${finding.detail}`),
    problems: report.problems,
  };
}

/** The migration administrator may write targetAddress on every user (seed, Prepare steps 3 and 4). */
export async function askPermissions(question: GateQuestion): Promise<GateAnswer> {
  const addresses = question.waves().flatMap((wave) => wave.addresses);
  const directory = await question.directoryAsMigrationAccount();
  const { denied, unknown } = await checkWriteTargetAddress(directory, addresses);
  const { account } = question.subject.source;
  const guarded = denied.filter((user) => user.protectedAccount).map((user) => user.address);
  const plain = denied.filter((user) => !user.protectedAccount).map((user) => user.address);
  const problems: Problem[] = [];
  if (plain.length > 0)
    problems.push({
      code: "permission-target-address",
      subject: account,
      reason: `may not write targetAddress on ${plain.length} users: ${someOf(plain)}`,
      hint: "Grant WriteProperty on targetAddress on their organizational unit",
    });
  if (guarded.length > 0)
    problems.push({
      code: "permission-protected-account",
      subject: account,
      reason: `may not write targetAddress on ${guarded.length} protected accounts (adminCount=1), whose permissions are reset every hour: ${someOf(guarded)}`,
      hint: "Take them out of the protected groups and clear adminCount, or use an account in Domain Admins",
    });
  return {
    gate: "permissions",
    facts: [
      `${account} may write targetAddress on ${addresses.length - denied.length - unknown.length} of ${addresses.length} users`,
      "FullAccess or Receive As cannot be read over LDAP; Exchange tests it with the endpoint",
      ...(unknown.length > 0 ? [`not judged for ${unknown.length} users: ${someOf(unknown)}`] : []),
    ],
    problems,
  };
}

/** Unified Messaging is off for the mailboxes to migrate (seed, Prepare step 5), unless the plan turns it off. */
export async function askUnifiedMessaging(question: GateQuestion): Promise<GateAnswer> {
  const off = new Set(
    question.subject.batches.filter((batch) => batch.unifiedMessaging !== "keep").map((batch) => batch.name),
  );
  const addresses = question.waves().flatMap((wave) => (off.has(wave.wave) ? [] : wave.addresses));
  const enabled =
    addresses.length === 0 ? [] : await listUnifiedMessaging(await question.directory(), addresses);
  return {
    gate: "unified-messaging",
    facts: [`${addresses.length - enabled.length} mailboxes without Unified Messaging`],
    problems:
      enabled.length === 0
        ? []
        : [
            {
              code: "unified-messaging-on",
              subject: "Unified Messaging",
              reason: `is on for ${enabled.length} mailboxes that are to be migrated: ${someOf(enabled.map((user) => user.address))}`,
              hint: "Turn it off before migration: set unifiedMessaging: disable for their batch in the plan",
            },
          ],
  };
}
