import { z } from "zod";
import { connectControl, type Lab, type LabControl, startLab } from "../../lab/index.js";
import type { PlanInput, StageName } from "../../src/plan/index.js";
import type { Ended } from "../cli/ended.js";
import { type Judged, judge } from "../engine/judge.js";
import type { EngineName } from "../engine/open-stack.js";
import { publish } from "./by-hand-dns.js";
import { inProcessProject } from "./in-process.js";
import { type UserProject, userProject } from "./project.js";
import { lists, password, planOf, stacksOf, type WalkHost, worldOf } from "./world.js";

const reviewSchema = z.looseObject({
  verdict: z.string(),
  summary: z.string(),
  dangers: z.array(z.string()),
  errors: z.array(z.unknown()),
  violations: z.array(z.looseObject({ level: z.string(), message: z.string() })),
});

/** What `mailstage review --format json` says, as far as a walk looks at it. */
export interface Reviewed {
  readonly code: number | null;
  /** The whole review as text: JSON. */
  readonly text: string;
}

/** A person with a repository of one's own, and the lab in place of the world. */
export interface UserMigration {
  readonly lab: Lab;
  /** What administrators and the world do beside the program. */
  readonly control: LabControl;
  readonly project: UserProject;
  readonly judged: Judged;
  /** Writes the plan with a change. */
  edit(change: (before: PlanInput) => PlanInput): Promise<void>;
  /** `mailstage review`: must end with this exit code. */
  review(code: number, ...args: string[]): Promise<Reviewed>;
  /** What a pull request goes through: edit, review with changes and nothing refused, guard, `pulumi up`. */
  pullRequest(change: (before: PlanInput) => PlanInput): Promise<Reviewed>;
  /** The plan of a stage and `pulumi up`, by a person who looks at no review. */
  enter(name: StageName): Promise<void>;
  /** The pull request of one stage, forth or back. */
  stage(name: StageName): Promise<Reviewed>;
  /** `pulumi up`, which must succeed. */
  up(): Promise<void>;
  /**
   * Nothing is left to do and nothing is told wrongly: `--drift` 0, `pulumi refresh` goes well, and the review after it is 0. All that
   * is wrong of these is told by the end of the test, not the first alone.
   * @param next what status says to do next; absent: status is not asked
   */
  settled(next?: RegExp): Promise<void>;
  /** The same on a way that was gone before: review 0 and `--drift` 0. */
  quiet(): Promise<void>;
  /** What was wrong since this was last asked. */
  wrongs(): string[];
  /** `pulumi destroy`, which must succeed. */
  destroy(): Promise<void>;
  hours(count: number): Promise<void>;
  recordSet(name: string, type: string): Promise<{ ttl: number; values: string[] } | undefined>;
  close(): Promise<void>;
}

/** How a migration is walked. */
export interface Manner {
  /** `real`: by processes of the packed package and of Pulumi's CLI. */
  readonly engine: EngineName;
  /**
   * The stages whose first pull request is bound to its review by `mailstage apply-guard`, and whose update shows its own preview, as
   * one by hand does; of the others the update follows the review at once.
   */
  readonly guarded: readonly StageName[];
}

/** Starts it, at no stage yet. */
export async function userMigration(host: WalkHost, { engine, guarded }: Manner): Promise<UserMigration> {
  const stacks = stacksOf(host);
  const [first = "", ...others] = stacks;
  const inOrder = async (work: (stack: string) => Promise<unknown>) => {
    await work(first);
    await Promise.all(others.map(work));
  };
  let current = planOf(host);
  const world = worldOf(current);
  const lab = await startLab({
    world,
    ...(host === "cloudflare" || host === "azure" ? { dnsHost: host } : {}),
  });
  const judged = judge(() => lab);
  const project = await (engine === "real" ? userProject : inProcessProject)(lab, stacks);
  const wrong: string[] = [];
  const control = connectControl(lab.addresses.control);

  const overridden = () => {
    const here = lab.planOverrides(current);
    if (host !== "manual") return here;
    const { zone, nameServers, resolvers } = here.dns;
    return { ...here, dns: { host, zone, nameServers, resolvers } };
  };
  const edit = async (change: (before: PlanInput) => PlanInput) => {
    current = change(current);
    await project.plan(overridden());
  };
  const told = ({ code, stdout, stderr }: Ended) => `exit ${code}\n${stdout}${stderr}`;
  const must = async (what: string, code: number | readonly number[], run: Promise<Ended>) => {
    const done = await run;
    if (!(typeof code === "number" ? [code] : code).some((one) => one === done.code))
      throw new Error(`at ${current.stage}, ${what} should end with ${code}: ${told(done)}`);
    return done;
  };
  const reviewOf = async (stack: string, codes: readonly number[], ...args: string[]): Promise<Reviewed> => {
    const { code, stdout } = await must(
      ["mailstage review", ...args].join(" "),
      codes,
      project.mailstage("review", "--format", "json", "--stack", stack, ...args),
    );
    const { violations, errors } = reviewSchema.parse(JSON.parse(stdout));
    if (code === 0 || code === 2)
      expect({ errors, refused: violations.filter(({ level }) => level === "mandatory") }).toEqual({
        errors: [],
        refused: [],
      });
    return { code, text: stdout };
  };
  const review = (code: number, ...args: string[]) => reviewOf(first, [code], ...args);
  /** A person does at the DNS host what a run has said. Resolves to how many record sets that were. */
  const obey = async ({ stdout }: Ended) =>
    host === "manual" ? publish(stdout, control, await lab.state()) : 0;
  const unguarded = new Set(guarded);
  const apply = async (stack: string, previewed: boolean): Promise<void> => {
    for (let round = 0; ; round += 1) {
      const done = await must(
        "pulumi up",
        0,
        project.pulumi("up", "--yes", ...(previewed ? [] : ["--skip-preview"]), "--stack", stack),
      );
      if ((await obey(done)) === 0) return;
      if (round === 3) throw new Error(`what is to be published does not come to an end: ${done.stdout}`);
    }
  };
  const up = () => inOrder((stack) => apply(stack, guarded.includes(current.stage)));
  const pullRequest = async (change: (before: PlanInput) => PlanInput) => {
    await edit(change);
    const reviews: Reviewed[] = [];
    const guard = unguarded.delete(current.stage);
    await inOrder(async (stack) => {
      // The first hears of every change; what one means to a stack of waves may be nothing.
      const codes = stack === first ? [2] : [0, 2];
      const out = `review/${stack}`;
      const bound = `${out}/bound.json`;
      reviews.push(await reviewOf(stack, codes, ...(guard ? ["--bind", bound] : []), "--out", out));
      if (guard)
        await must("apply-guard", 0, project.mailstage("apply-guard", "--bound", bound, "--stack", stack));
      await apply(stack, guard);
    });
    return { code: 2, text: reviews.map(({ text }) => text).join("\n") };
  };
  const also = async (work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => wrong.push(String(error)));
  };
  for (const [file, text] of Object.entries(lists)) await project.write(file, text);
  await edit((before) => before);
  return {
    lab,
    control,
    project,
    judged,
    edit,
    review,
    pullRequest,
    async enter(name) {
      await edit((before) => ({ ...before, stage: name }));
      await up();
    },
    stage: (name) => pullRequest((before) => ({ ...before, stage: name })),
    up,
    async settled(next) {
      const nexts = new Map<string, string[]>();
      await inOrder(async (stack) => {
        await also(() => reviewOf(stack, [0], "--drift"));
        await also(() =>
          must("pulumi refresh", 0, project.pulumi("refresh", "--yes", "--skip-preview", "--stack", stack)),
        );
        await also(() => reviewOf(stack, [0]));
        if (next === undefined) return;
        await also(async () => {
          const { stdout } = await must(
            "mailstage status",
            0,
            project.mailstage("status", "--json", "--stack", stack),
          );
          nexts.set(stack, z.looseObject({ next: z.array(z.string()) }).parse(JSON.parse(stdout)).next);
        });
      });
      if (next === undefined) return;
      const said = stacks.flatMap((stack) => nexts.get(stack) ?? []).join("\n");
      if (!next.test(said)) wrong.push(`at ${current.stage}, Next should say ${next}: ${said}`);
    },
    async quiet() {
      await inOrder(async (stack) => {
        for (const args of [[], ["--drift"]]) await also(() => reviewOf(stack, [0], ...args));
      });
    },
    wrongs: () => wrong.splice(0),
    async destroy() {
      const gone = (stack: string) =>
        must("pulumi destroy", 0, project.pulumi("destroy", "--yes", "--stack", stack)).then(obey);
      await Promise.all(others.map(gone));
      await gone(first);
    },
    hours: (count) => lab.advance(count * 3600),
    async recordSet(name, type) {
      const found = (await lab.state()).zone.find((set) => set.name === name && set.type === type);
      return found && { ttl: found.ttl, values: [...found.values] };
    },
    async close() {
      try {
        await judged.verdict();
        const { environment } = lab;
        const secrets = Object.entries(environment).filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name));
        expect(
          await project.leaks({ ...Object.fromEntries(secrets), "a list's password": password }),
        ).toEqual([]);
      } finally {
        judged.dismiss();
        await project.dispose();
        await lab.close();
      }
    },
  };
}
