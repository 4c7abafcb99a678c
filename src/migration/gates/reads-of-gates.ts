import type { z } from "zod";
import type { Problem } from "../../base/problem.js";
import {
  listMigrationUsers,
  type MailboxInfo,
  type MigrationBatchInfo,
  type MigrationUserInfo,
} from "../../microsoft365/exchange/index.js";
import type { GraphUser } from "../../microsoft365/graph/index.js";
import type { CloudSession } from "../../microsoft365/index.js";
import { tenantBatches, tenantMailboxes, tenantUsers } from "../../microsoft365/shared-reads.js";
import {
  boundAs,
  connectDirectory,
  type Directory,
  type DirectoryMailbox,
  listMailboxes,
} from "../../on-premises/directory/index.js";
import { readMailboxFiles } from "../../plan/csv/index.js";
import type { GateName, StageName } from "../../plan/index.js";
import { requirePassword, type Secret, secrets } from "../../plan/secrets.js";
import type { gateSubject } from "../../state/gate.js";
import type { Owner } from "../own-files.js";

/** What a stage's gates are asked about: the parts of the plan they concern, and what earlier stages observed. */
export type GateSubject = Omit<
  z.output<typeof gateSubject>,
  "tenant" | "targetAddressGrant" | "verification" | "endpoint"
> & {
  /** The stage to be entered. */
  readonly stage: StageName;
};

/** One wave's addresses. */
export interface WaveAddresses {
  readonly wave: string;
  readonly addresses: readonly string[];
}

/** How one gate was answered. */
export interface GateAnswer {
  readonly gate: GateName;
  /** What was found to be in order, for the record. */
  readonly facts: readonly string[];
  /** What works today, yet may fail the migration. */
  readonly warnings?: readonly string[];
  /** What is missing; none: the gate is open. */
  readonly problems: readonly Problem[];
}

/** Everything a gate may ask, each read once however many gates ask it. */
export interface GateQuestion {
  readonly subject: GateSubject;
  readonly session: CloudSession;
  /** Whose the reports are. */
  readonly owner: Owner;
  readonly waves: () => readonly WaveAddresses[];
  readonly batches: () => Promise<MigrationBatchInfo[]>;
  readonly migrationUsers: () => Promise<MigrationUserInfo[]>;
  readonly mailboxes: () => Promise<MailboxInfo[]>;
  readonly users: () => Promise<GraphUser[]>;
  /** The directory, bound as the plan's account. */
  readonly directory: () => Promise<Directory>;
  /** Every mailbox of the directory, whether or not a list names it. */
  readonly onPremises: () => Promise<DirectoryMailbox[]>;
  /** The directory, bound as the migration administrator. */
  readonly directoryAsMigrationAccount: () => Promise<Directory>;
  readonly sourcePassword: () => string | undefined;
  readonly progress: (message: string) => void;
  /** Closes what was opened. */
  readonly close: () => Promise<void>;
}

/** How a question reaches the world. */
export interface GateReach extends Owner {
  readonly session: CloudSession;
  readonly secret: (secret: Secret) => string | undefined;
  readonly progress: (message: string) => void;
}

function once<T>(read: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => {
    answer ??= { value: read() };
    return answer.value;
  };
}

/**
 * Opens what gates read: the services, the directory and DNS, live, in pages, and each list at most once. Mailboxes and users may come
 * from a read of the same run that is up to a minute old (src/microsoft365/shared-reads.ts).
 */
export function gateQuestion(subject: GateSubject, reach: GateReach): GateQuestion {
  const { session, secret, progress } = reach;
  const opened: Directory[] = [];
  const connect = async (bindDn: string, asks: Secret): Promise<Directory> => {
    const settings = { ...subject.directory, bindDn };
    const password = requirePassword(secret(asks), { secret: asks, account: bindDn, subject: settings.url });
    const directory = await connectDirectory(settings, password);
    opened.push(directory);
    return directory;
  };
  const directory = once(() => connect(boundAs(subject.directory).bindDn, secrets.directory));
  const sourcePassword = () => secret(secrets.source);
  return {
    subject,
    session,
    owner: reach,
    progress,
    sourcePassword,
    waves: once(() =>
      readMailboxFiles(reach.root, subject).map((file) => ({
        wave: file.wave,
        addresses: file.rows.map((row) => row.emailAddress),
      })),
    ),
    batches: once(() => tenantBatches(session, performance.now())),
    migrationUsers: once(() => listMigrationUsers(session.exchange)),
    mailboxes: () => tenantMailboxes(session),
    users: () => tenantUsers(session),
    directory,
    onPremises: once(async () => listMailboxes(await directory())),
    directoryAsMigrationAccount: once(() => connect(subject.source.account, secrets.source)),
    close: async () => {
      await Promise.all(opened.map((directory) => directory.close()));
    },
  };
}
