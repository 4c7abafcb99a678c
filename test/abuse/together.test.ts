import { setTimeout as sleep } from "node:timers/promises";
import type { PlanInput } from "../../src/plan/index.js";
import { thorough } from "../engine/attempts.js";
import { engineOf } from "../engine/open-stack.js";
import { smallFiles, smallPlan } from "../engine/rehearsal.js";
import type { Run } from "../engine/stack.js";
import { sessionOf } from "../lab/worlds.js";
import { createInProcessProject } from "../scale/in-process.js";
import { createProject, type Project } from "../scale/project.js";
import { waveFile } from "../scale/split-plan.js";
import { differences } from "./interrupt.js";
import { outcomeOf } from "./outcome.js";
import { openScene, type Scene } from "./scene.js";

const minutes = 60_000;
/** Times two runs of one stack are started together. */
const races = thorough ? 6 : 1;
/** Moments at which a lock is broken open, spread over a run's requests. */
const moments = thorough ? 8 : 1;

/** Everything up to the batches in one `pulumi up`: the domain is in the tenant, and the order of the stages is waived. */
const atOnce: PlanInput = {
  ...smallPlan,
  stage: "migrate",
  waive: [{ gate: "stage-order", reason: "the domain was prepared by hand before" }],
};

async function openWithDomain(options: Parameters<typeof openScene>[0]): Promise<Scene> {
  const scene = await openScene(options);
  await sessionOf(scene.lab, scene.rehearsal.world).ownDomain();
  await scene.save();
  return scene;
}

describe("two runs of one stack", () => {
  let scene: Scene;
  const count = { races: 0, won: 0 };
  /** What one run alone asks, and comes to once all mailboxes are copied: before that it depends on the moment. */
  let alone: { readonly requests: number; readonly outcome: unknown } | undefined;

  beforeAll(async () => {
    scene = await openWithDomain({ plan: atOnce });
  }, minutes);
  afterAll(async () => {
    process.stdout.write(`two runs at once: ${count.races} times, one of them went on ${count.won} times\n`);
    await scene?.close();
  });

  // The updates alone: previews take no lock.
  const up = () => scene.rehearsal.stack.start("up", "--yes", "--skip-preview");
  const turnedAway = (run: Run) => {
    expect(run.errors).toMatch(/the stack is currently locked by \d+ lock/);
    expect(run.steps).toEqual([]);
  };
  /** The lab after one run and no other: each batch once, with all its mailboxes. */
  const onlyOnce = async () => {
    const { batches, goneBatches, endpoints, domains, alarms } = await scene.lab.state();
    expect(
      batches.map(({ name, users }) => [name, users.map(({ emailAddress }) => emailAddress).sort()]).sort(),
    ).toEqual(
      Object.entries(smallFiles).map(([file, text]) => [
        file.replace(/.*\/|\.csv/g, ""),
        (text.match(/^\w+@contoso\.com/gm) ?? []).sort(),
      ]),
    );
    expect(goneBatches).toEqual([]);
    expect(endpoints).toHaveLength(1);
    expect(domains).toHaveLength(2);
    expect(alarms).toEqual([]);
  };
  const firstRequest = async () => {
    while (!scene.lab.faults.list().some(({ hits }) => hits > 0)) await sleep(10);
  };

  const settled = async () => {
    await scene.lab.advance(48 * 3600);
    expect((await scene.rehearsal.stack.up({ skipPreview: true })).errors).toBe("");
    return outcomeOf(scene);
  };

  test(
    "of two that start together at most one goes on, and the world is as after one",
    async () => {
      for (let race = 0; race < races; race += 1) {
        await scene.restore();
        // It counts them.
        scene.lab.faults.set({ kind: "hang", service: "any", skip: Number.MAX_SAFE_INTEGER });
        const runs = await Promise.all([up().ended, up().ended]);
        const winners = runs.filter(({ code }) => code === 0);
        expect(winners.length).toBeLessThanOrEqual(1);
        for (const run of runs) if (run.code !== 0) turnedAway(run);
        count.races += 1;
        count.won += winners.length;
        // Each can find the other's lock and step back: then nothing is done yet.
        if (winners.length === 0) {
          expect((await scene.lab.state()).batches).toEqual([]);
          expect((await scene.rehearsal.stack.exportState()).resources).toEqual([]);
          await scene.rehearsal.up({ skipPreview: true });
        }
        await onlyOnce();
        const [{ seen = 0 } = {}] = scene.lab.faults.list();
        scene.lab.faults.clear();
        alone ??= { requests: seen, outcome: await settled() };
      }
    },
    (races + 1) * minutes,
  );

  test(
    "the second is turned away at once while the first is at work",
    async () => {
      await scene.restore();
      scene.lab.faults.set({ kind: "hang", service: "any", skip: 3 });
      const first = up();
      await firstRequest();
      const second = await up().ended;
      turnedAway(second);
      expect(second.milliseconds).toBeLessThan(10_000);
      scene.lab.faults.clear();
      expect((await first.ended).errors).toBe("");
      await onlyOnce();
      expect((await scene.rehearsal.stack.exportState()).pending_operations).toEqual([]);
    },
    2 * minutes,
  );

  test(
    "whose lock is broken open still make nothing twice, and the next run ends as one alone",
    async () => {
      if (alone === undefined)
        throw new Error("the first race, whose winner is the one to compare with, was not run");
      const { requests, outcome } = alone;
      const { stack } = scene.rehearsal;
      const every = Math.ceil(requests / moments);
      for (let skip = Math.ceil(every / 2); skip < requests; skip += every) {
        await scene.restore();
        scene.lab.faults.set({ kind: "slow", service: "any", skip, count: 1, seconds: 4 });
        const first = up();
        await firstRequest();
        await stack.cancel();
        const second = up();
        await Promise.all([first.ended, second.ended]);
        scene.lab.faults.clear();
        await stack.cancel();
        expect((await stack.up({ skipPreview: true })).errors).toBe("");
        await onlyOnce();
        expect(differences(outcome, await settled())).toEqual([]);
      }
    },
    20 * minutes,
  );
});

describe("two stacks of one tenant, whose plans know nothing of each other", () => {
  const waves = { north: ["anna", "bert", "carla", "frieda"], south: ["dieter", "eva", "frieda"] };
  const names = ["north", "south"] as const;
  // They meet at the services, whatever engine drives them.
  const engine = thorough ? "real" : "in-process";
  let scene: Scene;
  let projects: Record<keyof typeof waves, Project>;

  beforeAll(async () => {
    const all = "mailboxes/all.csv";
    const everybody = [...new Set([...waves.north, ...waves.south])];
    scene = await openWithDomain({
      plan: {
        ...atOnce,
        source: { ...atOnce.source, testMailbox: "anna@contoso.com" },
        waves: [{ name: "all", csv: all }],
      },
      files: { [all]: waveFile(everybody) },
      engine,
    });
    const start = async (name: keyof typeof waves) => {
      const csv = `mailboxes/${name}.csv`;
      const options = {
        stacks: ["production"],
        environment: { ...scene.lab.environment, MAILSTAGE_RETRY_BASE_MS: "50" },
        files: { [csv]: waveFile(waves[name]) },
      };
      const project = await (engineOf(engine) === "real"
        ? createProject(options)
        : createInProcessProject(options, () => scene.lab));
      await project.plan(
        scene.lab.planOverrides({ ...scene.rehearsal.plan, waves: [{ name, csv, phase: "started" }] }),
      );
      return project;
    };
    projects = { north: await start("north"), south: await start("south") };
  }, minutes);
  afterAll(async () => {
    for (const project of Object.values(projects ?? {})) await project.dispose();
    await scene?.close();
  });

  const up = (name: keyof typeof waves) => projects[name].run("production", "up", "--yes", "--skip-preview");
  const members = async () =>
    Object.fromEntries(
      (await scene.lab.state()).batches.map(({ name, users }) => [
        name,
        users.map(({ emailAddress }) => emailAddress.replace(/@.*/, "")).sort(),
      ]),
    );

  test(
    "that want one mailbox at the same moment do not both get it, and the other one is told whose it is",
    async () => {
      await sessionOf(scene.lab, scene.rehearsal.world).createEndpoint();
      // Both have checked, and seen no batch, when the first of them is made.
      scene.lab.faults.set({ kind: "hang", service: "exchange", route: "New-MigrationBatch" });
      const runs = Promise.all(names.map(up));
      while ((scene.lab.faults.list()[0]?.hits ?? 0) < 2) await sleep(20);
      scene.lab.faults.clear();
      const [north, south] = await runs;
      const after = await members();
      const owner = after["north"]?.includes("frieda") ? "north" : "south";
      const other = owner === "north" ? "south" : "north";
      const withoutHer = waves[other].filter((local) => local !== "frieda");
      expect(after).toEqual({ [owner]: waves[owner], [other]: withoutHer });
      expect((owner === "north" ? north : south)?.errors).toBe("");
      expect((owner === "north" ? south : north)?.errors).toContain(
        `wave ${other}: 1 mailbox is in another migration batch already: frieda@contoso.com (${owner})`,
      );

      await projects[other].write(`mailboxes/${other}.csv`, waveFile(withoutHer));
      expect((await up(other)).errors).toBe("");
      expect(await members()).toEqual(after);
      expect((await scene.lab.state()).alarms).toEqual([]);
    },
    2 * minutes,
  );

  test(
    "start from nothing at the same time: each makes its own, and what both need is made once",
    async () => {
      for (let race = 0; race < races; race += 1) {
        await scene.restore();
        for (const name of names) {
          await projects[name].forget();
          const own = waves[name].filter((local) => local !== "frieda");
          await projects[name].write(`mailboxes/${name}.csv`, waveFile(own));
        }
        for (const { errors } of await Promise.all(names.map(up)))
          if (errors !== "") expect(errors).toMatch(/^migration endpoint mailstage: .*already exists/);
        for (const name of names) expect((await up(name)).errors).toBe("");
        expect(await members()).toEqual({ north: ["anna", "bert", "carla"], south: ["dieter", "eva"] });
        const { endpoints, alarms } = await scene.lab.state();
        expect(endpoints).toHaveLength(1);
        expect(alarms).toEqual([]);
      }
    },
    races * 2 * minutes,
  );
});
