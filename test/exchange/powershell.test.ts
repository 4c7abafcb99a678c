import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import {
  byteArray,
  createMigrationEndpoint,
  credential,
  ExchangeError,
  flag,
} from "../../src/microsoft365/exchange/index.js";
import { PowerShellExchangePort } from "../../src/microsoft365/exchange/powershell.js";
import { cloudOf } from "../../src/microsoft365/index.js";
import { staticTokens, tenantId } from "../cloud/tokens.js";

const script = readFileSync(resolve(__dirname, "../../src/microsoft365/exchange/invoke-cmdlet.ps1"), "utf8");

let folder = "";
const path = process.env["PATH"];
/** What a pipeline's environment may hold that is nobody's to read. */
const planted = {
  PLANTED_SECRET: "env-secret-value",
  PLANTED_CREDENTIAL: "env-credential-value",
  AZURE_STORAGE_CONNECTION_STRING: "AccountName=planted;AccountKey=cGxhbnRlZA==",
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mailstage-pwsh-"));
  process.env["PATH"] = `${folder}${delimiter}${path}`;
  Object.assign(process.env, planted);
});
afterEach(() => {
  process.env["PATH"] = path;
  for (const name of Object.keys(planted)) delete process.env[name];
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
const marked = (value) => console.log(JSON.parse(stdin).marker + JSON.stringify(value));
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

/** The script's lines among what modules say; the real Disconnect-ExchangeOnline speaks last. */
const answer = (value: unknown) =>
  `console.log("WARNING: noise"); marked({ stage: "cmdlet" }); marked(${JSON.stringify(value)}); console.log("Disconnected successfully !"); console.error("#< CLIXML");`;

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
    marker: expect.stringMatching(/^[0-9a-f-]{36}$/),
    connect: {
      AccessToken: "token-1",
      Organization: "contoso.onmicrosoft.com",
      ExchangeEnvironmentName: "O365USGovGCCHigh",
    },
    cmdlet: "New-MigrationEndpoint",
    parameters: [
      { name: "Name", type: "text", value: "onprem" },
      { name: "ExchangeOutlookAnywhere", type: "switch" },
      { name: "Credentials", type: "credential", userName: "CONTOSO\\müller", password: "S3cret!ü" },
      { name: "Autodiscover", type: "switch" },
      { name: "EmailAddress", type: "text", value: "a@contoso.com" },
    ],
  });
  const elsewhere = JSON.stringify([argv, env]);
  for (const secret of ["token-1", "S3cret!", ...Object.values(planted)])
    expect(elsewhere).not.toContain(secret);
  expect(env).toMatchObject({ POWERSHELL_UPDATECHECK: "Off", POWERSHELL_TELEMETRY_OPTOUT: "1" });
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
    { name: "E", type: "number", value: 3 },
  ]);
});

test.each([
  ["module", "unavailable", "Install-Module ExchangeOnlineManagement"],
  ["cmdlet", "already-exists", "endpoint onprem"],
])("a failure at %s is of kind %s and says %s, without secrets", async (stage, kind, text) => {
  standIn(
    answer({
      ok: false,
      stage,
      message: `onprem already exists (password S3cret!, token-1, ${Object.values(planted).join(", ")}).`,
      id: "x",
    }),
  );
  const error = await failureOf(
    port().invoke("New-MigrationEndpoint", { Name: "onprem", Credentials: credential("u", "S3cret!") }),
  );
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(text);
  for (const secret of ["S3cret", "token-1", ...Object.values(planted)])
    expect(error.message).not.toContain(secret);
});

test.each([
  ["UnAuthorized", "unauthorized", /Exchange\.ManageAsApp/],
  [
    "The role assigned to application 1 isn't supported in this scenario.",
    "unauthorized",
    /Exchange Administrator/,
  ],
  [
    "Module could not be correctly formed. Please run Connect-ExchangeOnline again.",
    "unavailable",
    /usually passes/,
  ],
  ["An error occurred while sending the request.", "unavailable", /usually passes/],
  ["The moon is in the wrong house.", "unavailable", /moon.*not known to mailstage/s],
])("a connection that fails with %s is of kind %s", async (message, kind, text) => {
  process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
  standIn(`marked(${JSON.stringify({ ok: false, stage: "connect", message, id: "x" })});`);
  try {
    const error = await failureOf(port().invoke("New-MigrationEndpoint", { Name: "onprem" }));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(text);
  } finally {
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
  }
});

test("a failure that the module tells by its mark alone leaves the outcome of a write unknown", async () => {
  const message = "the module says that the cmdlet failed and gives no reason";
  standIn(answer({ ok: false, stage: "cmdlet", message, id: "x" }));
  const error = await failureOf(port().invoke("New-MigrationEndpoint", { Name: "onprem" }));
  expect(error.kind).toBe("outcome-unknown");
});

test("a line that a module prints in the form of an answer is not read", async () => {
  standIn(`console.log(JSON.stringify({ ok: true, rows: [{ Identity: "fake" }], date: "2026-11-22T10:00:00Z" }));
${answer({ ok: true, rows: [{ Identity: "true" }], date: "2026-11-22T10:00:00Z" })}
console.log(JSON.stringify({ ok: false, stage: "cmdlet", message: "fake" }));`);
  expect((await port().invoke("Get-X")).rows).toEqual([{ Identity: "true" }]);
});

test("a crash before the cmdlet was begun has done nothing, also of a write", async () => {
  standIn('console.error("the module ended the process"); process.exit(3);');
  const error = await failureOf(port().invoke("New-MigrationEndpoint", { Name: "onprem" }));
  expect(error.kind).toBe("unavailable");
  expect(error.message).toContain("nothing was done");
});

test("a crash of a write is an unknown outcome with what was said, scrubbed; of a read it is not", async () => {
  standIn('marked({ stage: "cmdlet" }); console.error("boom S3cret! token-1"); process.exit(3);');
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
  standIn('marked({ stage: "cmdlet" }); setInterval(() => {}, 1000);');
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
