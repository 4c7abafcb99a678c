import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** The compiled program, as a user starts it; `npm test` compiles it first. */
const cli = resolve(__dirname, "../../dist/src/cli/main.js");
const run = promisify(execFile);

let folder: string;
let scripts: Readonly<Record<string, string>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailstage-completion-"));
  for (const stack of ["production", "pilot"]) await writeFile(join(folder, `Pulumi.${stack}.yaml`), "");
  const printed = await Promise.all(
    ["bash", "zsh", "fish"].map(async (shell) => {
      const { stdout } = await run(process.execPath, [cli, "completion", shell]);
      await writeFile(join(folder, shell), stdout);
      return [shell, stdout] as const;
    }),
  );
  scripts = Object.fromEntries(printed);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const where = (name: string) =>
  (process.env["PATH"] ?? "")
    .split(":")
    .map((path) => join(path, name))
    .find(existsSync);

/** What each shell offers for a command line whose last word is begun. */
const shells: { readonly [Shell in "bash" | "zsh" | "fish"]: (line: string) => Promise<string> } = {
  bash: async (line) => {
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `source ${join(folder, "bash")}; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _mailstage; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await run("bash", ["--norc", "-c", script], { cwd: folder })).stdout;
  },
  zsh: async (line) => {
    // The functions of zsh's completion system, as plain as can be: what they are given is what is offered.
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `compdef() { : }; compadd() { shift; print -l -- "$@" }; _files() { : }; _describe() { print -l -- "\${(@)\${(P)2}%%:*}" }
source ${join(folder, "zsh")}; words=(${words.join(" ")}); CURRENT=${words.length}; _mailstage`;
    return (await run("zsh", ["-f", "-c", script], { cwd: folder })).stdout;
  },
  fish: async (line) => {
    const script = `source ${join(folder, "fish")}; complete --do-complete '${line}'`;
    return (
      await run("fish", ["--no-config", "-c", script], { cwd: folder, env: { ...process.env, HOME: folder } })
    ).stdout;
  },
};

describe.each(["bash", "zsh", "fish"] as const)("completion in %s", (shell) => {
  if (where(shell) === undefined) {
    console.warn(`\n*** ${shell} IS NOT INSTALLED: its completion was NOT tried. ***\n`);
    test.skip(`LEFT OUT: ${shell} is not installed`, () => {});
    return;
  }
  /** The offered words that begin as the last word does. */
  const offered = async (line: string) => {
    const begun = line.split(" ").at(-1) ?? "";
    const words = (await shells[shell](line)).split("\n").map((word) => word.split("\t")[0] ?? "");
    return [...new Set(words)].filter((word) => word !== "" && word.startsWith(begun)).sort();
  };

  test("offers commands and the commands below them", async () => {
    expect(await offered("mailstage re")).toEqual(["rehearse", "restore", "review"]);
    expect(await offered("mailstage lab ad")).toEqual(["advance"]);
    expect(await offered("mailstage completion ")).toEqual(expect.arrayContaining(["bash", "fish", "zsh"]));
  });

  test("offers the options of the command that stands there, wherever it stands", async () => {
    expect(await offered("mailstage init --dom")).toEqual(["--domain"]);
    expect(await offered("mailstage init --domain contoso.com --te")).toEqual(["--tenant", "--test-mailbox"]);
    expect(await offered("mailstage review --dom")).toEqual([]);
  });

  test("offers the values of an option: its choices, or the stacks that are there", async () => {
    expect(await offered("mailstage init --host ")).toEqual(["azure", "cloudflare", "manual", "rfc2136"]);
    expect(await offered("mailstage init --pipeline g")).toEqual(["github"]);
    expect(await offered("mailstage status --stack p")).toEqual(["pilot", "production"]);
  });
});

test("a shell nobody made a script for is wrong usage", async () => {
  const { code, stderr } = await run(process.execPath, [cli, "completion", "csh"]).then(
    () => ({ code: 0, stderr: "" }),
    (error: { code: number; stderr: string }) => error,
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining("Allowed choices are bash, zsh, fish")]);
  expect(Object.values(scripts).every((script) => script.includes("mailstage lab advance"))).toBe(true);
});
