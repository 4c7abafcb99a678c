import type { FaultRule } from "../../lab/index.js";
import { handOf, jumpTo, saidBy } from "../engine/by-hand.js";
import { differences } from "./interrupt.js";
import { outcomeOf } from "./outcome.js";
import { openScene, type Scene } from "./scene.js";
import { type WalkStep, walk, walkedFiles, walkedPlan } from "./steps.js";

const full = process.env["MAILSTAGE_ABUSE"] === "1";
const seed = Number(process.env["MAILSTAGE_ABUSE_SEED"] ?? 20_261);
/** How often `pulumi up` may be run for one step where it may stop. */
const mostRuns = 12;

const say = (text: string) => process.stderr.write(`${text}\n`);

/** Faults of every service at once: each request is hit with this probability. */
function storm(probability: number): FaultRule[] {
  return [
    {
      kind: [
        "429-json",
        "429-text",
        "503",
        "503-after",
        "504",
        "504-after",
        "reset",
        "reset-after",
        "truncated",
        "slow",
        "401-claims",
        "403-empty",
        "html",
        "redirect",
        "redirect-foreign",
      ],
      probability,
      retryAfter: 0.05,
      seconds: 0.3,
    },
    { kind: "stale", service: "graph", probability, seconds: 90 },
    { kind: "stale", service: "exchange", probability, seconds: 90 },
    { kind: ["503", "slow", "reset", "reset-after"], service: "directory", probability, seconds: 0.3 },
    { kind: ["503", "slow", "reset", "reset-after"], service: "dns", probability, seconds: 0.3 },
  ];
}

/** Lets a fault strike at every request of the next commands; ends with how many were struck. */
async function inStorm(
  scene: Scene,
  probability: number,
  work: () => Promise<void>,
  turn = 0,
): Promise<number> {
  // Each step has draws of its own: few requests with the same ones would all be spared.
  scene.lab.faults.seed(seed + turn * 7919);
  for (const rule of storm(probability)) scene.lab.faults.set(rule);
  try {
    await work();
    return scene.lab.faults.list().reduce((sum, { hits }) => sum + hits, 0);
  } finally {
    scene.lab.faults.clear();
  }
}

/** Whether an error says what was wrong with what, in our words: no stack, no exception of the runtime. */
const isClear = (errors: string) =>
  errors !== "" && !/^\s+at .+:\d+:\d+|TypeError|ReferenceError|unhandled/im.test(errors);

describe("services that fail many of their requests", () => {
  let scene: Scene;
  beforeAll(async () => {
    // What services fail is none of the engine's; the long form asks the real one.
    const engine = full ? "real" : "in-process";
    scene = await openScene({ plan: walkedPlan, files: walkedFiles, engine });
  }, 60_000);
  afterAll(() => scene?.close());

  if (full) {
    const references = new Map<string, unknown>();
    const settledOutcome = async (step: WalkStep) => {
      await step.settle?.(scene);
      return outcomeOf(scene);
    };

    test("are first asked without faults, to compare with", async () => {
      await scene.save();
      for (const step of walk) {
        await step.before(scene);
        await scene.rehearsal.up();
        references.set(step.name, await settledOutcome(step));
      }
    }, 600_000);

    test.each([
      [5, 1],
      [20, 1],
      [40, mostRuns],
    ])(
      "%d %%: every stage ends right, within %d runs each",
      async (percent, runsAllowed) => {
        await scene.restore();
        await scene.rehearsal.change(() => walkedPlan);
        let struck = 0;
        let stopped = 0;
        for (const step of walk) {
          await step.before(scene);
          struck += await inStorm(
            scene,
            percent / 100,
            async () => {
              for (let runs = 1; ; runs += 1) {
                const run = await scene.rehearsal.stack.up();
                // A stale answer can also leave a resource waiting, such as a domain that is verified already.
                const left = differences(references.get(step.name), await settledOutcome(step));
                if (run.code === 0 && (runsAllowed === 1 || left.length === 0)) break;
                stopped += 1;
                if (percent > 20) say(`fault storm, ${percent} %, ${step.name}: ${run.errors}`);
                if (run.code !== 0 && !isClear(run.errors))
                  throw new Error(`${step.name} stopped unclearly:\n${run.errors}`);
                if (runs >= runsAllowed)
                  throw new Error(`${step.name} stopped ${runs} times:\n${run.errors}`);
              }
            },
            walk.indexOf(step),
          );
          const left = differences(references.get(step.name), await settledOutcome(step));
          expect([step.name, ...left]).toEqual([step.name]);
        }
        say(`fault storm, ${percent} %, seed ${seed}: ${struck} faults, ${stopped} runs stopped and resumed`);
        expect(struck).toBeGreaterThan(percent / 5);
      },
      1800_000,
    );
  } else
    test("20 %: migration, licences and conversion end right, each in one run", async () => {
      say(
        `fault storm: seed ${seed} (MAILSTAGE_ABUSE_SEED); MAILSTAGE_ABUSE=1 walks all stages at 5, 20 and 40 %`,
      );
      const { rehearsal } = scene;
      await handOf(rehearsal).ownDomain();
      const struck = await inStorm(scene, 0.2, async () => {
        await jumpTo(rehearsal, "migrate");
        await scene.lab.advance(48 * 3600);
        await rehearsal.change((plan) => ({
          ...plan,
          waves: plan.waves.map((batch) => ({ ...batch, phase: "converted" as const })),
        }));
        const run = await rehearsal.up();
        expect(saidBy(run)).not.toMatch(/asked again/);
      });
      // Waves share their reads: at 20 % a few dozen requests give 10 to 30 faults.
      expect(struck).toBeGreaterThan(7);
      const { batches, mailboxes, directory, alarms } = await scene.lab.state();
      expect(batches.map(({ name, status, totalCount }) => `${name} ${status} ${totalCount}`).sort()).toEqual(
        ["wave1 Synced 3", "wave2 Synced 5"],
      );
      const listed = mailboxes.filter(({ wave }) => wave !== undefined);
      expect(listed.map(({ licenses }) => licenses.length)).toEqual(listed.map(() => 1));
      const stillMailboxes = directory.filter(
        ({ attributes }) => attributes["homeMDB"] !== undefined && attributes["mail"] !== undefined,
      );
      expect([stillMailboxes, alarms]).toEqual([[], []]);
      const preview = await rehearsal.stack.preview();
      expect([preview.errors, preview.changes]).toEqual(["", []]);
    }, 180_000);
});
