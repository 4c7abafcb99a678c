import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type Lab, startLab } from "../../lab/index.js";
import { type PlanInput, parsePlan } from "../../src/plan/index.js";
import { documentAt, fenced } from "../docs/markdown.js";
import { plannedWorld } from "../engine/small-migration.js";
import { type UserProject, userProject } from "../user/project.js";
import { componentType } from "./program.js";

const run = promisify(execFile);
const repository = resolve(__dirname, "../..");
const example = join(repository, "examples/component");
const list = "mailboxes/wave1.csv";

const stackSchema = z.object({
  config: z.looseObject({
    "mailstage:plan": z.custom<PlanInput>((plan) => parsePlan(plan) !== undefined),
  }),
});

const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ type: z.string(), provider: z.string().optional() })),
  }),
});

/** The example as who copied it has it: the packed package installed beside it, its plan against a lab at Cloudflare. */
describe("examples/component, from the packed package and with Pulumi's own engine", () => {
  let lab: Lab;
  let project: UserProject;
  beforeAll(async () => {
    const { config } = stackSchema.parse(
      parse(await readFile(join(example, "Pulumi.production.yaml"), "utf8")),
    );
    const plan = config["mailstage:plan"];
    const files = { [list]: await readFile(join(example, list), "utf8") };
    lab = await startLab({ world: plannedWorld(plan, files).world, dnsHost: "cloudflare" });
    project = await userProject(lab, []);
    await cp(example, project.folder, { recursive: true, force: true });
    const given = lab.planOverrides(plan);
    const { zoneId } = z.looseObject({ zoneId: z.string() }).parse(given.dns);
    await writeFile(join(project.folder, "contoso.json"), JSON.stringify(given));
    await writeFile(
      join(project.folder, "Pulumi.production.yaml"),
      stringify({ config: { "contoso-platform:zoneId": zoneId, "mailstage:plan": given } }),
    );
    // Who takes single resources alone has types as well.
    const page = fenced(documentAt("docs/resources.md"), "ts").join("\n");
    await writeFile(join(project.folder, "resources.ts"), page);
    await writeFile(
      join(project.folder, "tsconfig.all.json"),
      JSON.stringify({ extends: "./tsconfig.json", files: ["index.ts", "resources.ts"] }),
    );
    // What the example's package.json names for development.
    for (const name of ["typescript", "@types/node"]) {
      const there = join(project.folder, "node_modules", name);
      await mkdir(dirname(there), { recursive: true });
      if (!existsSync(there)) await symlink(join(repository, "node_modules", name), there);
    }
  }, 180_000);
  afterAll(async () => {
    await project.dispose();
    await lab.close();
  });

  test.each([
    ["node16", "node16"],
    ["preserve", "bundler"],
  ])(
    "its types are right with module %s and resolution %s",
    async (module, resolution) => {
      const tsc = join(repository, "node_modules/typescript/bin/tsc");
      const args = [tsc, "-p", "tsconfig.all.json", "--module", module, "--moduleResolution", resolution];
      const { stdout } = await run(process.execPath, args, { cwd: project.folder });
      expect(stdout).toBe("");
    },
    180_000,
  );

  test("is previewed, reviewed and applied, and then has nothing to do", async () => {
    expect(await project.pulumi("stack", "init", "production")).toMatchObject({ code: 0 });
    // As where the program gives the plan.
    const bind = ["--stack", "production", "--plan", "contoso.json"];
    const review = await project.mailstage("review", ...bind, "--bind", "bound.json");
    expect(review).toMatchObject({ code: 2, stderr: "" });
    expect(await project.mailstage("apply-guard", ...bind, "--bound", "bound.json")).toMatchObject({
      code: 0,
    });
    expect(review.stdout).toContain("stage prepare");
    expect(review.stdout).toContain("intranet.contoso.com");
    // The SDK checks types in each run: once shows that it finds them right, as the compiler did above.
    const settings = JSON.parse(await readFile(join(project.folder, "tsconfig.json"), "utf8"));
    settings.compilerOptions.noCheck = true;
    await writeFile(join(project.folder, "tsconfig.json"), JSON.stringify(settings));
    const up = await project.pulumi("up", "--yes", "--skip-preview", "--stack", "production");
    expect({ code: up.code, said: up.stderr }).toEqual({ code: 0, said: "" });
    expect(up.stdout).toContain(componentType);
    const { zone } = await lab.state();
    const there = (name: string, type: string) => zone.find((set) => set.name === name && set.type === type);
    expect(there("contoso.com", "MX")?.ttl).toBe(3600);
    expect(there("intranet.contoso.com", "A")?.values).toEqual(["192.0.2.80"]);
    const exported = await project.pulumi("stack", "export", "--stack", "production");
    const { deployment } = stateSchema.parse(JSON.parse(exported.stdout));
    const records = deployment.resources.filter(({ type }) => type.startsWith("cloudflare:"));
    expect(records.length).toBeGreaterThan(1);
    for (const { provider } of records) expect(provider).toContain("::pulumi:providers:cloudflare::zone::");
    const outputs = await project.pulumi("stack", "output", "--json", "--stack", "production");
    expect(JSON.parse(outputs.stdout)).toMatchObject({
      stage: "prepare",
      domain: "contoso.com",
      reached: "prepare",
    });
    expect(await project.mailstage("status", "--stack", "production")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("prepare"),
    });
    const live = await project.mailstage("status", ...bind, "--live");
    expect(live).toMatchObject({ code: 0, stdout: expect.stringContaining("prepare") });
    expect(await project.pulumi("preview", "--expect-no-changes", "--stack", "production")).toMatchObject({
      code: 0,
    });
  }, 300_000);
});
