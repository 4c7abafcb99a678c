import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { holdWidth } from "../base/printed.js";
import { documentAt } from "../docs/markdown.js";

/** The compiled program, as a user starts it; `npm test` compiles it first. */
const cli = resolve(__dirname, "../../dist/src/cli/main.js");
const run = promisify(execFile);
const help = async (...command: string[]) =>
  (await run(process.execPath, [cli, ...command, "--help"])).stdout;
const commandsIn = (text: string) =>
  [...(text.split("\nCommands:\n")[1] ?? "").matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name = ""]) =>
    name === "help" ? [] : [name],
  );

test("every command's help has an example that begins with it, and its exit codes", async () => {
  const commands = commandsIn(await help());
  expect(commands).toEqual(expect.arrayContaining(["init", "review", "completion"]));
  const below = commandsIn(await help("lab")).map((name) => ["lab", name]);
  for (const command of [...commands.map((name) => [name]), ...below]) {
    const text = await help(...command);
    holdWidth(text);
    expect(text).toMatch(new RegExp(`Examples?:\\n(.*\\n)*?.*mailstage ${command.join(" ")}\\b`));
    expect(text).toContain("Exit codes: 0");
  }
}, 120_000);

test("the exit codes stand in one place of the help and one of the documents, with the same numbers", async () => {
  const numbers = (text: string) =>
    new Set([...text.matchAll(/(?<![\d,])(0|1|2|3|130)(?=[ |])/g)].map(([, n]) => n));
  const epilogue = /Exit codes:[\s\S]*$/.exec(await help())?.[0] ?? "";
  const section = /## Exit codes[\s\S]*?(?=\n## |$)/.exec(documentAt("docs/pipelines.md").text)?.[0] ?? "";
  expect(numbers(epilogue)).toEqual(new Set(["0", "1", "2", "3", "130"]));
  expect(numbers(section)).toEqual(numbers(epilogue));
}, 30_000);

describe("colours", () => {
  const script = ["/usr/bin/script", "/bin/script"].find(existsSync);
  if (script === undefined || process.platform !== "linux") {
    test.skip("LEFT OUT: there is no script(1) that makes a terminal", () => {});
    return;
  }
  // Nothing else of where the tests run: Node takes CI, or NODE_DISABLE_COLORS, for a wish for no colours.
  const { PATH, HOME } = process.env;
  /** An error of ours: what it prints on a terminal, or into a pipe. */
  const failure = async (onTerminal: boolean, more: Readonly<Record<string, string>> = {}) => {
    const command = `'${process.execPath}' '${cli}' check`;
    const options = { cwd: tmpdir(), env: { PATH, HOME, TERM: "xterm", ...more } };
    const [program, args] = onTerminal
      ? [script, ["-qec", command, "/dev/null"]]
      : ["sh", ["-c", `${command} 2>&1`]];
    return run(program, args, options).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  };
  const control = String.fromCharCode(27);

  test("are on a terminal, not in a pipe, and never with NO_COLOR", async () => {
    expect(await failure(true)).toContain(`${control}[31m`);
    for (const text of await Promise.all([failure(false), failure(true, { NO_COLOR: "1" })])) {
      expect(text).toContain("is in no Pulumi project");
      expect(text).not.toContain(control);
    }
  }, 60_000);
});
