import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { providerLine } from "../../providers/resource.js";
import type { ResourceKind } from "../../src/state/index.js";
import { changesOf } from "./by-hand.js";
import { type Rehearsal, rehearse } from "./rehearsal.js";

const saved = z.object({
  checkpoint: z.object({ latest: z.object({ resources: z.array(z.looseObject({ type: z.string() })) }) }),
});

/**
 * State holds no code: what is stored of a provider is one line that names it, so a new release of mailstage changes no resource,
 * and its handlers are the ones that run, also those of `refresh` and `destroy`.
 */
describe("a change of our code", () => {
  let folder: string;
  let rehearsal: Rehearsal;
  const repository = resolve(__dirname, "../..");
  const calls = async () =>
    (await readFile(join(folder, "calls"), "utf8").catch(() => "")).trim().split("\n");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailstage-release-"));
    await cp(join(repository, "dist"), join(folder, "dist"), { recursive: true });
    const exports = { "./providers": "./dist/providers/index.js", "./package.json": "./package.json" };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "mailstage", exports }));
    await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
    rehearsal = await rehearse({ engine: "real", main: join(folder, "dist/stacks/index.js") });
    await rehearsal.up({ skipPreview: true });
  }, 120_000);
  afterAll(async () => {
    await rehearsal?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("state names the handlers and holds none of them", async () => {
    const { resources } = await rehearsal.stack.exportState();
    const ours = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
    expect(ours.length).toBeGreaterThan(3);
    const kinds: Readonly<Record<string, ResourceKind>> = {
      Stage: "Stage",
      StageReached: "StageReached",
      Gate: "Gate",
      DnsBaseline: "DnsBaseline",
      DnsRecordSet: "DnsRecordSet",
      DnsObservation: "DnsObservation",
    };
    for (const { type, inputs, outputs } of ours) {
      const kind = kinds[type.split(":").at(-1) ?? ""];
      if (kind === undefined) throw new Error(`unexpected ${type}`);
      expect([inputs["__provider"], outputs["__provider"]]).toEqual([providerLine(kind), providerLine(kind)]);
    }
  });

  test("state has no lines of the program on this machine, which another machine or release would change", async () => {
    const { checkpoint } = saved.parse(JSON.parse(await rehearsal.stack.stateText()));
    const ours = checkpoint.latest.resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
    expect(ours.length).toBeGreaterThan(3);
    expect(ours.filter((resource) => "sourcePosition" in resource || "stackTrace" in resource)).toEqual([]);
  });

  test("is no change of any resource, and the new read and delete run", async () => {
    await appendFile(
      join(folder, "dist/providers/index.js"),
      `
for (const [kind, provider] of Object.entries(module.exports))
  for (const method of ["read", "delete"]) {
    const former = provider[method];
    provider[method] = (...given) => {
      require("node:fs").appendFileSync(${JSON.stringify(join(folder, "calls"))}, \`new \${method} of \${kind}\\n\`);
      return former(...given);
    };
  }
`,
    );
    const preview = await rehearsal.stack.preview();
    expect(preview.errors).toBe("");
    expect(changesOf(preview)).toEqual([]);

    expect(await rehearsal.stack.refresh()).toMatchObject({ code: 0, errors: "" });
    expect(await calls()).toEqual(
      expect.arrayContaining(["new read of Stage", "new read of Gate", "new read of DnsRecordSet"]),
    );
    expect(await rehearsal.stack.destroy()).toMatchObject({ code: 0, errors: "" });
    expect(await calls()).toEqual(
      expect.arrayContaining(["new delete of Stage", "new delete of DnsRecordSet"]),
    );
    const { zone } = await rehearsal.lab.state();
    expect(zone.find(({ type }) => type === "MX")).toMatchObject({
      ttl: 86_400,
      values: ["10 mail.contoso.com"],
    });
  }, 120_000);
});
