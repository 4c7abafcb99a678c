import type { PlanInput } from "../../src/plan/index.js";
import { type Rehearsal, smallFiles } from "./rehearsal.js";
import type { Run } from "./stack.js";

/** `npm run test:abuse`: the long form of what is drawn at random. */
export const thorough = process.env["MAILSTAGE_ABUSE"] === "1";

/** Something a user could do and must not. */
export interface Attempt {
  readonly plan?: (plan: PlanInput) => PlanInput;
  /** A plan that its schema refuses, in place of `plan`. */
  readonly wrongPlan?: (plan: PlanInput) => unknown;
  /** Files of the project while it is tried. */
  readonly files?: Readonly<Record<string, string>>;
  /** By how many days the runner's clock is wrong meanwhile. */
  readonly clockDays?: number;
  /** A command other than `preview` and `up`: it has one way only. */
  readonly command?: readonly string[];
  readonly reasons: readonly RegExp[];
  readonly never?: readonly RegExp[];
}

/** Tries attempts on a rehearsal, and counts them. */
export function attemptsOn(rehearsal: Rehearsal) {
  const count = { attempts: 0, previews: 0, ups: 0, commands: 0 };

  /** Everything a mistake could change. What time alone changes is left out. */
  const standing = async () => {
    const state = await rehearsal.lab.state();
    return {
      domains: state.domains,
      endpoints: state.endpoints,
      zone: state.zone,
      batches: state.batches.map(({ name, endpoint, users, startedAt }) => ({
        name,
        endpoint,
        started: startedAt !== undefined,
        users: users.map((user) => user.emailAddress).sort(),
      })),
      gone: state.goneBatches,
      licenses: state.mailboxes.map(({ emailAddress, licenses }) => [emailAddress, licenses]),
      onPremises: state.directory.map(({ dn, attributes }) => [dn, attributes["homeMDB"]]),
    };
  };

  /** Runs while plan, files and clock are as the attempt has them, and puts everything back. */
  const during = async (
    attempt: Pick<Attempt, "plan" | "wrongPlan" | "files" | "clockDays">,
    work: () => Promise<Run[]>,
  ): Promise<Run[]> => {
    const { plan, stack } = rehearsal;
    const write = async (files: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(files)) await stack.write(file, text);
    };
    await write(attempt.files ?? {});
    await stack.shiftClock(attempt.clockDays ?? 0);
    await rehearsal.change(attempt.plan ?? ((same) => same));
    if (attempt.wrongPlan !== undefined)
      await stack.plan(attempt.wrongPlan(rehearsal.lab.planOverrides(plan)));
    try {
      return await work();
    } finally {
      await write(smallFiles);
      await stack.shiftClock(0);
      await rehearsal.change(() => plan);
    }
  };

  /** Fails unless the attempt is refused both ways, in its preview and by an update without one, for all its reasons, and nothing has changed. */
  const refused = async (attempt: Attempt) => {
    const before = await standing();
    const { stack } = rehearsal;
    count.attempts += 1;
    const runs = await during(attempt, async () => {
      if (attempt.command !== undefined) {
        count.commands += 1;
        return [await stack.run(...attempt.command)];
      }
      count.previews += 1;
      count.ups += 1;
      return [await stack.preview(), await stack.up({ skipPreview: true })];
    });
    for (const run of runs) {
      expect(run.code).not.toBe(0);
      for (const reason of attempt.reasons) expect(run.errors).toMatch(reason);
      for (const reason of attempt.never ?? []) expect(run.errors).not.toMatch(reason);
    }
    expect(await standing()).toEqual(before);
  };

  /** What is no mistake to ask for, but must not be done: the run goes well, says why not, and changes nothing. */
  const heldBack = async (attempt: Pick<Attempt, "plan" | "reasons">) => {
    const before = await standing();
    count.attempts += 1;
    count.ups += 1;
    const [run] = await during(attempt, async () => [await rehearsal.stack.up()]);
    expect(run?.errors).toBe("");
    const said = run?.diagnostics.map(({ message }) => message).join("\n");
    for (const reason of attempt.reasons) expect(said).toMatch(reason);
    expect(await standing()).toEqual(before);
  };

  return { standing, refused, heldBack, count };
}
