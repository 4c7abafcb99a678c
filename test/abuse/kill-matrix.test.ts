import { jumpTo } from "../engine/by-hand.js";
import { interruptAt, isWrite, type Point, undisturbed, type Verdict, type Watched } from "./interrupt.js";
import { openScene, type Scene } from "./scene.js";
import { walk, walkedFiles, walkedPlan } from "./steps.js";

const full = process.env["MAILSTAGE_ABUSE"] === "1";
/** Steps of the walk to try, comma-separated; the others are only walked. Absent: all. */
const wanted = process.env["MAILSTAGE_ABUSE_STEPS"]?.split(",");
/** Seed of the sample; by default the day, so that each day tries others. */
const seed = Number(process.env["MAILSTAGE_ABUSE_SEED"] ?? Math.floor(Date.now() / 86_400_000));
/** Every how many requests a point is tried in the full matrix, where time is short. */
const every = Number(process.env["MAILSTAGE_ABUSE_EVERY"] ?? 1);
const hosts = ["rfc2136", "cloudflare", "azure"] as const;
/** DNS hosts to try, comma-separated: with RFC 2136 every request is a point, with the others their own. Absent: all. */
const wantedHosts = process.env["MAILSTAGE_ABUSE_HOSTS"]?.split(",") ?? hosts;
/** Every how many of these points Ctrl-C is pressed too. */
const interruptEvery = 4;

const say = (text: string) => process.stderr.write(`${text}\n`);

/** A point without the service whose requests are counted. */
type Moment = Omit<Point, "service">;

/** What must not be found: passwords of the lists, and what the environment holds. */
function plantedIn({ rehearsal }: Scene): string[] {
  const named = Object.entries(rehearsal.lab.environment).filter(([name]) => /SECRET|_PASSWORD/.test(name));
  return ["Pl4nted-P4ssw0rd!", ...named.map(([, value]) => value)];
}

function describeVerdict({ point, request, endedAfterMs, problems }: Verdict): string {
  const where = `${point.signal} ${point.when} request ${point.k} (${request ?? "not reached"})`;
  const how = `${point.orphan ? "the plugin lives on" : "the plugin ends too"}, ended after ${Math.round(endedAfterMs)} ms`;
  return [`${where}, ${how}`, ...problems.map((problem) => `    ${problem}`)].join("\n");
}

/** Says how many points were tried; what went wrong at them. */
function conclude(name: string, requests: number, verdicts: readonly Verdict[]): string[] {
  const reached = verdicts.filter(({ request }) => request !== undefined);
  const count = (signal: Point["signal"]) => reached.filter(({ point }) => point.signal === signal).length;
  const failed = reached.filter(({ problems }) => problems.length > 0);
  const slowest = Math.max(
    0,
    ...reached.filter(({ point }) => point.signal === "SIGINT").map(({ endedAfterMs }) => endedAfterMs),
  );
  say(
    `kill matrix, ${name}: ${requests} requests; ${count("SIGKILL")} points killed, ${count("SIGINT")} interrupted ` +
      `(slowest ${Math.round(slowest)} ms), ${verdicts.length - reached.length} not reached, ${failed.length} failed`,
  );
  return failed.map(describeVerdict);
}

/** Tries the points from where the scene is, and leaves it after an undisturbed run. */
async function tryPoints(
  scene: Scene,
  name: string,
  choose: (requests: number) => readonly Moment[],
  watched: Watched = {},
): Promise<string[]> {
  const { service = "any" } = watched;
  await scene.save();
  const reference = await undisturbed(scene, watched);
  const verdicts: Verdict[] = [];
  const attempt = async (point: Point) => {
    const verdict = await interruptAt(scene, point, reference, plantedIn(scene));
    verdicts.push(verdict);
    if (verdict.problems.length > 0) say(describeVerdict(verdict));
    return verdict;
  };
  for (const chosen of choose(reference.requests)) {
    const point = { ...chosen, service };
    const { request } = await attempt(point);
    if (full && point.signal === "SIGKILL" && request !== undefined && isWrite(request))
      await attempt({ ...point, when: "after" });
  }
  return conclude(name, reference.requests, verdicts);
}

/** Every request is a point, with the plugin living on or not in turns. */
function everyPoint(requests: number): Moment[] {
  return Array.from({ length: Math.ceil(requests / every) }, (_, index) => index).flatMap((index) => {
    const k = index * every;
    return [
      { k, when: "before", signal: "SIGKILL", orphan: index % 2 === 0 },
      ...(index % interruptEvery === 0
        ? [{ k, when: "before", signal: "SIGINT", orphan: true } satisfies Moment]
        : []),
    ];
  });
}

/** A kill and a Ctrl-C at requests the seed chooses. */
function somePoints(requests: number): Moment[] {
  const at = (part: number) => (seed * 7 + part * 13) % requests;
  return [
    { k: at(0), when: "after", signal: "SIGKILL", orphan: true },
    { k: at(1), when: "before", signal: "SIGINT", orphan: true },
  ];
}

describe.each(full ? hosts.filter((host) => wantedHosts.includes(host)) : ["rfc2136" as const])(
  "pulumi up that is stopped at one of its requests, the zone at %s",
  (host) => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await openScene({
        plan: walkedPlan,
        files: walkedFiles,
        engine: full ? "real" : "in-process",
        ...(host === "rfc2136" ? {} : { dnsHost: host }),
      });
    }, 60_000);
    afterAll(() => scene?.close());

    if (full)
      for (const step of walk)
        test(
          `in ${step.name}, at every one: the next up makes it whole, and nothing secret is left`,
          async () => {
            await step.before(scene);
            if (wanted?.includes(step.name) === false) return void (await scene.rehearsal.up());
            const name = host === "rfc2136" ? step.name : `${step.name} at ${host}`;
            const service = host === "rfc2136" ? "any" : host;
            try {
              const watched = { service, settle: step.settle } as const;
              expect(await tryPoints(scene, name, everyPoint, watched)).toEqual([]);
            } finally {
              await scene.restore();
              await scene.rehearsal.up();
            }
          },
          4 * 3600_000,
        );
    else
      test("in migrate, at some of them: the next up makes it whole, and nothing secret is left", async () => {
        say(
          `kill matrix: a sample of seed ${seed} (MAILSTAGE_ABUSE_SEED); MAILSTAGE_ABUSE=1 tries all points`,
        );
        await jumpTo(scene.rehearsal, "connect");
        await scene.rehearsal.goOnReal();
        await scene.rehearsal.stage("migrate");
        expect(await tryPoints(scene, "migrate", somePoints)).toEqual([]);
      }, 180_000);
  },
);
