import { MailstageError, type Problem } from "../base/problem.js";
import type { CloudSession } from "../microsoft365/index.js";
import {
  type CloudMailbox,
  type ConversionOptions,
  type ConversionPlan,
  checkConversionRights,
  checkWriteAccess,
  type Directory,
  type DirectoryUser,
  isPlan,
  planConversion,
  readUsers,
  reviewAccount,
} from "../on-premises/directory/index.js";
import { arrivals, mailboxesByAddress, type WaveCopies } from "./arrived-mailboxes.js";
import { broughtBack, type SnapshotFile } from "./brought-back-users.js";

/** Whose conversion is asked about, and how it is to be done. */
export interface ConversionQuestion extends ConversionOptions, WaveCopies {
  readonly wave: string;
  /** The wave's addresses, as in the CSV. */
  readonly addresses: readonly string[];
  /** Addresses to convert although they are not Synced. */
  readonly convert?: readonly string[] | undefined;
  /** Under which DN the users are. */
  readonly baseDn: string;
  /** The wave's snapshot, of which nothing need be there yet. */
  readonly snapshot: SnapshotFile;
  /** Whether an update converted anybody of the wave, or tried to. */
  readonly begun: boolean;
}

/** One user who can be converted, or is: `plan.already`. */
export interface SurveyedUser {
  /** As in the CSV. */
  readonly address: string;
  readonly user: DirectoryUser;
  readonly mailbox: CloudMailbox;
  readonly plan: ConversionPlan;
}

/** What a wave's conversion would do now. */
export interface ConversionSurvey {
  readonly users: readonly SurveyedUser[];
  /** Users left out, each with the reason; the subject is the address. */
  readonly problems: readonly Problem[];
  /** Addresses whose mailbox is not synced yet, or is synchronized once more just now. */
  readonly waiting: readonly string[];
}

/** Does some work on the directory, connected before and closed after. */
export type WithDirectory = <T>(work: (directory: Directory) => Promise<T>) => Promise<T>;

/**
 * What would be converted now, and who is left out and why. Reads the tenant, the directory and the account's rights
 * there in pages, each for the whole wave; changes nothing.
 * @throws MailstageError conversion-rights when the account may write nobody of a wave of which nobody was converted yet
 */
export async function surveyConversion(
  session: CloudSession,
  withDirectory: WithDirectory,
  question: ConversionQuestion,
): Promise<ConversionSurvey> {
  const { addresses } = question;
  const named = new Set(question.convert?.map((address) => address.toLowerCase()));
  const arrived = await arrivals(session, question);
  const ready = addresses.filter((address) => arrived.has(address) || named.has(address));
  const absent = addresses.filter((address) => !arrived.has(address) && !named.has(address));
  if (ready.length === 0) return { users: [], problems: [], waiting: absent };
  const mailboxes = await mailboxesByAddress(session, new Set(ready));
  const problemOf = await broughtBack(question.snapshot);
  return await withDirectory(async (directory) => {
    const { users: all, problems } = await plansOf(directory, question, ready, mailboxes);
    const back = all.flatMap((user) => problemOf(user) ?? []);
    const stay = new Set(back.map(({ subject }) => subject));
    const open = all.filter(({ address }) => !stay.has(address));
    // Whoever is converted is copied no more: what has come since, of a batch that stood still for months, would stay behind.
    const underWay = new Set(
      open
        .filter(({ address, plan }) => !plan.already && !named.has(address) && arrived.get(address)?.underWay)
        .map(({ address }) => address),
    );
    const waiting = [...absent, ...underWay];
    const users = open.filter(({ address }) => !underWay.has(address));
    const denied = await deniedUsers(directory, users);
    if (denied.length > 0) await refuseWhereNobodyMay(directory, question, { users, denied, waiting });
    const refused = new Map(denied.map((one) => [one.address, one]));
    return {
      users: users.filter(({ address }) => !refused.has(address)),
      problems: [...problems, ...back, ...denied.map((one) => rightsProblem(directory.settings.bindDn, one))],
      waiting,
    };
  });
}

/**
 * The account lacks the rights altogether where it may write nobody, those included who are not there yet: then nothing is
 * begun. Once anybody could be converted, single users are left out and hold nobody else up.
 */
async function refuseWhereNobodyMay(
  directory: Directory,
  { wave, begun }: ConversionQuestion,
  {
    users,
    denied,
    waiting,
  }: {
    readonly users: readonly SurveyedUser[];
    readonly denied: readonly Denied[];
    readonly waiting: readonly string[];
  },
): Promise<void> {
  if (begun || denied.length < users.length) return;
  const attributes = [...new Set(denied.flatMap((one) => one.attributes))].sort();
  const others = await checkWriteAccess(directory, waiting, attributes);
  if (others.denied.length + others.unknown.length < waiting.length) return;
  throw new MailstageError({
    code: "conversion-rights",
    subject: directory.settings.bindDn,
    reason: `may not write ${attributes.join(", ")} on any user of ${wave} to be converted (${denied.length}); nothing was written`,
    hint: "Grant it WriteProperty on these attributes of the users (docs/on-premises.md), or bind as another account",
  });
}

async function plansOf(
  directory: Directory,
  question: ConversionQuestion,
  ready: readonly string[],
  mailboxes: Awaited<ReturnType<typeof mailboxesByAddress>>,
): Promise<{ users: SurveyedUser[]; problems: Problem[] }> {
  const found = await readUsers(directory, ready);
  const problems: Problem[] = [
    ...found.missing.map((address) => ({
      code: "user-missing",
      subject: address,
      reason: `no user under ${question.baseDn} has it as a proxy address`,
      hint: "Correct the address in the CSV or the user in the directory",
    })),
    ...found.ambiguous.map(({ address, dns }) => ({
      code: "user-ambiguous",
      subject: address,
      reason: `several objects have it: ${dns.join("; ")}`,
      hint: "Take it from all but one of them",
    })),
  ];
  const users: SurveyedUser[] = [];
  for (const [address, user] of found.users) {
    const info = mailboxes.get(address.toLowerCase());
    if (info === undefined) {
      problems.push({
        code: "mailbox-missing",
        subject: address,
        reason: "has no mailbox in Exchange Online",
        hint: "It is left as it is until Get-Mailbox shows one",
      });
      continue;
    }
    const mailbox: CloudMailbox = { ...info, legacyExchangeDn: info.legacyExchangeDN };
    const plan = planConversion(user, mailbox, question);
    if (isPlan(plan)) users.push({ address, user, mailbox, plan });
    else problems.push({ ...plan, subject: address });
  }
  return { users, problems };
}

interface Denied {
  readonly address: string;
  readonly attributes: readonly string[];
  readonly protectedAccount: boolean;
}

/** Users with a change of an attribute that the bound account may not write. */
async function deniedUsers(directory: Directory, users: readonly SurveyedUser[]): Promise<Denied[]> {
  const open = users.filter(({ plan }) => !plan.already);
  // A review's account can only read, and nobody is told what another one may: the update asks for itself.
  if (open.length === 0 || reviewAccount() !== undefined) return [];
  const { denied } = await checkConversionRights(
    directory,
    open.map(({ address }) => address),
  );
  const changed = new Map(
    open.map(({ address, plan }) => [address, new Set(plan.changes.map(({ attribute }) => attribute))]),
  );
  return denied.flatMap(({ address, attributes, protectedAccount }) => {
    // A directory of Exchange 2003 does not know every attribute: only what would be written is asked for.
    const needed = attributes.filter((attribute) => changed.get(address)?.has(attribute));
    return needed.length === 0 ? [] : [{ address, attributes: needed, protectedAccount }];
  });
}

function rightsProblem(account: string, { address, attributes, protectedAccount }: Denied): Problem {
  return {
    code: "conversion-rights",
    subject: address,
    reason: `${account} may not write ${attributes.join(", ")}`,
    hint: protectedAccount
      ? "It is a protected account (adminCount=1), whose permissions are reset every hour: bind as a Domain Admin for it, or clear a stale adminCount and let it inherit"
      : "Grant WriteProperty on these attributes (docs/on-premises.md)",
  };
}
