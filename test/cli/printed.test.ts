import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { unwrapped } from "../../src/base/wrapped.js";
import { holdPrinted } from "../base/printed.js";
import { smallPlan } from "../engine/small-migration.js";
import { ended } from "./ended.js";

/** The compiled program, as a user starts it; `npm test` compiles it first. */
const cli = resolve(__dirname, "../../dist/src/cli/main.js");
const somebody = Array.from({ length: 12 }, (_, index) => `somebody.of.the.office${index}@contoso.com`);

/** What commands say of a list in which everybody stands twice, and of wrong options. */
describe("what a command says at length", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-printed-"));
    await mkdir(join(folder, "mailboxes"));
    await writeFile(join(folder, "Pulumi.yaml"), "name: contoso-mail\nruntime: nodejs\n");
    await writeFile(
      join(folder, "Pulumi.production.yaml"),
      stringify({ config: { "mailstage:plan": smallPlan } }),
    );
    for (const { csv } of smallPlan.waves)
      await writeFile(join(folder, csv), ["EmailAddress", ...somebody, ""].join("\n"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const mailstage = async (...args: string[]) => {
    const done = await ended(
      spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }),
    );
    holdPrinted(args, done);
    return done;
  };
  const problems = z.object({
    areas: z.array(z.object({ problems: z.array(z.object({ reason: z.string() })) })),
  });

  test("goes on in the next line, and is one line as JSON", async () => {
    const check = ["check", "--offline", "--stack", "production"];
    const told = await mailstage(...check);
    const { areas } = problems.parse(JSON.parse((await mailstage(...check, "--json")).stdout));
    const long = areas.flatMap((area) => area.problems).filter(({ reason }) => reason.length > 60);
    expect(long.length).toBeGreaterThan(0);
    expect(told.code).toBe(1);
    for (const { reason } of long) expect(unwrapped(told.stdout)).toContain(reason);
  });

  test("as a refusal too", async () => {
    const missing = `${join(folder, "a folder that is not there")}/plan.yaml`;
    const refused = await mailstage("check", "--offline", "--stack", "production", "--plan", missing);
    expect(refused.code).toBe(1);
    expect(unwrapped(refused.stderr)).toContain(missing);
    expect((await mailstage("init", "--yes")).code).not.toBe(0);
  });
});
