import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Adopting } from "../src/base/adoption.js";
import { defined } from "../src/base/defined.js";
import { MailstageError } from "../src/base/problem.js";
import { isVerbose } from "../src/base/verbose.js";
import type { CloudSession } from "../src/microsoft365/index.js";
import {
  askGates,
  enteredMessage,
  type GateSubject,
  gatesOf,
  stillGuarded,
  type Waiver,
} from "../src/migration/gates/index.js";
import { unlicensedDays } from "../src/migration/license-deadlines.js";
import type { GateName, StageName } from "../src/plan/index.js";
import type { DomainRun } from "../src/plan/run.js";
import { gateContract, wholeGateSubject } from "../src/state/gate.js";
import type { InputsOf } from "../src/state/index.js";
import { dynamicProvider } from "./dynamic.js";
import { onceOnly } from "./properties.js";
import { type ArgsOf, type Documented, MailstageResource } from "./resource.js";
import { sessionOf } from "./settings.js";

type Inputs = InputsOf<"Gate">;
type WholeSubject = z.output<typeof wholeGateSubject>;

/** The stage to enter, and what its preconditions are asked about. */
export interface GateArgs
  extends Omit<
      ArgsOf<"Gate", "lowered" | "routing" | MadeBefore | "applied">,
      Always | "stacks" | "entering" | "applied"
    >,
    Required<Pick<ArgsOf<"Gate", "applied">, Always | "entering" | "applied">> {
  /** The wave stacks of a split plan: what their part is now, and what they said last; from stage `route` on. */
  stacks?: { stack: string; share: string; handover: pulumi.Input<unknown> }[];
}
/** What a gate asks about is made by this. */
type MadeBefore = "targetAddressGrant" | "verification" | "endpoint";
/** What every stage is asked about. */
type Always = "domain" | "signOn" | "source" | "directory" | "licenses" | "tenant" | "observed" | "waves";

/**
 * The way into one stage. Its preconditions are asked live during the preview that enters the stage; an unmet one fails
 * that preview with everything that is missing and when to try again. They are asked again until what they guard is done, however
 * many runs that takes (`stillGuarded`), and then no more; going back a stage removes it, so that the next way in asks anew.
 * Overrides are waivers in the plan, each with its reason.
 */
export class Gate extends MailstageResource implements Documented<"Gate"> {
  declare readonly passedAt: pulumi.Output<string>;
  declare readonly facts: pulumi.Output<string[]>;
  declare readonly waived: pulumi.Output<string[]>;

  constructor(name: string, args: GateArgs, opts?: pulumi.CustomResourceOptions) {
    super("Gate", name, args, opts);
  }
}

const factsAtMost = 40;
const shortList = (facts: readonly string[]) =>
  facts.length <= factsAtMost
    ? [...facts]
    : [...facts.slice(0, factsAtMost), `and ${facts.length - factsAtMost} more`];
/** What state has of a gate. Picked by name: what is absent was given the plan's defaults when it was parsed. */
const answerOf = ({ stage, waive, passedAt, facts, met, waived, adopted }: Inputs) => ({
  stage,
  waive,
  passedAt,
  facts,
  met,
  waived,
  ...defined({ adopted }),
});

/** Gates whose answer one update brings about and asks for, when several stages are entered at once too: a preview cannot know it. */
const answeredBy: Partial<Record<StageName, { gate: GateName; by: MadeBefore; done: string }>> = {
  prepare: { gate: "permissions", by: "targetAddressGrant", done: "targetAddress is granted" },
  connect: { gate: "domain-verified", by: "verification", done: "the domain is verified" },
  migrate: { gate: "endpoint-tested", by: "endpoint", done: "the endpoint is made" },
};

/** Stages whose gates may be shut for long while mailboxes still arrive, and the stage at which an update licenses these. */
const licensedAt: Partial<Record<StageName, StageName>> = { route: "migrate", retire: "route" };

/** The gates that only the update can ask: what they ask about is unknown, since this update is still to make it. */
function askedLater(subject: GateSubject & { readonly [Made in MadeBefore]?: string | undefined }): Waiver[] {
  const answered = answeredBy[subject.stage];
  return answered === undefined || subject[answered.by] !== undefined
    ? []
    : [
        {
          gate: answered.gate,
          reason: `cannot be known before the update, which asks once ${answered.done}`,
        },
      ];
}

const forgotten = Object.fromEntries(gateContract.forgotten.map((key) => [key, undefined]));

/**
 * A gate is adopted with the work it guards, which is looked at next. Where that is not done, `pulumi up` is to ask it as on any
 * way in, and so it does where anything else of the stage is left to do.
 */
async function adoptGate(
  run: DomainRun,
  adopting: Adopting,
  whole: WholeSubject,
  session: CloudSession,
): Promise<Partial<Inputs>> {
  const open = await stillGuarded(run, { ...whole, applied: true }, session);
  // From retire on no program declares a batch, so that nobody would delete one that stands.
  if (open !== undefined && whole.stage === "retire")
    adopting.differs(
      ...open.waves.map(({ name }) => ({
        code: "adopt-batch-stands",
        subject: `batch ${name}`,
        reason: `stands in Exchange Online, and at stage ${whole.entering ? whole.stage : "complete"} no program deletes it`,
        hint: "Set stage: route in the plan, adopt there, and go on to retire with pulumi up",
      })),
    );
  else if (open !== undefined) adopting.absent(`the work behind the way into ${whole.stage}`);
  else if (whole.entering && !guardsToTheEnd.has(whole.stage)) adopting.provisional();
  return {
    ...forgotten,
    passedAt: (await session.now()).toISOString(),
    facts: ["adopted: what it guards was done before"],
    met: [],
    waived: [],
    adopted: true,
  };
}

/** Stages whose gates tell themselves when their work is done. */
const guardsToTheEnd: ReadonlySet<StageName> = new Set(["route", "retire", "complete"]);

export const gateProvider = /* @__PURE__ */ dynamicProvider(gateContract, {
  async check(cx, news, olds) {
    const passed = olds !== undefined && olds.stage === news.stage ? olds : undefined;
    // What was found then stays as it was, whatever the plan says by now.
    const asBefore = passed && { ...forgotten, ...answerOf(passed) };
    if (asBefore !== undefined && news.entering !== true) return asBefore;
    const { data: whole } = wholeGateSubject.safeParse(news, onceOnly);
    if (whole === undefined)
      throw new MailstageError({
        code: "stage-not-applied",
        subject: `stage ${news.stage}`,
        reason: "cannot be entered: the stage before it is not applied yet",
        hint: "Run pulumi up at the stage before until nothing is left to do",
      });
    const session = sessionOf(whole.tenant);
    const run = cx.run.of(whole.domain);
    if (cx.adopting !== undefined) return await adoptGate(run, cx.adopting, whole, session);
    const applied = whole.applied || passed?.adopted === true;
    const subject = passed === undefined ? whole : await stillGuarded(run, { ...whole, applied }, session);
    if (subject === undefined) return asBefore ?? {};
    const report = await askGates(subject, [...askedLater(subject), ...subject.waive], {
      root: cx.root,
      stack: cx.stack,
      session,
      secret: cx.secret,
      progress: (message) => void cx.progress(message),
    }).catch(async (error: unknown) => {
      const before = licensedAt[subject.stage];
      if (before !== undefined && error instanceof MailstageError)
        await cx.warn(
          `licences: an update that is refused here gives none, and a mailbox without one is disabled ${unlicensedDays} days after it was made. ` +
            `Until stage ${subject.stage} can be entered, set stage: ${before} in the plan and go on with pulumi up`,
        );
      throw error;
    });
    if (gatesOf(subject.stage).length > 0)
      await cx.info(enteredMessage(subject, report, { dryRun: news.dryRun === true, verbose: isVerbose() }));
    if (report.warnings.length > 0) await cx.warn(report.warnings.join("\n"));
    const sameWaivers = passed?.waived?.join("\n") === report.waived.join("\n");
    if (asBefore !== undefined && subject.applied && sameWaivers) return asBefore;
    return {
      ...forgotten,
      passedAt: report.askedAt.toISOString(),
      facts: shortList(report.facts),
      met: [...report.met],
      waived: [...report.waived],
    };
  },

  async reconcile(_cx, inputs) {
    return { id: inputs.stage, outputs: {} };
  },
  async read(_cx, inputs, outputs) {
    return { inputs: answerOf(inputs), outputs };
  },
  async delete() {},
});
