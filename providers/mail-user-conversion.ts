import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  applyConversions,
  type ConversionPlan,
  cleanDatabaseCommands,
  connectDirectory,
  type DirectoryUser,
  describePlan,
  isPlan,
  planConversion,
  readUsers,
  takeSnapshot,
} from "../src/directory/index.js";
import { describeProblem, MailstageError, type Problem } from "../src/errors/index.js";
import { arrivalCount, arrivedAddresses, mailboxesByAddress } from "../src/migration/arrivals.js";
import { readWave } from "../src/migration/wave-file.js";
import { planSchema } from "../src/plan/index.js";
import { type Context, dynamicProvider } from "./dynamic.js";
import { MailstageResource } from "./resource.js";
import { sessionOf, tenantInput, waveInput } from "./settings.js";

const inputs = z.object({
  ...waveInput,
  tenant: tenantInput,
  directory: planSchema.shape.directory,
  mailboxes: z.number(),
  flavour: z.enum(["2003", "2007"]),
  recipientTypeDetails: z.enum(["128", "remove"]),
  snapshots: z.string(),
  convert: z.array(z.string()).optional(),
});
type Inputs = z.output<typeof inputs>;

const outputs = z.object({
  converted: z.number(),
  waiting: z.number(),
  skipped: z.array(z.string()),
  skippedCount: z.number(),
  snapshot: z.string(),
});
type Outputs = z.output<typeof outputs>;

/** Which on-premises mailboxes become mail users, and how. */
export interface MailUserConversionArgs {
  /** The wave's name. Replaces. */
  wave: string;
  /** The tenant, which knows what is synced. */
  tenant: Inputs["tenant"];
  /** The e-mail domain. */
  domain: string;
  /** Path of the CSV, relative to the folder of Pulumi.yaml. */
  csv: string;
  /** SHA-256 of the CSV. */
  digest: pulumi.Input<string>;
  /** Mailboxes in the CSV. */
  mailboxes: number;
  /** The on-premises directory. */
  directory: Inputs["directory"];
  /** Exchange 2007: msExchMailboxGuid becomes the cloud's; 2003: it stays. */
  flavour: "2003" | "2007";
  /** msExchRecipientTypeDetails of a converted user: 128, or removed. */
  recipientTypeDetails: "128" | "remove";
  /** Folder of the snapshots, relative to the folder of Pulumi.yaml. */
  snapshots: string;
  /** Addresses to convert although they are not Synced. */
  convert?: string[];
}

/**
 * The on-premises mailboxes of a wave as mail-enabled users (seed, "Convert on-premises mailboxes to mail-enabled users").
 * Converts only users that are Synced (or that the plan names), after a snapshot of every attribute it touches, each in
 * one atomic modify that fails when somebody changed the user since. Users not ready or in doubt are reported and
 * taken up by the next `pulumi up`. Deleting this resource never turns a user back.
 */
export class MailUserConversion extends MailstageResource {
  /** Users converted. */
  declare readonly converted: pulumi.Output<number>;
  /** Users whose mailbox is not synced yet. */
  declare readonly waiting: pulumi.Output<number>;
  /** Users left out, with the reason; the first 20. */
  declare readonly skipped: pulumi.Output<string[]>;
  /** File of the snapshot, relative to the folder of Pulumi.yaml. */
  declare readonly snapshot: pulumi.Output<string>;

  constructor(name: string, args: MailUserConversionArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "MailUserConversion",
      name,
      {
        ...args,
        converted: undefined,
        waiting: undefined,
        skipped: undefined,
        skippedCount: undefined,
        snapshot: undefined,
      },
      opts,
    );
  }
}

const namedAtMost = 20;

interface Survey {
  readonly plans: ConversionPlan[];
  readonly users: DirectoryUser[];
  readonly problems: Problem[];
  /** Addresses not synced yet. */
  readonly waiting: number;
}

/** What would be changed now: reads the tenant and the directory in pages, changes nothing. */
async function survey(cx: Context, known: Inputs): Promise<Survey> {
  const { addresses } = readWave(cx.root, known);
  const session = sessionOf(known.tenant);
  const named = new Set(known.convert?.map((address) => address.toLowerCase()));
  const arrived = await arrivedAddresses(session, known.wave, addresses);
  const ready = addresses.filter((address) => arrived.has(address) || named.has(address));
  const waiting = addresses.length - ready.length;
  if (ready.length === 0) return { plans: [], users: [], problems: [], waiting };

  await cx.progress(`reading ${ready.length} users from ${known.directory.url}`);
  const [mailboxes, found] = await Promise.all([
    mailboxesByAddress(session, new Set(ready)),
    withDirectory(cx, known, (directory) => readUsers(directory, ready)),
  ]);
  const problems: Problem[] = [
    ...found.missing.map((address) => ({
      code: "user-missing",
      subject: address,
      reason: `no user under ${known.directory.baseDn} has it as a proxy address`,
      hint: "Correct the address in the CSV or the user in the directory",
    })),
    ...found.ambiguous.map(({ address, dns }) => ({
      code: "user-ambiguous",
      subject: address,
      reason: `several users have it: ${dns.join("; ")}`,
      hint: "Take it from all but one of them",
    })),
  ];
  const plans: ConversionPlan[] = [];
  const users: DirectoryUser[] = [];
  for (const [address, user] of found.users) {
    const mailbox = mailboxes.get(address.toLowerCase());
    if (mailbox === undefined) {
      problems.push({
        code: "mailbox-missing",
        subject: address,
        reason: "has no mailbox in Exchange Online",
        hint: "It is left as it is until Get-Mailbox shows one",
      });
      continue;
    }
    const plan = planConversion(
      user,
      { ...mailbox, legacyExchangeDn: mailbox.legacyExchangeDN },
      { flavour: known.flavour, recipientTypeDetails: known.recipientTypeDetails },
    );
    if (isPlan(plan)) {
      plans.push(plan);
      users.push(user);
    } else problems.push(plan);
  }
  return { plans, users, problems, waiting };
}

async function withDirectory<T>(
  cx: Context,
  known: Inputs,
  work: (directory: Awaited<ReturnType<typeof connectDirectory>>) => Promise<T>,
): Promise<T> {
  const password = cx.secret("MAILSTAGE_DIRECTORY_PASSWORD", "directoryPassword");
  if (password === undefined)
    throw new MailstageError({
      code: "directory-password-missing",
      subject: known.directory.url,
      reason: `needs the password of ${known.directory.bindDn}`,
      hint: "Set MAILSTAGE_DIRECTORY_PASSWORD, or pulumi config set --secret mailstage:directoryPassword",
    });
  const directory = await connectDirectory(known.directory, password);
  try {
    return await work(directory);
  } finally {
    await directory.close();
  }
}

/** The changes as a preview lists them: every user with a change, the first ones in full. */
async function describeSurvey(cx: Context, known: Inputs, found: Survey): Promise<void> {
  const open = found.plans.filter((plan) => !plan.already);
  if (open.length > 0)
    await cx.info(
      [
        `${known.wave}: ${open.length} mailboxes become mail users`,
        ...open.slice(0, namedAtMost).map((plan) => describePlan(plan)),
        ...(open.length > namedAtMost ? [`… and ${open.length - namedAtMost} more in the same way`] : []),
      ].join("\n"),
    );
  for (const problem of found.problems.slice(0, namedAtMost)) await cx.warn(describeProblem(problem));
}

export const mailUserConversionProvider = dynamicProvider({
  inputs,
  outputs,
  replaceOn: ["wave"],
  ignoreChanges: ["digest", "snapshots", "csv"],

  async check(cx, news, olds) {
    const parsed = inputs.safeParse(news);
    if (parsed.success && olds === undefined)
      await describeSurvey(cx, parsed.data, await survey(cx, parsed.data));
    return {};
  },

  async pending(_cx, known, state) {
    if (state.waiting === 0 && state.skippedCount === 0) return false;
    const { synced, exists } = await arrivalCount(sessionOf(known.tenant).exchange, known.wave);
    return exists ? synced > state.converted + state.skippedCount : state.waiting > 0;
  },

  async reconcile(cx, known, prior) {
    const found = await survey(cx, known);
    const snapshot = join(known.snapshots, `${known.wave}.jsonl`);
    const open = found.plans.filter((plan) => !plan.already);
    const failed: Problem[] = [];
    if (open.length > 0) {
      const touched = new Set(open.map((plan) => plan.dn));
      const { added, kept } = await takeSnapshot(
        join(cx.root, snapshot),
        found.users.filter((user) => touched.has(user.dn)),
      );
      await cx.progress(`snapshot of ${added + kept} users in ${snapshot}`);
      const result = await withDirectory(cx, known, (directory) =>
        applyConversions(directory, open, {
          onProgress: ({ done, total }) => {
            if (done % 50 === 0 || done === total) void cx.progress(`converted ${done} of ${total} users`);
          },
        }),
      );
      failed.push(...result.failed);
      await cx.info(
        `${known.wave}: ${result.converted.length} mailboxes converted to mail users; their former attributes are in ${snapshot}. The store notices at its next maintenance, or at once by:\n${cleanDatabaseCommands(open).join("\n")}`,
      );
    }
    const problems = [...found.problems, ...failed];
    for (const problem of problems.slice(0, namedAtMost)) await cx.warn(describeProblem(problem));
    if (found.waiting > 0)
      await cx.info(
        `${known.wave}: ${found.waiting} mailboxes are not synced yet and are converted by a later pulumi up`,
      );
    return {
      id: known.wave,
      outputs: {
        converted: found.plans.length - failed.length,
        waiting: found.waiting,
        skipped: problems.slice(0, namedAtMost).map(describeProblem),
        skippedCount: problems.length,
        snapshot: prior?.outputs.snapshot ?? snapshot,
      } satisfies Outputs,
    };
  },

  async read(cx, known, state) {
    const found = await survey(cx, known);
    const converted = found.plans.filter((plan) => plan.already).length;
    const open = found.plans.length - converted;
    return { inputs: known, outputs: { ...state, converted, waiting: found.waiting + open } };
  },

  async delete(cx, known, state) {
    await cx.warn(
      `${known.wave}: ${state.converted} users stay mail users. mailstage restore --snapshot ${state.snapshot} writes their former attributes back`,
    );
  },
});
