import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readWave } from "../../src/migration/wave-file.js";
import { attemptsOn } from "./attempts.js";
import { handOf, jumpTo } from "./by-hand.js";
import { mailboxes, type Rehearsal, rehearse, smallFiles } from "./rehearsal.js";

/** What Pulumi's own command line can ask for besides, and the engine inside the test process cannot. */
describe("a migration that is under way", () => {
  let rehearsal: Rehearsal;
  let attempts: ReturnType<typeof attemptsOn>;
  const wave2 = "mailboxes/wave2.csv";

  beforeAll(async () => {
    rehearsal = await rehearse();
    await handOf(rehearsal).ownDomain();
    await jumpTo(rehearsal, "migrate");
    await rehearsal.goOnReal();
    attempts = attemptsOn(rehearsal);
  }, 180_000);
  afterAll(() => rehearsal?.close());

  test("is not updated by a reviewed plan (--plan) when a CSV was changed since", async () => {
    const write = (locals: readonly string[]) => rehearsal.stack.write(wave2, mailboxes(locals));
    const before = await attempts.standing();
    await write(["anna", "bert", "carla", "eva"]);
    const saved = await rehearsal.stack.run("preview", "--save-plan", "reviewed.json");
    expect(saved.errors).toBe("");
    await write(["anna", "bert", "dieter", "eva"]);
    const applied = await rehearsal.stack.run("up", "--yes", "--skip-preview", "--plan", "reviewed.json");
    expect(applied.code).not.toBe(0);
    expect(applied.errors).toMatch(/violates plan/);
    expect(await attempts.standing()).toEqual(before);
    // Without a saved plan the file is checked against what the same run has read.
    const digest = createHash("sha256")
      .update(readFileSync(join(rehearsal.stack.folder, wave2)))
      .digest("hex");
    const wave = { wave: "wave2", csv: wave2, digest, domain: "contoso.com" };
    expect(readWave(rehearsal.stack.folder, wave).addresses).toHaveLength(4);
    await rehearsal.stack.write(wave2, smallFiles[wave2] ?? "");
    expect(() => readWave(rehearsal.stack.folder, wave)).toThrow(/was changed since the preview/);
  }, 180_000);

  test("says the same where its run is traced (--tracing)", async () => {
    const said = async (...options: string[]) => {
      const { diagnostics } = await rehearsal.stack.run("preview", ...options);
      return diagnostics.map(({ message }) => message);
    };
    const plain = await said();
    expect(plain).not.toEqual([]);
    expect(await said("--tracing", `file:${join(rehearsal.stack.folder, "trace.json")}`)).toEqual(plain);
  }, 180_000);

  test("does not have a batch replaced (--replace), or destroyed by itself (--target), while mail still arrives on premises", async () => {
    const { resources } = await rehearsal.stack.exportState();
    const urn = resources.find((resource) => resource.urn.endsWith("::wave2"))?.urn ?? "";
    const reasons = [/batch wave2: mail still arrives on premises/];
    await attempts.refused({ command: ["up", "--yes", "--skip-preview", "--replace", urn], reasons });
    await attempts.refused({
      command: ["destroy", "--yes", "--skip-preview", "--target", urn, "--target-dependents"],
      reasons,
    });
    await rehearsal.up({ skipPreview: true });
  }, 180_000);
});
