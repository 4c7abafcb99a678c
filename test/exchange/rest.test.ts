import { byteArray, credential, ExchangeError, flag } from "../../src/microsoft365/exchange/index.js";
import { newSession } from "../../src/microsoft365/index.js";
import { type ScriptedServer, type Step, scriptedServer } from "../cloud/scripted-server.js";
import { loopbackCloud, staticTokens, tenantId } from "../cloud/tokens.js";

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(script: Parameters<typeof scriptedServer>[0], timeoutMs = 5000) {
  server = await scriptedServer(script);
  const tokens = staticTokens();
  const session = newSession(loopbackCloud(server.url), { credential: tokens, retryBaseMs: 2, timeoutMs });
  return { server, tokens, port: session.exchange, session };
}

async function failureOf(work: Promise<unknown>): Promise<ExchangeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ExchangeError) return error;
  throw new Error(`expected an ExchangeError, got ${String(error)}`);
}

const ok: Step = { json: { value: [{ Identity: "wave1" }] } };
const busy: Step = { status: 503, json: { error: { message: "try later" } } };
const detail = (message: string, status = 400): Step => ({
  status,
  json: {
    error: { code: "BadRequest", message: "Error executing cmdlet", details: [{ code: "5", message }] },
  },
});

test("a call carries the envelope, the routing headers and the token, and gives rows without annotations", async () => {
  const { server, tokens, port } = await open([
    {
      headers: { date: "Sun, 22 Nov 2026 10:00:00 GMT" },
      json: {
        "@adminapi.warnings": ["careful"],
        value: [
          {
            Identity: "a",
            "Guid@odata.type": "#Guid",
            "Guid@data.type": "System.Guid",
            Guid: "g",
            Nested: { "x@odata.type": "y", z: 1 },
          },
        ],
      },
    },
  ]);
  const result = await port.invoke("New-MigrationBatch", {
    Name: "wave1",
    CSVData: byteArray(Buffer.from("Em")),
    AutoStart: flag(true),
    SkipReports: flag(false),
    StartAfter: new Date("2026-11-22T10:00:00Z"),
    NotificationEmails: ["a@contoso.com"],
    Absent: undefined,
  });
  expect(result).toEqual({
    rows: [{ Identity: "a", Guid: "g", Nested: { z: 1 } }],
    warnings: ["careful"],
    date: new Date("2026-11-22T10:00:00Z"),
  });
  const [request] = server.seen;
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe(`/adminapi/beta/${tenantId}/InvokeCommand`);
  expect(JSON.parse(request?.body ?? "")).toEqual({
    CmdletInput: {
      CmdletName: "New-MigrationBatch",
      Parameters: {
        Name: "wave1",
        CSVData: { "@odata.type": "#Exchange.ByteArrayType", Data: [69, 109] },
        AutoStart: true,
        StartAfter: "2026-11-22T10:00:00.0000000Z",
        NotificationEmails: ["a@contoso.com"],
      },
    },
  });
  expect(request?.headers).toMatchObject({
    authorization: "Bearer token-1",
    "x-cmdletname": "New-MigrationBatch",
    "x-anchormailbox": `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${tenantId}`,
    "x-responseformat": "json",
    prefer: "odata.maxpagesize=1000",
  });
  expect(tokens.asked).toEqual([{ scopes: [`${server.url}/.default`], claims: undefined }]);
});

test("pages are asked for by the same POST and one request id", async () => {
  const { server, port } = await open((_, index) => ({
    json: {
      value: [{ n: index }],
      ...(index < 2 ? { "@odata.nextLink": `${server?.url}/page/${index}` } : {}),
    },
  }));
  const { rows } = await port.invoke(
    "Get-Mailbox",
    { ResultSize: "Unlimited" },
    { pageSize: 2, select: ["A", "B"] },
  );
  expect(rows).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  expect(server.seen.map(({ method, url }) => [method, url])).toEqual([
    ["POST", `/adminapi/beta/${tenantId}/InvokeCommand?$select=A,B`],
    ["POST", "/page/0"],
    ["POST", "/page/1"],
  ]);
  expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
  expect(new Set(server.seen.map(({ headers }) => headers["client-request-id"])).size).toBe(1);
  expect(server.seen[0]?.headers["prefer"]).toBe("odata.maxpagesize=2");
});

test("a list whose next page leads back is an error, not a short list", async () => {
  const { port } = await open(() => ({ json: { value: [], "@odata.nextLink": `${server?.url}/again` } }));
  expect((await failureOf(port.invoke("Get-Mailbox"))).kind).toBe("unavailable");
});

test("an answer without a word is one to a write, and no list of nobody", async () => {
  const { port } = await open([{ status: 200, text: "" }]);
  expect((await port.invoke("Set-MigrationBatch", { Identity: "wave1" })).rows).toEqual([]);
  const error = await failureOf(port.invoke("Get-MigrationUser"));
  expect(error).toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("cut off or not JSON"),
  });
});

test("maxPages ends the reading early", async () => {
  const { server, port } = await open((_, index) => ({
    json: { value: [], "@odata.nextLink": `${server?.url}/${index}` },
  }));
  await port.invoke("Get-Mailbox", {}, { maxPages: 2 });
  expect(server.seen).toHaveLength(2);
});

describe("a passing fault does not stop a read", () => {
  test.each<[string, Step]>([
    ["429 as JSON", { status: 429, json: { error: { message: "slow down" } } }],
    ["429 as plain text", { status: 429, text: "Concurrent requests exceeded" }],
    ["429 with a decimal Retry-After", { status: 429, headers: { "retry-after": "0.05" }, text: "" }],
    ["503", busy],
    ["504 without a body", { status: 504 }],
    ["an answer cut off by its length", "truncate"],
    ["an answer cut off without one", { text: '{"value":[{"Identity":' }],
    ["a reset", "reset"],
    ["a web page", { headers: { "content-type": "text/html" }, text: "<html>Sign in</html>" }],
    [
      "500 of the front door",
      { status: 500, json: { error: { code: "InternalServerError", message: "oops" } } },
    ],
    ["a role that has not replicated yet", { status: 403, text: "\0\0" }],
    [
      "a redirect to a foreign host, which is not followed",
      { status: 307, headers: { location: "https://evil.example/" } },
    ],
    ["an overloaded domain controller", detail("Ex1|Microsoft.Exchange.DCOverloadedException|busy", 400)],
  ])("%s", async (_name, fault) => {
    const { server, port } = await open([fault, fault, ok]);
    expect((await port.invoke("Get-MigrationBatch")).rows).toEqual([{ Identity: "wave1" }]);
    expect(server.seen).toHaveLength(3);
  });
});

test("Retry-After is waited for to the letter, decimals included", async () => {
  const { port } = await open([{ status: 429, headers: { "retry-after": "0.3" }, text: "busy" }, ok]);
  const start = performance.now();
  await port.invoke("Get-MigrationBatch");
  expect(performance.now() - start).toBeGreaterThanOrEqual(295);
});

test("a read gives up after five repeats and says how it stands", async () => {
  const { server, port } = await open([busy]);
  const error = await failureOf(port.invoke("Get-MigrationBatch"));
  expect(error.kind).toBe("unavailable");
  expect(error.message).toContain("try later");
  expect(server.seen).toHaveLength(6);
});

test("a service that asks for a long wait is reported at once", async () => {
  const { server, port } = await open([{ status: 429, headers: { "retry-after": "3600" }, text: "busy" }]);
  const error = await failureOf(port.invoke("Get-MigrationBatch"));
  expect(error.kind).toBe("throttled");
  expect(error.message).toContain("Run again in 3600 s");
  expect(server.seen).toHaveLength(1);
});

describe("a write whose outcome is unknown is sent once", () => {
  test.each<[string, Step]>([
    ["503", busy],
    ["500 of the front door", { status: 500, json: { error: { message: "oops" } } }],
    ["504", { status: 504 }],
    ["a reset after sending", "reset"],
    ["a cut off answer", "truncate"],
    ["no answer in time", "hang"],
    ["a web page", { headers: { "content-type": "text/html" }, text: "<html></html>" }],
  ])("%s", async (_name, fault) => {
    const { server, port } = await open([fault, ok], fault === "hang" ? 300 : 5000);
    const error = await failureOf(port.invoke("New-MigrationBatch", { Name: "wave1" }));
    expect(error.kind).toBe("outcome-unknown");
    expect(error.message).toContain("migration batch wave1");
    expect(server.seen).toHaveLength(1);
  });
});

test("a write is repeated after 429, and after any fault when it is declared repeatable", async () => {
  const throttled = await open([{ status: 429, text: "busy" }, ok]);
  await throttled.port.invoke("New-MigrationBatch", { Name: "wave1" });
  expect(throttled.server.seen).toHaveLength(2);
  await throttled.server.close();
  const repeatable = await open(["reset", busy, ok]);
  await repeatable.port.invoke("Remove-MigrationBatch", { Identity: "wave1" }, { repeatable: true });
  expect(repeatable.server.seen).toHaveLength(3);
});

test("a write is repeated when it was turned away at the door, but not for ever", async () => {
  const empty: Step = { status: 403, text: "" };
  const { server, port } = await open([
    empty,
    { status: 307, headers: { location: "https://evil.example/" } },
    ok,
  ]);
  await port.invoke("New-MigrationBatch", { Name: "wave1" });
  await server.close();
  const never = await open([empty]);
  await failureOf(never.port.invoke("New-MigrationBatch", { Name: "wave1" }));
  expect(never.server.seen).toHaveLength(3);
});

test("a host that refuses connections is not an unknown outcome, since nothing was sent", async () => {
  const { server, port } = await open([ok]);
  await server.close();
  const error = await failureOf(port.invoke("New-MigrationBatch", { Name: "wave1" }));
  expect(error.kind).toBe("unavailable");
  expect(error.problems[0].status).toBe("ECONNREFUSED");
});

test("a claims challenge is answered with a new token", async () => {
  const claims = Buffer.from('{"access_token":{"nbf":{"essential":true}}}').toString("base64");
  const { server, tokens, port } = await open([
    {
      status: 401,
      headers: { "www-authenticate": `Bearer error="insufficient_claims", claims="${claims}"` },
    },
    ok,
  ]);
  await port.invoke("Set-MigrationBatch", { Identity: "wave1" });
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
  ]);
  expect(tokens.asked[1]?.claims).toContain("nbf");
});

describe("redirects", () => {
  test("to the front door's port 446 go to the public port, with method, body, token and cookie", async () => {
    const { server, port } = await open((_, index) =>
      index === 0
        ? {
            status: 302,
            headers: {
              location: "http://127.0.0.1:446/regional/x",
              "set-cookie": "X-Route=eu; path=/; secure",
            },
          }
        : ok,
    );
    await port.invoke("Set-MigrationBatch", { Identity: "wave1" });
    const [first, second] = server.seen;
    expect(second).toMatchObject({ method: "POST", url: "/regional/x", body: first?.body });
    expect(second?.headers).toMatchObject({ authorization: "Bearer token-1", cookie: "X-Route=eu" });
  });

  test.each([
    ["a foreign host", (other: ScriptedServer) => `http://localhost:${other.port}/steal`],
    ["another port of the same host", (other: ScriptedServer) => `${other.url}/steal`],
    ["a host that only begins like ours", () => "https://127.0.0.1.example.com/steal"],
  ])("to %s are refused before anything is sent there", async (_name, location) => {
    const other = await scriptedServer([ok]);
    try {
      const { port } = await open([{ status: 307, headers: { location: location(other) } }]);
      await expect(port.invoke("Get-MigrationBatch")).rejects.toMatchObject({ code: "foreign-host" });
      expect(other.seen).toHaveLength(0);
    } finally {
      await other.close();
    }
  });

  test("a next link to a foreign host is refused too", async () => {
    const { port } = await open([{ json: { value: [], "@odata.nextLink": "https://evil.example/page" } }]);
    await expect(port.invoke("Get-MigrationBatch")).rejects.toMatchObject({ code: "foreign-host" });
  });
});

describe("error texts", () => {
  const json = (value: object) => JSON.stringify(value);
  test.each<[string, Step, string, string]>([
    [
      "pipe string",
      detail(
        "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The batch is gone.",
        404,
      ),
      "not-found",
      "The batch is gone",
    ],
    [
      "JSON with Message",
      detail(json({ ClassName: "X", Message: "The migration batch already exists." })),
      "already-exists",
      "The migration batch already exists",
    ],
    [
      "JSON with a pipe string inside",
      detail(json({ Message: "a|b.C|The object couldn’t be found." })),
      "not-found",
      "The object couldn’t be found",
    ],
    [
      "plain text",
      detail("Parameter set cannot be resolved using the specified named parameters."),
      "invalid",
      "Parameter set cannot be resolved",
    ],
    [
      "unknown parameter",
      detail("A parameter cannot be found that matches parameter name 'BadItemLimit'."),
      "invalid",
      "BadItemLimit",
    ],
    [
      "internal exception",
      {
        status: 400,
        json: {
          error: {
            message: "Error executing cmdlet",
            innererror: { internalexception: { message: "inner reason" } },
          },
        },
      },
      "invalid",
      "inner reason",
    ],
    [
      "generic message",
      { status: 400, json: { error: { message: "Object reference" } } },
      "invalid",
      "Object reference",
    ],
    [
      "error inside a success",
      { json: { value: [], "@adminapi.errors": ["Couldn't be found"] } },
      "not-found",
      "Couldn't be found",
    ],
    [
      "a web page as 404",
      { status: 404, headers: { "content-type": "text/html" }, text: "<html>no</html>" },
      "unavailable",
      "a web page came back instead of JSON",
    ],
  ])("%s", async (_name, step, kind, text) => {
    const { port } = await open([step]);
    const error = await failureOf(port.invoke("Set-MigrationBatch", { Identity: "wave1" }));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(text);
    expect(error.message).not.toContain("Microsoft.Exchange.");
  });

  test.each<[string, Step]>([
    [
      "empty body",
      {
        status: 403,
        headers: { "x-ms-diagnostics": '2000003;reason="The role is missing.";error_category="x"' },
      },
    ],
    [
      "NUL-padded body",
      { status: 403, headers: { "x-exceptiontype": "UnauthorizedAccessException" }, text: "\0".repeat(64) },
    ],
    ["401 without a challenge", { status: 401, headers: { "x-exceptiontype": "RoleMissing" } }],
  ])("a refusal with %s tells reason and remedy", async (_name, step) => {
    const { port } = await open([step]);
    const error = await failureOf(port.invoke("Get-MigrationBatch"));
    expect(error.kind).toBe("unauthorized");
    expect(error.message).toMatch(/role is missing|UnauthorizedAccessException|RoleMissing/i);
    expect(error.message).toContain("Exchange.ManageAsApp");
    expect(error.message).not.toContain("\0");
  });
});

test("what the service echoes of a call's secrets never reaches the error", async () => {
  const echo =
    "Row 'Hunter2;x' with 'pa\"ss,word', pa\"\"ss,word, P@ssw0rd.2026 and S3cret! (Bearer token-1, aHVudGVyMg==) bob@contoso.com is bad\u001b[31m";
  const { port } = await open([detail(echo)]);
  const csv =
    'EmailAddress,Password,ForceChangePassword\r\nbob@contoso.com,Hunter2;x,True\r\nann@contoso.com,"pa""ss,word",False\r\neva@contoso.com,P@ssw0rd.2026,True\r\n';
  const error = await failureOf(
    port.invoke("New-MigrationBatch", {
      Name: "wave1",
      CSVData: byteArray(Buffer.from(csv)),
      Credentials: credential("CONTOSO\\admin", "S3cret!"),
    }),
  );
  for (const secret of ["Hunter2", 'pa"ss,word', 'pa""ss', "P@ssw0rd", "S3cret!", "token-1", "\u001b"])
    expect(error.message).not.toContain(secret);
  expect(error.message).toContain("bob@contoso.com");
  expect(error.cause).toBeUndefined();
});

test("the service's time comes from its newest answer and is asked for only when that is old", async () => {
  const { server, session, port } = await open([
    { headers: { date: "Sun, 22 Nov 2026 10:00:00 GMT" }, json: { value: [] } },
  ]);
  expect(Math.abs((await session.now()).getTime() - Date.parse("2026-11-22T10:00:00Z"))).toBeLessThan(1000);
  expect(server.seen[0]).toMatchObject({
    method: "GET",
    url: `/${tenantId}/v2.0/.well-known/openid-configuration`,
  });
  expect(server.seen[0]?.headers.authorization).toBeUndefined();
  await port.invoke("Get-AcceptedDomain");
  await session.now();
  expect(server.seen).toHaveLength(2);
});
