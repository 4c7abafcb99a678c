import { createHash } from "node:crypto";
import { fileOf, type MailboxList } from "../providers/mailbox-list.js";
import { asRunError } from "../providers/run-error.js";
import * as pulumi from "../providers/sdk.js";
import { Stage } from "../providers/stage.js";
import { refuseLeftOver } from "../src/base/adoption.js";
import { defined } from "../src/base/defined.js";
import { MailstageError } from "../src/base/problem.js";
import { reviewAccount } from "../src/on-premises/directory/review-account.js";
import { readMailboxFiles } from "../src/plan/csv/index.js";
import { atLeast, type Plan, type StageName, type WavePlan } from "../src/plan/index.js";
import { MailboxSet } from "../src/plan/mailbox-set.js";
import { programRoot } from "../src/plan/project-root.js";
import { revisionOf, roleOf, type StackRole, shareDigest, wavesOf } from "../src/plan/split/index.js";
import { dnsJournalFile, inPlace, placeOf } from "../src/snapshots/place.js";
import type { DirectoryArgs, ObservedArgs } from "../src/state/settings.js";
import { type GivenPlan, givenPlan } from "./given-plan.js";
import { handoverOf, madeBefore, type ReachedBefore, reachedBefore } from "./stack-output.js";
import type { Within } from "./within.js";

/** One wave of the plan with its mailboxes. */
export interface Wave extends WavePlan, Pick<MailboxList, "file"> {
  readonly mailboxes: MailboxSet;
}

/** A wave stack of a split plan, as the domain stack asks about it. */
export interface AskedWaveStack {
  readonly stack: string;
  /** Digest of its part of the plan. */
  readonly share: string;
  /** What it said when it was last applied; not asked for before stage `route`. */
  readonly handover: pulumi.Output<unknown>;
}

/** The plan as the stages see it. */
export interface Migration {
  readonly plan: Plan;
  /** Under what its resources are declared. */
  readonly within: Within;
  /** What this stack does of the plan. */
  readonly role: StackRole;
  /** The waves this stack migrates: all of them, unless the plan is split. */
  readonly waves: readonly Wave[];
  /** In the domain stack of a split plan, the other stacks. */
  readonly waveStacks: readonly AskedWaveStack[];
  /** In a wave stack, what the domain stack said when it was last applied. */
  readonly domainSaid: pulumi.Output<unknown>;
  /** Which stage's work was done when this run began; nothing in a wave stack, which goes by what the domain stack says. */
  readonly reached: pulumi.Output<ReachedBefore>;
  /** Opens the stage; every other resource depends on it. */
  readonly stage: Stage;
  /** Where this stack keeps what users were like before mailstage changed them. */
  readonly snapshots: string;
  /** Where changes of DNS are noted, where handlers cannot know it from stack config. */
  readonly journal?: string;
  /** Which servers tell what DNS answers. */
  readonly observed: ObservedArgs;
  /** Whether the plan has reached a stage. */
  at(stage: StageName): boolean;
}

/**
 * Reads the plan and the mailboxes from their CSVs, and opens the stage.
 * @param given the plan, or the path of its file; without it that of stack config
 * @param within under what the resources are declared
 * @throws pulumi.RunError with every problem of plan and lists
 */
export function readMigration(given: unknown, within: Within): Migration {
  return asRunError(() => {
    if (!pulumi.isDryRun()) refuseReviewAccount();
    refuseLeftOver();
    const root = programRoot(pulumi.getRootDirectory());
    return migrationFrom(givenPlan(given, root), root, within);
  });
}

/** Rights that a review does not judge must not be taken for there by an update. */
function refuseReviewAccount(): void {
  const account = reviewAccount();
  if (account !== undefined)
    throw new MailstageError({
      code: "review-account",
      subject: "MAILSTAGE_REVIEW_DIRECTORY_DN",
      reason: `names ${account}, which only reads, and this is no preview`,
      hint: "Unset it where pulumi up runs, and give that run the password of directory.bindDn",
    });
}

function migrationFrom({ plan, inConfig }: GivenPlan, root: string, within: Within): Migration {
  const own = pulumi.getStack();
  const role = roleOf(plan, own);
  const mine = wavesOf(plan, own);
  // The domain stack reads every file, so that no mailbox is in two; a wave stack reads its own.
  const { digests, mailboxes } = readLists(root, {
    ...plan,
    waves: role.kind === "waves" ? mine : plan.waves,
  });
  const waves = mine.map((wave): Wave => {
    const file = {
      wave: wave.name,
      domain: plan.domain,
      csv: wave.csv,
      digest: digests.get(wave.name) ?? "",
    };
    return { ...wave, mailboxes: mailboxes.get(wave.name) ?? MailboxSet.none, file: fileOf(file) };
  });
  const { nameServers, resolvers } = plan.dns;
  const snapshots = placeOf(plan.conversion.snapshots, own);
  const at = (stage: StageName) => atLeast(plan.stage, stage);
  const domainSaid = role.kind === "waves" ? handoverOf(role.domainStack, within) : pulumi.output(undefined);
  const reached = role.kind === "waves" ? pulumi.output(undefined) : reachedBefore(within);
  const digestOf = (stack: string) => shareDigest(plan, stack, mailboxes);
  return {
    plan,
    within,
    role,
    snapshots,
    // Where nothing is named, handlers find the place by themselves.
    ...(inConfig || plan.conversion.snapshots === undefined
      ? {}
      : { journal: inPlace(snapshots, dnsJournalFile) }),
    waves,
    domainSaid,
    reached,
    waveStacks: (role.kind === "domain" ? role.waveStacks : []).map((stack) => ({
      stack,
      share: digestOf(stack),
      handover: at("route") ? handoverOf(stack, within) : pulumi.output(undefined),
    })),
    stage: new Stage(
      "stage",
      {
        domain: plan.domain,
        tenant: plan.tenant,
        stage: plan.stage,
        phases: Object.fromEntries(mine.map(({ name, phase }) => [name, phase])),
        waive: plan.waive,
        reached,
        // There are no batches before that, nor at a stage from which one step leads there.
        ...(at("connect") && { made: madeBefore() }),
        ...(role.kind === "domain" && {
          elsewhere: plan.waves.filter((wave) => !mine.includes(wave)).map(({ name }) => name),
        }),
        ...(role.kind === "waves" && {
          domainStack: role.domainStack,
          follows: {
            own: {
              stack: own,
              domainStack: role.domainStack,
              revision: revisionOf(plan),
              share: digestOf(own),
            },
            handover: domainSaid,
          },
        }),
        ...(inConfig ? {} : { dnsHost: plan.dns.host }),
      },
      within,
    ),
    observed: {
      zone: plan.dns.zone ?? plan.domain,
      ...defined({ nameServers, resolvers }),
    },
    at,
  };
}

/** The digest and the mailboxes of each wave's CSV; its rows are not kept any longer than it takes to read them. */
function readLists(root: string, plan: Pick<Plan, "waves" | "domain" | "signOn">) {
  const files = readMailboxFiles(root, plan);
  return {
    digests: new Map(files.map(({ wave, digest }) => [wave, digest])),
    mailboxes: new Map(files.map(({ wave, rows }) => [wave, MailboxSet.ofRows(plan.domain, rows)])),
  };
}

/** The connection to the on-premises directory, without what the plan has done there. */
export function onPremises({
  grantTargetAddress: _grant,
  mailboxDatabase: _database,
  ...connection
}: Plan["directory"]): DirectoryArgs {
  return connection;
}

/** A digest that tells whether a secret changed; undefined where this run does not have it. */
export function secretDigest(...parts: (string | undefined)[]): pulumi.Output<string> | undefined {
  if (parts.some((part) => part === undefined)) return undefined;
  return pulumi.secret(createHash("sha256").update(parts.join("\0")).digest("hex"));
}
