import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { byteArray, credential, ExchangeError, flag } from "../../src/microsoft365/exchange/index.js";
import { PowerShellExchangePort } from "../../src/microsoft365/exchange/powershell.js";
import { cloudOf } from "../../src/microsoft365/index.js";
import { staticTokens, tenantId } from "../cloud/tokens.js";

const installed =
  spawnSync("pwsh", ["-NoProfile", "-Command", "$PSVersionTable.PSVersion.Major"]).status === 0;

/** A real PowerShell, and a module that has the real one's parameter types and does what modules do. */
const withPowerShell = (name: string, tests: () => void) => {
  if (installed) describe(name, tests);
  else test.skip(`LEFT OUT: ${name}, because pwsh is not installed`, () => {});
};

withPowerShell("the script in a real PowerShell", () => {
  const port = new PowerShellExchangePort({
    cloud: cloudOf({ id: tenantId, cloud: "worldwide" }),
    identity: { credential: staticTokens(), scope: "https://outlook.office365.com/.default" },
    organization: async () => "contoso.onmicrosoft.com",
    timeoutMs: 60_000,
  });
  const before = process.env["PSModulePath"];
  beforeAll(() => {
    process.env["PSModulePath"] = __dirname;
    process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
  });
  afterEach(() => {
    delete process.env["STAND_IN_CONNECT"];
  });
  afterAll(() => {
    if (before === undefined) delete process.env["PSModulePath"];
    else process.env["PSModulePath"] = before;
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
  });
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => {
        throw new Error("it did not fail");
      },
      (error: unknown) => {
        if (error instanceof ExchangeError) return error;
        throw error;
      },
    );

  test("every type arrives as the cmdlet declares it", async () => {
    const { rows, warnings } = await port.invoke("New-MigrationEndpoint", {
      Name: "Müller’s „end“ $(Get-Date) `n",
      Credentials: credential("CONTOSO\\müller", 'p’w"$x'),
      StartAfter: new Date("2026-11-26T08:00:00.123Z"),
      CSVData: byteArray(Buffer.alloc(50_000, 65)),
      List: ["one", "2026-11-26T08:00:00"],
      Autodiscover: flag(true),
      MaxConcurrentMigrations: 20,
      Confirm: false,
    });
    expect(rows).toEqual([
      expect.objectContaining({
        Name: "Müller’s „end“ $(Get-Date) `n",
        User: "CONTOSO\\müller",
        Password: 'p’w"$x',
        Kind: "Utc",
        Date: "2026-11-26T08:00:00.1230000Z",
        Bytes: 50_000,
        List: "one|2026-11-26T08:00:00",
        Switched: true,
        Number: 20,
        Flag: false,
        Made: expect.stringMatching(/^2026-11-26T08:00:00(\.0+)?Z$/),
      }),
    ]);
    expect(warnings).toEqual(["a warning"]);
  });

  test.each([
    "2026-11-26T08:00:00",
    "2026-11-26T08:00:00Z",
    "2026-11-26T08:00:00.5+01:00",
    "/Date(1700000000000)/",
    "",
    " blank ",
    "12345678901234567890",
  ])("a password %s is not changed on the way", async (password) => {
    const { rows } = await port.invoke("New-MigrationEndpoint", { Credentials: credential("u", password) });
    expect(rows[0]?.["Password"]).toBe(password);
  });

  test("nor is any other text", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.includes("\0"));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const { rows } = await port.invoke("New-MigrationEndpoint", { Name: value });
        expect(rows[0]?.["Name"]).toBe(value);
      }),
      { numRuns: 5 },
    );
  }, 120_000);

  test.each([0, 1, 2, 5000])("%i rows are %i rows", async (count) => {
    expect((await port.invoke("Get-Rows", { Count: count })).rows).toHaveLength(count);
  });

  test("an error that the module has only written is a failure", async () => {
    expect((await failureOf(port.invoke("Set-WrittenOnly", { Identity: "x" }))).message).toContain(
      "only written",
    );
  });

  test("a failure that the module has only marked leaves the outcome unknown", async () => {
    expect((await failureOf(port.invoke("Set-MarkedOnly", { Identity: "x" }))).kind).toBe("outcome-unknown");
  });

  test("a module that ends the process while the cmdlet runs leaves the outcome unknown", async () => {
    expect((await failureOf(port.invoke("Set-Ended", { Identity: "x" }))).kind).toBe("outcome-unknown");
  });

  test.each([
    ["UnAuthorized", "unauthorized"],
    ["Module could not be correctly formed. Please run Connect-ExchangeOnline again.", "unavailable"],
  ])("a connection that fails with %s is of kind %s", async (text, kind) => {
    process.env["STAND_IN_CONNECT"] = text;
    expect((await failureOf(port.invoke("Set-MarkedOnly", { Identity: "x" }))).kind).toBe(kind);
  });
});
