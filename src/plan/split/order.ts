import type { Problem } from "../../base/problem.js";
import { atLeast, type StageName } from "../index.js";
import { domainHandover, wavesHandover } from "./handover.js";

const behindHint = "Run pulumi up --stack";

/** Whether a refusal of a stack's stage says that another stack is to be applied first, and nothing else. */
export function isStackBehind(text: string): boolean {
  return /(?:^|\s)stack \S+: /.test(text) && text.includes(`${behindHint} `);
}

/** What a wave stack is about to be applied with. */
export interface WaveStack {
  readonly stack: string;
  readonly domainStack: string;
  readonly stage: StageName;
  readonly revision: string;
  readonly share: string;
}

/**
 * Why a wave stack must not be applied now: the domain stack was not applied with this very plan and these very files
 * before. That holds the order of the stages across stacks, and that no two stacks have one mailbox. Pure.
 * @param handover the domain stack's output, of whatever shape
 */
export function waveStackProblems(own: WaveStack, handover: unknown): Problem[] {
  const code = "stack-behind";
  const subject = `stack ${own.domainStack}`;
  const hint = `${behindHint} ${own.domainStack} with this plan first, then this stack`;
  const parsed = domainHandover.safeParse(handover);
  if (!parsed.success)
    return [
      { code, subject, reason: "was not applied yet with a plan that names it as its domain stack", hint },
    ];
  const { stage, revision, shares } = parsed.data;
  if (!atLeast(stage, own.stage))
    return [{ code, subject, reason: `is at stage ${stage}, and the plan says ${own.stage}`, hint }];
  if (stage !== own.stage)
    return [
      {
        code: "stack-outdated",
        subject: `stack ${own.stack}`,
        reason: `would be applied at stage ${own.stage}, and stack ${own.domainStack} is at ${stage} already`,
        hint: `Use the plan that ${own.domainStack} was applied with, or take that stack back first`,
      },
    ];
  if (revision !== own.revision)
    return [
      {
        code,
        subject,
        reason: `was applied with revision ${revision} of the plan, and this one is ${own.revision}`,
        hint: `${behindHint} ${own.domainStack} with this plan first, or bring this copy of the plan up to date`,
      },
    ];
  if (shares[own.stack] !== own.share)
    return [
      {
        code,
        subject,
        reason: `has not seen the mailbox lists of ${own.stack} as they are now, so that a mailbox may be in another stack too`,
        hint,
      },
    ];
  return [];
}

/** A wave stack as the domain stack finds it. */
export interface WaveStackState {
  readonly stack: string;
  /** What its part of the plan is now. */
  readonly share: string;
  /** Its output, of whatever shape. */
  readonly handover?: unknown;
}

/** What a wave stack must have been applied at before the domain enters a stage; stages that ask for nothing are left out. */
const before = { route: "migrate", retire: "route", complete: "retire" } as const satisfies Partial<
  Record<StageName, StageName>
>;

/** Why the domain stack must not enter a stage before its wave stacks have been applied. Pure. */
export function stackProblems(
  stage: keyof typeof before,
  stacks: readonly WaveStackState[],
  routedAt: string | undefined,
): Problem[] {
  const needed = before[stage];
  const code = "stack-behind";
  return stacks.flatMap(({ stack, share, handover }): Problem[] => {
    const subject = `stack ${stack}`;
    const hint = `Run pulumi up --stack ${stack} with the plan at stage ${needed}, then enter ${stage}`;
    const parsed = wavesHandover.safeParse(handover);
    if (!parsed.success) return [{ code, subject, reason: "was not applied yet", hint }];
    if (!atLeast(parsed.data.stage, needed))
      return [
        { code, subject, reason: `was last applied at stage ${parsed.data.stage}, not at ${needed}`, hint },
      ];
    if (parsed.data.share !== share)
      return [
        { code, subject, reason: "was not applied since its waves or mailbox lists were changed", hint },
      ];
    if (stage === "retire" && parsed.data.routedAt !== routedAt)
      return [
        {
          code,
          subject,
          reason:
            "was not applied since the MX was seen to be the tenant's, so that its batches do not know of it",
          hint,
        },
      ];
    return [];
  });
}
