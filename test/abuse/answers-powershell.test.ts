import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  createMigrationEndpoint,
  credential,
  type ExchangePort,
  getMigrationEndpoint,
  listMigrationBatches,
  testMigrationEndpoint,
} from "../../src/microsoft365/exchange/index.js";
import { PowerShellExchangePort } from "../../src/microsoft365/exchange/powershell.js";
import { cloudOf } from "../../src/microsoft365/index.js";
import { staticTokens, tenantId } from "../cloud/tokens.js";
import { thorough } from "../engine/attempts.js";
import { spoilt } from "./mutations.js";
import { named } from "./named-failure.js";

const samples = thorough ? 1000 : 12;
const password = "Pl4nted-P4ssw0rd!";

const operations: Readonly<Record<string, readonly [object, (port: ExchangePort) => Promise<unknown>]>> = {
  "Get-MigrationEndpoint": [
    { Identity: "mailstage", EndpointType: "ExchangeOutlookAnywhere", UseAutoDiscover: false },
    (port) => getMigrationEndpoint(port, "mailstage"),
  ],
  "New-MigrationEndpoint": [
    { Identity: { Name: "mailstage" }, EndpointType: { Value: "ExchangeOutlookAnywhere" } },
    (port) =>
      createMigrationEndpoint(port, {
        name: "mailstage",
        account: { userName: "CONTOSO\\migadmin", password },
        servers: { exchangeServer: "exch01.corp.contoso.com", rpcProxyServer: "mail.contoso.com" },
      }),
  ],
  "Get-MigrationBatch": [
    { Identity: "wave1", Status: "Syncing", TotalCount: 3, CreationDateTime: "2026-11-22T10:00:00Z" },
    listMigrationBatches,
  ],
  "Test-MigrationServerAvailability": [
    { Result: "Success", Message: "", ErrorDetail: "" },
    (port) => testMigrationEndpoint(port, { endpoint: "mailstage" }),
  ],
};

describe("answers of pwsh that are not as they should be", () => {
  const folder = mkdtempSync(join(tmpdir(), "mailstage-hostile-pwsh-"));
  const command = join(folder, "pwsh");
  const port = (timeoutMs = 20_000) =>
    new PowerShellExchangePort({
      command,
      cloud: cloudOf({ id: tenantId, cloud: "worldwide" }),
      identity: { credential: staticTokens(), scope: "https://outlook.office365.com/.default" },
      organization: async () => "contoso.onmicrosoft.com",
      timeoutMs,
    });
  /** A stand-in that takes its input, tells that the cmdlet begins, and does this; `$marker` is the request's. */
  const does = (script: string) => {
    const marker = `marker=$(sed -n 's/.*"marker":"\\([^"]*\\)".*/\\1/p')`;
    writeFileSync(command, `#!/bin/sh\n${marker}\necho "$marker{\\"stage\\":\\"cmdlet\\"}"\n${script}\n`);
    chmodSync(command, 0o755);
  };
  const says = (answer: string | Buffer) => {
    writeFileSync(join(folder, "answer"), answer);
    does(`printf %s "$marker"; cat ${join(folder, "answer")}`);
  };
  const count = { cases: 0, refused: 0 };
  beforeAll(() => {
    process.env["MAILSTAGE_RETRY_BASE_MS"] = "0.01";
  });
  afterAll(() => {
    process.stdout.write(`hostile pwsh: ${count.cases} answers, ${count.refused} of them refused by name\n`);
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
    rmSync(folder, { recursive: true });
  });

  test.each(Object.entries(operations))(
    "%s: spoilt anywhere, it is a result or a failure that names what was wrong",
    async (_name, [row, operation]) => {
      const good = { ok: true, rows: [row], warnings: ["w"], date: "2026-11-22T10:00:00.1234567Z" };
      const bad = { ok: false, stage: "connect", message: `refused ${password}`, id: "Some.Exception" };
      says(JSON.stringify(good));
      expect(await named(operation(port()))).toHaveProperty("result");
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(...[good, good, bad].map((value) => spoilt(JSON.stringify(value)))),
          async (answer) => {
            says(answer);
            const outcome = await named(operation(port()));
            count.cases += 1;
            if ("failure" in outcome) count.refused += 1;
          },
        ),
        { numRuns: samples, endOnFailure: true },
      );
    },
    600_000,
  );

  test.each([
    ["rows that are text", { ok: true, rows: "none", date: "2026-11-22T10:00:00Z" }, /unexpected rows/],
    ["a row that is none", { ok: true, rows: [{}, 5], date: "2026-11-22T10:00:00Z" }, /unexpected rows/],
    ["no date", { ok: true, rows: [] }, /unexpected date/],
    ["a warning that is a number", { ok: true, rows: [], warnings: [1], date: "" }, /unexpected warnings\.0/],
    ["a word in place of a truth", { ok: "True" }, /unexpected ok/],
    ["a stage nobody knows", { ok: false, stage: "later", message: "" }, /unexpected stage/],
    ["a list", [], /not the JSON expected/],
  ])("%s is named", async (_name, answer, reason) => {
    says(JSON.stringify(answer));
    const outcome = await named(listMigrationBatches(port()));
    expect(outcome).toEqual({ failure: expect.stringMatching(reason) });
    expect(outcome).toEqual({ failure: expect.stringMatching(/Get-MigrationBatch/) });
  });

  test("a field of a row is named with its cmdlet", async () => {
    const rows = [{ Identity: "wave1", Status: "Syncing", TotalCount: "many" }];
    says(JSON.stringify({ ok: true, rows, date: "2026-11-22T10:00:00Z" }));
    expect(await named(listMigrationBatches(port()))).toEqual({
      failure: expect.stringMatching(/TotalCount.*Get-MigrationBatch/s),
    });
  });

  test.each([
    ["on one line", "tr '\\0' x"],
    ["as errors", "tr '\\0' x >&2"],
  ])(
    "what does not end (%s) is given up and said to be too large",
    async (_name, filter) => {
      does(`cat /dev/zero | ${filter}`);
      expect(await named(listMigrationBatches(port()))).toEqual({
        failure: expect.stringMatching(/the answer of pwsh is larger than 64 MB/),
      });
    },
    60_000,
  );

  test("a child of pwsh that lives on and holds its output open keeps nobody waiting", async () => {
    does("sleep 30 & echo $! > /dev/null");
    const begun = performance.now();
    expect(await named(listMigrationBatches(port(500)))).toEqual({
      failure: expect.stringMatching(/no answer within 0\.5 s/),
    });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("of a long complaint only whole lines are kept, and no piece of a secret", async () => {
    const line = `denied for ${password}`;
    does(`i=0; while [ $i -lt 200 ]; do echo '${line}' >&2; i=$((i+1)); done; exit 1`);
    const outcome = await named(
      port().invoke("New-MigrationEndpoint", { Name: "x", Credentials: credential("u", password) }),
    );
    expect(JSON.stringify(outcome)).toMatch(/denied for \*\*\*/);
    expect(JSON.stringify(outcome)).not.toMatch(/P4ssw0rd/);
  });
});
