import { connectControl } from "../../lab/index.js";
import { addressOf, csvOf, type Session, send, smallWorld, startSession } from "./worlds.js";

let session: Session;
beforeAll(async () => {
  session = await startSession(smallWorld(25));
  await session.ownDomain();
  await session.createEndpoint();
});
afterAll(() => session.lab.close());

const detail = (answer: { json: unknown }) => JSON.stringify(answer.json);
const row = { Name: "strict", SourceEndpoint: "mailstage" };
const csvText = (text: string) => Buffer.from(text).toString("base64");

describe("InvokeCommand refuses what the service refuses", () => {
  it.each<[string, string, Record<string, unknown>, number, string]>([
    ["an unknown cmdlet", "Get-Nonsense", {}, 400, "is not recognized as the name of a cmdlet"],
    [
      "a parameter the cmdlet does not have",
      "New-MigrationBatch",
      { ...row, BadItemLimit: 10 },
      400,
      "A parameter cannot be found that matches parameter name 'BadItemLimit'.",
    ],
    [
      "a missing mandatory parameter",
      "Remove-MigrationBatch",
      {},
      400,
      "missing mandatory parameters: Identity",
    ],
    ["a null", "Get-MigrationBatch", { Identity: null }, 400, "because it is null"],
    [
      "an untagged object for bytes",
      "New-MigrationBatch",
      { ...row, CSVData: { Data: [69] } },
      500,
      "Newtonsoft.Json.Linq.JObject",
    ],
    [
      "an array for bytes",
      "New-MigrationBatch",
      { ...row, CSVData: [69, 70] },
      500,
      "Newtonsoft.Json.Linq.JArray",
    ],
    [
      "text that is no base64",
      "New-MigrationBatch",
      { ...row, CSVData: "EmailAddress\n" },
      400,
      "System.Byte[]",
    ],
    [
      "an untagged credential",
      "New-MigrationEndpoint",
      {
        Name: "e",
        ExchangeOutlookAnywhere: true,
        ExchangeServer: "a.b",
        RpcProxyServer: "c.d",
        Credentials: { UserName: "u", Password: "p" },
      },
      500,
      "Unable to cast object of type 'Newtonsoft.Json.Linq.JObject' to type 'System.String'.",
    ],
    ["text for a switch", "New-MigrationBatch", { ...row, AutoStart: "true" }, 400, "SwitchParameter"],
    [
      "a batch of an unknown endpoint",
      "New-MigrationBatch",
      { Name: "x", SourceEndpoint: "none" },
      404,
      "couldn't be found",
    ],
    [
      "an unknown batch",
      "Start-MigrationBatch",
      { Identity: "none" },
      404,
      "ManagementObjectNotFoundException",
    ],
    [
      "a name over 64 characters",
      "New-MigrationBatch",
      { ...row, Name: "n".repeat(65) },
      400,
      "64 characters",
    ],
    [
      "remote-move parameters",
      "New-MigrationBatch",
      { ...row, TargetDeliveryDomain: "a.b" },
      400,
      "Parameter set cannot be resolved",
    ],
    [
      "CSVData without AddUsers",
      "Set-MigrationBatch",
      { Identity: "other", CSVData: csvOf(["a@contoso.com"]) },
      404,
      "couldn't be found",
    ],
    ["a mailbox nobody has", "Get-Mailbox", { Identity: "nobody@contoso.com" }, 404, "couldn't be found"],
    [
      "a filter on an unknown property",
      "Get-Recipient",
      { Filter: "Nonsense -eq 'a'" },
      400,
      "isn't a recognized filterable property",
    ],
  ])("%s", async (_, cmdlet, parameters, status, text) => {
    const answer = await session.invoke(cmdlet, parameters);
    expect(answer.status).toBe(status);
    expect(detail(answer).replaceAll('\\"', '"')).toContain(text);
  });

  it.each([
    ["is empty", "", "is empty"],
    ["has no EmailAddress column", "Mail\r\na@contoso.com\r\n", "required columns"],
    ["has an unknown column", "EmailAddress,Phone\r\na@contoso.com,1\r\n", "unknown columns: phone"],
    ["has no rows", "EmailAddress\r\n", "doesn't contain any rows"],
    [
      "has 2,001 rows",
      `EmailAddress\r\n${Array.from({ length: 2001 }, (_, i) => addressOf(i)).join("\r\n")}`,
      "maximum of 2000",
    ],
    ["has a row of another length", "EmailAddress,Password\r\na@contoso.com\r\n", "has 1 columns"],
    ["has something that is no address", "EmailAddress\r\nann\r\n", "isn't a valid SMTP address"],
    ["has a short password", "EmailAddress,Password\r\na@contoso.com,short\r\n", "at least 8 characters"],
  ])("a CSV that %s", async (_, text, message) => {
    const answer = await session.invoke("New-MigrationBatch", { ...row, CSVData: csvText(text) });
    expect([answer.status, detail(answer)]).toEqual([400, expect.stringContaining(message)]);
  });

  it("names its errors as a pipe string with the exception's class", async () => {
    const answer = await session.invoke("Stop-MigrationBatch", { Identity: "none" });
    expect(answer.json).toMatchObject({
      error: {
        code: "NotFound",
        message: "Error executing cmdlet",
        details: [
          {
            message: expect.stringMatching(
              /^Ex[0-9A-F]{6}\|Microsoft\.Exchange\.[\w.]+\|The migration batch/,
            ),
          },
        ],
      },
    });
  });

  it("another path, tenant, method or token", async () => {
    const url = `${session.lab.addresses.exchange}/adminapi/beta`;
    const headers = {
      authorization: `Bearer ${await session.token(session.lab.addresses.exchange)}`,
      "content-type": "application/json",
    };
    const graphToken = {
      ...headers,
      authorization: `Bearer ${await session.token(session.lab.addresses.graph)}`,
    };
    const body = { CmdletInput: { CmdletName: "Get-MigrationBatch", Parameters: {} } };
    const status = async (path: string, sent: Record<string, string>, method = "POST") =>
      (await send(`${url}/${path}`, method, sent, body)).status;
    const tenant = session.world.tenantId;
    expect(await status(`${tenant}/InvokeCommand`, headers)).toBe(200);
    expect(await status(`${tenant}/InvokeCommand`, {})).toBe(401);
    expect(
      await status(`${tenant}/InvokeCommand`, { ...headers, authorization: `${headers.authorization}x` }),
    ).toBe(401);
    expect(await status(`${tenant}/InvokeCommand`, graphToken)).toBe(401);
    expect(await status("11111111-1111-4111-8111-111111111111/InvokeCommand", headers)).toBe(403);
    expect(await status(`${tenant}/InvokeCommand`, headers, "PUT")).toBe(405);
  });
});

describe("endpoints", () => {
  const connection = (change: Record<string, unknown>[]) =>
    [
      { name: "ExchangeOutlookAnywhere", type: "switch" },
      { name: "ExchangeServer", type: "text", value: session.world.source.exchangeServer },
      { name: "RpcProxyServer", type: "text", value: session.world.source.rpcProxyServer },
      {
        name: "Credentials",
        type: "credential",
        userName: session.world.source.account,
        password: session.world.source.password,
      },
    ].map((usual) => change.find((other) => other["name"] === usual.name) ?? usual);

  it.each([
    ["the right account and servers", [], "Success"],
    [
      "a wrong password",
      [{ name: "Credentials", type: "credential", userName: "CONTOSO\\migadmin", password: "wrong" }],
      "Failed",
    ],
    [
      "another Exchange server",
      [{ name: "ExchangeServer", type: "text", value: "ex09.contoso.com" }],
      "Failed",
    ],
    ["another RPC proxy", [{ name: "RpcProxyServer", type: "text", value: "mail.fabrikam.com" }], "Failed"],
  ])("are tested against Outlook Anywhere: %s", async (_, change, result) => {
    const answer = await session.powershell("Test-MigrationServerAvailability", connection(change));
    expect(answer).toMatchObject({ ok: true, rows: [{ Result: result }] });
  });

  it("cannot be made with credentials that do not sign in", async () => {
    const wrong = {
      name: "Credentials",
      type: "credential",
      userName: "CONTOSO\\migadmin",
      password: "wrong",
    };
    const answer = await session.powershell("New-MigrationEndpoint", [
      { name: "Name", type: "text", value: "second" },
      ...connection([wrong]),
    ]);
    expect(answer).toMatchObject({
      ok: false,
      stage: "cmdlet",
      message: expect.stringContaining("Unable to connect to the server"),
    });
  });

  it("are found by Autodiscover from a mailbox, and tested again by name over REST", async () => {
    const answer = await session.powershell("New-MigrationEndpoint", [
      { name: "Name", type: "text", value: "auto" },
      { name: "ExchangeOutlookAnywhere", type: "switch" },
      { name: "Autodiscover", type: "switch" },
      { name: "EmailAddress", type: "text", value: addressOf(0) },
      {
        name: "Credentials",
        type: "credential",
        userName: session.world.source.account,
        password: session.world.source.password,
      },
    ]);
    expect(answer).toMatchObject({ ok: true, rows: [{ Identity: "auto", UseAutoDiscover: true }] });
    expect(await session.rows("Test-MigrationServerAvailability", { Endpoint: "auto" })).toMatchObject([
      { Result: "Success" },
    ]);
    expect(JSON.stringify(await session.lab.state())).not.toContain(session.world.source.password);
  });

  it("with an unknown name give all of them, as documented, or an error when told to", async () => {
    expect((await session.rows("Get-MigrationEndpoint", { Identity: "nobody" })).length).toBeGreaterThan(0);
    session.lab.faults.behave({ getUnknownReturnsAll: false });
    expect((await session.invoke("Get-MigrationEndpoint", { Identity: "nobody" })).status).toBe(404);
    session.lab.faults.behave({ getUnknownReturnsAll: true });
  });

  it("cannot be removed while a batch uses them", async () => {
    await session.rows("New-MigrationBatch", {
      Name: "holder",
      SourceEndpoint: "mailstage",
      CSVData: csvOf([addressOf(0)]),
    });
    const answer = await session.invoke("Remove-MigrationEndpoint", {
      Identity: "mailstage",
      Confirm: false,
    });
    expect(detail(answer)).toContain("used by the migration batch");
    await connectControl(session.lab.addresses.control).batch("holder", "remove");
    await session.lab.advance(61);
    await session.rows("Remove-MigrationEndpoint", { Identity: "auto", Confirm: false });
  });

  it("take the tagged credential over REST only when told so", async () => {
    const parameters = {
      Name: "rest",
      ExchangeOutlookAnywhere: true,
      ExchangeServer: session.world.source.exchangeServer,
      RpcProxyServer: session.world.source.rpcProxyServer,
      Credentials: {
        "@odata.type": "#Exchange.GenericHashTable",
        UserName: session.world.source.account,
        Password: session.world.source.password,
      },
    };
    expect((await session.invoke("New-MigrationEndpoint", parameters)).status).toBe(500);
    session.lab.faults.behave({ restTakesCredentials: true });
    expect((await session.invoke("New-MigrationEndpoint", parameters)).status).toBe(200);
    session.lab.faults.behave({ restTakesCredentials: false });
  });
});

describe("answers", () => {
  it("take the CSV as tagged bytes too, and come with the envelope, Date and ids", async () => {
    const bytes = {
      "@odata.type": "#Exchange.ByteArrayType",
      Data: [...Buffer.from(`EmailAddress\r\n${addressOf(3)}\r\n`)],
    };
    const answer = await session.invoke(
      "New-MigrationBatch",
      { Name: "formA", SourceEndpoint: "mailstage", CSVData: bytes },
      { "client-request-id": "abc" },
    );
    expect(answer.json).toMatchObject({
      "@odata.context": expect.stringContaining("Exchange.GenericHashTable"),
      "@adminapi.warnings": [],
      value: [{ Identity: "formA", TotalCount: 1, "BatchGuid@odata.type": "#Guid" }],
    });
    expect(answer.headers.get("client-request-id")).toBe("abc");
    expect(answer.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Date(answer.headers.get("date") ?? "").getUTCFullYear()).toBe(2026);
  });

  it("are paged by the same POST to the next link, and trimmed by $select", async () => {
    const url = `${session.lab.addresses.exchange}/adminapi/beta/${session.world.tenantId}/InvokeCommand?$select=PrimarySmtpAddress`;
    const headers = {
      authorization: `Bearer ${await session.token(session.lab.addresses.exchange)}`,
      "content-type": "application/json",
      prefer: "odata.maxpagesize=10",
    };
    const body = { CmdletInput: { CmdletName: "Get-Recipient", Parameters: { ResultSize: "Unlimited" } } };
    const first = await send(url, "POST", headers, body);
    const next = /"@odata.nextLink":"([^"]+)"/.exec(first.text)?.[1] ?? "";
    const second = await send(next, "POST", headers, body);
    expect(first.json).toMatchObject({
      value: expect.arrayContaining([{ PrimarySmtpAddress: addressOf(0) }]),
    });
    expect(second.json).toMatchObject({
      value: expect.arrayContaining([{ PrimarySmtpAddress: addressOf(10) }]),
    });
    const other = { CmdletInput: { CmdletName: "Get-Recipient", Parameters: {} } };
    expect((await send(next, "POST", headers, other)).status).toBe(400);
  });

  it("warn when there is more than ResultSize", async () => {
    const answer = await session.invoke("Get-Recipient", { ResultSize: 5 });
    expect(answer.json).toMatchObject({
      "@adminapi.warnings": [expect.stringContaining("increase the value for the ResultSize")],
    });
  });

  it("send numbers as strings when told to", async () => {
    session.lab.faults.behave({ numbersAsStrings: true });
    expect((await session.rows("Get-MigrationBatch", { Identity: "formA" }))[0]?.["TotalCount"]).toBe("1");
    session.lab.faults.behave({ numbersAsStrings: false });
  });

  it("filter recipients by simple conditions", async () => {
    const rows = await session.rows("Get-Recipient", {
      Filter: `PrimarySmtpAddress -eq '${addressOf(2)}' -or Alias -like '*0004'`,
    });
    expect(rows.map((found) => found["PrimarySmtpAddress"])).toEqual([addressOf(2), addressOf(3)]);
  });

  it("accept the domain for mail once it is verified and has Email", async () => {
    const rows = await session.rows("Get-AcceptedDomain");
    expect(rows.map((found) => found["DomainName"])).toEqual(["contoso.onmicrosoft.com", "contoso.com"]);
  });
});
