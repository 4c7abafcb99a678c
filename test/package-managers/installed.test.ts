import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type Lab, startLab } from "../../lab/index.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { type Ended, ended } from "../cli/ended.js";
import { plannedWorld, smallFiles, smallPlan } from "../engine/small-migration.js";
import { managers, writeRepository } from "./managers.js";

const repository = resolve(__dirname, "../..");
// The others take a minute each and as much from the registry: .ci/run tries all.
const tried = process.env["MAILSTAGE_PACKAGE_MANAGERS"] === "all" ? managers : managers.slice(1, 2);

/** Whether a registry answers: a package manager asks it for what the package depends on. */
function registryAnswers(): boolean {
  try {
    execFileSync("npm", ["view", "pulumi", "version"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

const packedSchema = z.tuple([z.object({ filename: z.string() })]);

describe("the packed package", () => {
  if (!registryAnswers()) {
    console.warn("\n*** THE REGISTRY DOES NOT ANSWER: no package manager was tried. ***\n");
    test.skip("LEFT OUT: the registry does not answer", () => {});
    return;
  }
  let root: string;
  let packed: string;
  let lab: Lab;
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "mailstage-managers-")));
    const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", root];
    const [{ filename }] = packedSchema.parse(
      JSON.parse(execFileSync("npm", args, { cwd: repository, encoding: "utf8" })),
    );
    packed = join(root, filename);
    lab = await startLab({ world: plannedWorld(smallPlan, smallFiles).world });
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await rm(root, { recursive: true, force: true });
  }, 120_000);

  test.each(tried.map((manager) => [manager.name, manager] as const))(
    "installed with %s, in a folder with blanks, #, %% and umlauts: starts, begins a plan, checks and previews it",
    async (_, manager) => {
      const folder = join(root, `Umzug #${managers.indexOf(manager)} für Köln, 100 %41`);
      const project = await writeRepository(folder, manager);
      await mkdir(join(folder, "state"));
      const engine = (process.env["PATH"] ?? "")
        .split(delimiter)
        .find((place) => existsSync(join(place, "pulumi-language-nodejs")));
      const programs = [join(project, "node_modules/.bin"), join(folder, "node_modules/.bin")];
      const environment = {
        ...process.env,
        ...lab.environment,
        PATH: [engine, ...programs, lab.environment["PATH"]].join(delimiter),
        PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
        PULUMI_CONFIG_PASSPHRASE: "test",
        MAILSTAGE_PROJECT_ROOT: manager.outside === true ? project : "",
        NO_COLOR: "1",
      };
      const runIn = async (
        env: NodeJS.ProcessEnv,
        program: string,
        ...args: readonly string[]
      ): Promise<Ended> => {
        const done = await ended(
          spawn(program, args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] }),
        );
        if (done.code !== 0)
          throw new Error(
            `${program} ${args.join(" ")}: ${done.code}\n${unwrapped(`${done.stdout}\n${done.stderr}`)}`,
          );
        return done;
      };
      const run = (program: string, ...args: readonly string[]) => runIn(environment, program, ...args);
      // A registry is reached as this machine reaches it, not with the lab's certificates.
      await runIn(process.env, ...manager.command(packed));

      expect((await run("mailstage", "--help")).stdout).toContain("mailstage rehearse");
      const { dns, resolver } = lab.addresses;
      await run(
        "mailstage",
        ...["init", "--yes", "--domain", smallPlan.domain, "--tenant", smallPlan.tenant.id],
        ...["--test-mailbox", "pilarp@contoso.com", "--account", "CONTOSO\\migadmin", "--host", "rfc2136"],
        ...["--name-server", dns, "--resolver", resolver, "--pipeline", "none"],
      );
      const { main } = z
        .object({ main: z.string() })
        .parse(parse(await readFile(join(project, "Pulumi.yaml"), "utf8")));
      expect(existsSync(join(project, main))).toBe(true);

      for (const [path, text] of Object.entries(smallFiles)) await writeFile(join(project, path), text);
      await writeFile(
        join(project, "Pulumi.production.yaml"),
        stringify({ config: { "mailstage:plan": lab.planOverrides(smallPlan) } }),
      );
      await run("mailstage", "check", "--offline", "--stack", "production");
      await run("pulumi", "stack", "init", "production", "--non-interactive");
      const { stdout } = await run("pulumi", "preview", "--stack", "production", "--non-interactive");
      expect(stdout).toMatch(/\+ {2}.*mailstage:Stage stage create/);
      expect(stdout).toContain("ttl=(86400->3600)");

      // Nobody has asked for the packages of other hosts, and none came with it.
      const modules = [project, folder].map((place) => join(place, "node_modules/@pulumi/cloudflare"));
      expect(modules.filter(existsSync)).toEqual([]);
      const elsewhere = { ...smallPlan, dns: { host: "cloudflare", zoneId: "0".repeat(32) } };
      await writeFile(
        join(project, "Pulumi.production.yaml"),
        stringify({ config: { "mailstage:plan": elsewhere } }),
      );
      const line = "dns.host: cloudflare: needs @pulumi/cloudflare, which is not installed beside mailstage";
      const refused = `${line}. Run npm install @pulumi/cloudflare@6 in your project`;
      await expect(run("mailstage", "check", "--offline", "--stack", "production")).rejects.toThrow(refused);
      await expect(run("pulumi", "preview", "--stack", "production", "--non-interactive")).rejects.toThrow(
        refused,
      );
    },
    600_000,
  );
});
