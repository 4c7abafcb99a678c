import { posix, win32 } from "node:path";
import { environmentEnding, environmentLines, shellWord } from "../../src/base/platform.js";
import { nextSteps } from "../../src/cli/init/index.js";
import { restoreCommand } from "../../src/migration/restore-command.js";

test.each([
  ["wave1.jsonl", "wave1.jsonl", "wave1.jsonl"],
  ["pilar@contoso.com", "pilar@contoso.com", "pilar@contoso.com"],
  ["it's $HOME", "'it'\\''s $HOME'", "'it''s $HOME'"],
  ["C:\\mail\\wave1.jsonl", "'C:\\mail\\wave1.jsonl'", "C:\\mail\\wave1.jsonl"],
  ["C:\\mail stage", "'C:\\mail stage'", "'C:\\mail stage'"],
  // A list, a variable and a typographic quote are none in sh.
  ["a,b", "a,b", "'a,b'"],
  ["@home", "@home", "'@home'"],
  ["it’s", "'it’s'", "'it’’s'"],
  ["100%", "100%", "'100%'"],
])("%s is one word, in sh and in PowerShell", (text, sh, powerShell) => {
  expect(shellWord(text, posix)).toBe(sh);
  expect(shellWord(text, win32)).toBe(powerShell);
});

test("a command that is printed can be typed where it is read", () => {
  const users = { users: ["o'brien@contoso.com"] };
  expect(restoreCommand("snapshots/production/wave1.jsonl", users, posix)).toBe(
    "mailstage restore --snapshot snapshots/production/wave1.jsonl --user 'o'\\''brien@contoso.com'",
  );
  expect(restoreCommand("D:\\mail\\wave1.jsonl", users, win32)).toBe(
    "mailstage restore --snapshot D:\\mail\\wave1.jsonl --user 'o''brien@contoso.com'",
  );
});

test("a rehearsal's environment is a file that the shell takes", () => {
  const environment = { A: "x y", B: "it's $HOME" };
  expect(environmentLines(environment, posix)).toBe("export A='x y'\nexport B='it'\\''s $HOME'\n");
  expect(environmentLines(environment, win32)).toBe("$env:A = 'x y'\n$env:B = 'it''s $HOME'\n");
  expect([posix, win32].map((paths) => environmentEnding(paths))).toEqual(["env", "ps1"]);
});

test("the steps after mailstage init are PowerShell's on Windows", () => {
  const steps = (pipeline: "none" | "azure") =>
    nextSteps("production", "rfc2136", pipeline, true, true, win32).map(([command]) => command);
  expect(steps("azure")).toEqual(
    expect.arrayContaining([
      "notepad mailboxes\\wave1.csv",
      "$env:MAILSTAGE_SOURCE_PASSWORD = Read-Host -MaskInput",
      "more node_modules\\mailstage\\docs\\pipelines.md",
    ]),
  );
  expect([...steps("none"), ...steps("azure")].join("\n")).not.toMatch(/\$EDITOR|\$PAGER|read -rs|export/);
});
