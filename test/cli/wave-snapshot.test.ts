import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MailstageError } from "../../src/base/problem.js";
import { waveSnapshot } from "../../src/cli/wave-snapshot.js";
import { parsePlan } from "../../src/plan/index.js";
import { smallPlan } from "../engine/rehearsal.js";

describe("the snapshot of a wave", () => {
  let folder: string;
  const stack = "organization/mail/production";
  const plan = parsePlan({ ...smallPlan, conversion: { snapshots: "now" } });
  const conversion = (wave: string, snapshot: string) => {
    const type = "pulumi-nodejs:dynamic/mailstage:MailUserConversion";
    const urn = `urn:pulumi:production::mail::${type}::${wave}-conversion`;
    return { urn, type, inputs: { wave }, outputs: { wave, snapshot } };
  };
  const exported = (...resources: unknown[]) => JSON.stringify({ deployment: { resources } });
  const find = (state: () => Promise<string>, wave = "wave1") =>
    waveSnapshot({ folder, stack, plan }, wave, state);
  const keep = async () => {
    await mkdir(join(folder, "now/production"), { recursive: true });
    await writeFile(join(folder, "now/production/wave1.jsonl"), "");
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-snapshot-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is where the state has it, though the plan names another place by now", async () => {
    const state = exported(
      conversion("wave2", "now/production/wave2.jsonl"),
      conversion("wave1", "before/production/wave1.jsonl"),
    );
    expect(await find(async () => state)).toBe(join(folder, "before/production/wave1.jsonl"));
  });

  test("is in the plan's place, by the stack's own name, where the state has no conversion of it", async () => {
    await keep();
    expect(await find(async () => exported())).toBe(join(folder, "now/production/wave1.jsonl"));
  });

  test("that nobody took is told from a wave that the plan does not have", async () => {
    await expect(find(async () => exported())).rejects.toThrow(
      /wave1: has no snapshot: nobody of it was converted by stack organization\/mail\/production/,
    );
    await expect(find(async () => exported(), "wave9")).rejects.toThrow(
      /wave9: is no wave of the plan, which has wave1/,
    );
  });

  test("is taken from the plan's place without a state only where it is there", async () => {
    const unread = async () => {
      throw new MailstageError({ code: "state-unavailable", subject: "stack", reason: "is nowhere" });
    };
    await expect(find(unread)).rejects.toThrow(
      /now\/production\/wave1\.jsonl: is not there, and the state, which says where wave1 has its snapshot, cannot be read.*is nowhere/s,
    );
    await keep();
    expect(await find(unread)).toBe(join(folder, "now/production/wave1.jsonl"));
  });
});
