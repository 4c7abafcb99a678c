import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Lab } from "../../lab/index.js";
import { unwrapped } from "../../src/base/wrapped.js";
import { filesBelow, findSecrets } from "../abuse/secret-search.js";
import { holdCounts, holdPrinted } from "../base/printed.js";
import { type Ended, ended } from "../cli/ended.js";
import { documentAt, fenced } from "../docs/markdown.js";
import { installPacked } from "./package.js";

const clock = join(__dirname, "lab-clock.cjs");

/** A repository of one's own with the packed package in it, and a person who types commands there. */
export interface UserProject {
  readonly folder: string;
  read(file: string): Promise<string>;
  write(file: string, contents: string): Promise<void>;
  /** Writes the plan into the stack's configuration; where there are several, into what they share (docs/scale.md). */
  plan(plan: unknown): Promise<void>;
  /** `npx mailstage …`. */
  mailstage(...args: string[]): Promise<Ended>;
  /** `pulumi …`, with nobody at the terminal. */
  pulumi(...args: string[]): Promise<Ended>;
  /** What of the lab's and the lists' secrets stands in a file of the project or in anything that was printed. */
  leaks(secrets: Readonly<Record<string, string>>): Promise<string[]>;
  dispose(): Promise<void>;
}

/** One whose commands are processes. */
export interface PackedProject extends UserProject {
  /** `node …`. */
  node(...args: string[]): Promise<Ended>;
}

const stackFile = z.looseObject({ encryptionsalt: z.string().optional() });

/** The Pulumi.yaml that docs/own-repository.md gives for a repository of one's own. */
const projectFile = z
  .looseObject({ name: z.string(), main: z.string() })
  .parse(
    parse(fenced(documentAt("docs/own-repository.md"), "yaml").find((block) => /^main:/m.test(block)) ?? ""),
  );

/** Makes it: the package packed and installed, its Pulumi.yaml, stacks in a file backend beside it. */
export async function userProject(lab: Lab, stacks: readonly string[]): Promise<PackedProject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mailstage-user-")));
  const folder = join(root, "contoso-mail");
  const printed: Record<string, string> = {};
  await mkdir(folder);
  await mkdir(join(root, "state"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "contoso-mail", private: true }));
  await installPacked(folder);
  const environment = {
    ...process.env,
    ...lab.environment,
    PATH: [join(folder, "node_modules/.bin"), lab.environment["PATH"]].join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    MAILSTAGE_RETRY_BASE_MS: "50",
    // Found above the program, as with a user.
    MAILSTAGE_PROJECT_ROOT: "",
    NO_COLOR: "1",
  };
  const run = async (
    program: string,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const done = await ended(
      spawn(program, args, {
        cwd: folder,
        env: { ...environment, ...more },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    holdCounts(done.stdout + done.stderr);
    if (program === "mailstage") holdPrinted(args, done);
    printed[`output ${Object.keys(printed).length}: ${program} ${args.join(" ")}`] =
      done.stdout + done.stderr;
    return program === "pulumi" ? { ...done, stdout: unwrapped(done.stdout) } : done;
  };
  const write = async (file: string, contents: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), contents);
  };
  const read = (file: string) => readFile(join(folder, file), "utf8");
  await write("Pulumi.yaml", stringify(projectFile));
  for (const stack of stacks) {
    const { code, stderr } = await run("pulumi", ["stack", "init", stack, "--non-interactive"]);
    if (code !== 0) throw new Error(`stack ${stack} was not made: ${stderr}`);
  }
  return {
    folder,
    read,
    write,
    async plan(plan) {
      if (stacks.length > 1)
        return write(
          "Pulumi.yaml",
          stringify({ ...projectFile, config: { "mailstage:plan": { value: plan } } }),
        );
      // The salt that Pulumi keeps beside it stays, as with a user.
      const file = `Pulumi.${stacks[0]}.yaml`;
      const before = stackFile.parse(parse(await read(file).catch(() => "{}")) ?? {});
      await write(file, stringify({ ...before, config: { "mailstage:plan": plan } }));
    },
    // The person's clock agrees with the services': the lab's runs ahead.
    mailstage: (...args) =>
      run("mailstage", args, {
        ...(args[0] === "status" && {
          NODE_OPTIONS: `--require ${clock}`,
          LAB_CLOCK_OFFSET_MS: String(lab.clock.offsetMs),
        }),
      }),
    node: (...args) => run(process.execPath, args),
    pulumi: (...args) => run("pulumi", [...args, "--non-interactive"]),
    async leaks(secrets) {
      const written = await filesBelow(root, /node_modules|contoso-mail\/mailboxes\//);
      return findSecrets(secrets, { ...written, ...printed });
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}
