import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cloudOf } from "../../src/cloud/index.js";
import {
  byteArray,
  createMigrationEndpoint,
  credential,
  ExchangeError,
  flag,
} from "../../src/exchange/index.js";
import { PowerShellExchangePort } from "../../src/exchange/powershell.js";
import { script } from "../../src/exchange/powershell-script.js";
import { staticTokens, tenantId } from "../cloud/tokens.js";

let folder = "";
const path = process.env["PATH"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mailstage-pwsh-"));
  process.env["PATH"] = `${folder}${delimiter}${path}`;
  process.env["PLANTED_SECRET"] = "env-secret-value";
});
afterEach(() => {
  process.env["PATH"] = path;
  delete process.env["PLANTED_SECRET"];
  rmSync(folder, { recursive: true });
});

/** Puts a stand-in `pwsh` on PATH which records how it was called, then does `behaviour`. */
function standIn(behaviour: string): void {
  const file = join(folder, "pwsh");
  writeFileSync(
    file,
    `#!${process.execPath}
const fs = require("node:fs");
const stdin = fs.readFileSync(0, "utf8");
fs.writeFileSync(${JSON.stringify(join(folder, "seen.json"))}, JSON.stringify({ argv: process.argv.slice(2), env: process.env, stdin, pid: process.pid }));
${behaviour}
`,
  );
  chmodSync(file, 0o755);
}

function seen(): { argv: string[]; env: Record<string, string>; stdin: string; pid: number } {
  return JSON.parse(readFileSync(join(folder, "seen.json"), "utf8"));
}

function port(timeoutMs = 10_000) {
  return new PowerShellExchangePort({
    cloud: cloudOf({ id: tenantId, cloud: "gcchigh" }),
    identity: { credential: staticTokens(), scope: "https://outlook.office365.us/.default" },
    organization: async () => "contoso.onmicrosoft.com",
    timeoutMs,
  });
}

const answer = (value: unknown) =>
  `console.log("WARNING: noise"); console.log(${JSON.stringify(JSON.stringify(value))});`;

async function failureOf(work: Promise<unknown>): Promise<ExchangeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ExchangeError) return error;
  throw new Error(`expected an ExchangeError, got ${String(error)}`);
}

test("token and credential travel on standard input only", async () => {
  standIn(
    answer({
      ok: true,
      rows: [{ Identity: "onprem", EndpointType: "ExchangeOutlookAnywhere" }],
      warnings: ["w"],
      date: "2026-11-22T10:00:00.1234567Z",
    }),
  );
  const created = await createMigrationEndpoint(port(), {
    name: "onprem",
    account: { userName: "CONTOSO\\müller", password: "S3cret!ü" },
    servers: { autodiscover: { emailAddress: "a@contoso.com" } },
  });
  expect(created.name).toBe("onprem");
  const { argv, env, stdin } = seen();
  expect(argv.slice(0, 3)).toEqual(["-NoProfile", "-NonInteractive", "-EncodedCommand"]);
  expect(Buffer.from(argv[3] ?? "", "base64").toString("utf16le")).toBe(script);
  expect(stdin).toMatch(/^[\x20-\x7e]+\n$/);
  expect(JSON.parse(stdin)).toEqual({
    accessToken: "token-1",
    organization: "contoso.onmicrosoft.com",
    environment: "O365USGovGCCHigh",
    connectionUri: "https://outlook.office365.us",
    cmdlet: "New-MigrationEndpoint",
    parameters: [
      { name: "Name", type: "value", value: "onprem" },
      { name: "ExchangeOutlookAnywhere", type: "switch" },
      { name: "Credentials", type: "credential", userName: "CONTOSO\\müller", password: "S3cret!ü" },
      { name: "Autodiscover", type: "switch" },
      { name: "EmailAddress", type: "value", value: "a@contoso.com" },
    ],
  });
  const elsewhere = JSON.stringify([argv, env]);
  for (const secret of ["token-1", "S3cret!", "env-secret-value"]) expect(elsewhere).not.toContain(secret);
});

test("bytes, dates, lists and switches keep their types", async () => {
  standIn(answer({ ok: true, rows: { Identity: "single" }, date: "2026-11-22T10:00:00Z" }));
  const result = await port().invoke("Set-X", {
    A: byteArray(Buffer.from("Em")),
    B: new Date(0),
    C: ["x"],
    D: flag(false),
    E: 3,
    F: undefined,
  });
  expect(result.rows).toEqual([{ Identity: "single" }]);
  expect(JSON.parse(seen().stdin).parameters).toEqual([
    { name: "A", type: "bytes", value: "RW0=" },
    { name: "B", type: "date", value: "1970-01-01T00:00:00.0000000Z" },
    { name: "C", type: "strings", value: ["x"] },
    { name: "E", type: "value", value: 3 },
  ]);
});

test.each([
  ["module", "unavailable", "Install-Module ExchangeOnlineManagement"],
  ["connect", "unauthorized", "Exchange.ManageAsApp"],
  ["cmdlet", "already-exists", "endpoint onprem"],
])("a failure at %s is of kind %s and says %s, without secrets", async (stage, kind, text) => {
  standIn(
    answer({ ok: false, stage, message: "onprem already exists (password S3cret!, token-1).", id: "x" }),
  );
  const error = await failureOf(
    port().invoke("New-MigrationEndpoint", { Name: "onprem", Credentials: credential("u", "S3cret!") }),
  );
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(text);
  expect(error.message).not.toMatch(/S3cret|token-1/);
});

test("a crash of a write is an unknown outcome with what was said, scrubbed; of a read it is not", async () => {
  standIn('console.error("boom S3cret! token-1"); process.exit(3);');
  const write = await failureOf(
    port().invoke("New-MigrationEndpoint", { Name: "onprem", Credentials: credential("u", "S3cret!") }),
  );
  expect(write.kind).toBe("outcome-unknown");
  expect(write.message).toContain("boom *** ***");
  expect((await failureOf(port().invoke("Get-MigrationEndpoint"))).kind).toBe("unavailable");
});

test.each([
  ["429 (Too Many Requests)", "throttled", "New-MigrationEndpoint", 3],
  ["The request timed out", "outcome-unknown", "New-MigrationEndpoint", 1],
  ["the service answered 503", "unavailable", "Get-MigrationEndpoint", 3],
  ["read ECONNRESET", "outcome-unknown", "New-MigrationEndpoint", 1],
])("%s is of kind %s to %s and is tried %i times", async (message, kind, cmdlet, times) => {
  process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
  const count = join(folder, "count");
  standIn(
    `fs.appendFileSync(${JSON.stringify(count)}, "x"); ${answer({ ok: false, stage: "cmdlet", message })}`,
  );
  try {
    expect((await failureOf(port().invoke(cmdlet, { Name: "onprem" }))).kind).toBe(kind);
    expect(readFileSync(count, "utf8")).toHaveLength(times);
  } finally {
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
  }
});

test("a child that hangs is killed at the timeout", async () => {
  standIn("setInterval(() => {}, 1000);");
  const error = await failureOf(port(600).invoke("New-MigrationEndpoint", { Name: "onprem" }));
  expect(error.kind).toBe("outcome-unknown");
  expect(() => process.kill(seen().pid, 0)).toThrow("ESRCH");
});

test("without pwsh the error says what to install and how to do without", async () => {
  process.env["PATH"] = folder;
  const error = await failureOf(port().invoke("New-MigrationEndpoint", { Name: "onprem" }));
  expect(error.kind).toBe("unavailable");
  expect(error.message).toContain("Install PowerShell 7");
  expect(error.message).toContain("adopt");
});

test("no listener for signals is left behind", async () => {
  standIn(answer({ ok: true, rows: [], date: "2026-11-22T10:00:00Z" }));
  const before = ["SIGINT", "SIGTERM", "exit"].map((name) => process.listenerCount(name));
  await port().invoke("Get-X");
  expect(["SIGINT", "SIGTERM", "exit"].map((name) => process.listenerCount(name))).toEqual(before);
});
