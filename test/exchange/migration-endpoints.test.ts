import {
  createMigrationEndpoint,
  getMigrationEndpoint,
  listAcceptedDomains,
  listMailboxes,
  removeMigrationEndpoint,
  setMigrationEndpoint,
  testMigrationEndpoint,
  testMigrationServer,
} from "../../src/microsoft365/exchange/index.js";
import { scriptedPort } from "./scripted-port.js";

beforeAll(() => {
  process.env["MAILSTAGE_RETRY_BASE_MS"] = "1";
});
afterAll(() => {
  delete process.env["MAILSTAGE_RETRY_BASE_MS"];
});

const account = { userName: "CONTOSO\\admin", password: "S3cret!" };
const row = {
  Identity: "onprem",
  EndpointType: { Value: "ExchangeOutlookAnywhere" },
  UseAutoDiscover: "True",
  ExchangeServer: "",
};

test("Autodiscover and named servers use their own parameter set, and no limit nobody asked for", async () => {
  const { port, calls } = scriptedPort(() => [row]);
  await createMigrationEndpoint(port, {
    name: "onprem",
    account,
    servers: { autodiscover: { emailAddress: "a@contoso.com" } },
  });
  await createMigrationEndpoint(port, {
    name: "onprem",
    account,
    mailboxPermission: "FullAccess",
    servers: {
      exchangeServer: "ex1.contoso.com",
      rpcProxyServer: "mail.contoso.com",
      authentication: "Ntlm",
    },
  });
  const sent = calls.map(({ parameters }) =>
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name)
      .sort(),
  );
  expect(sent).toEqual([
    ["Autodiscover", "Credentials", "EmailAddress", "ExchangeOutlookAnywhere", "Name"],
    [
      "Authentication",
      "Credentials",
      "ExchangeOutlookAnywhere",
      "ExchangeServer",
      "MailboxPermission",
      "Name",
      "RpcProxyServer",
    ],
  ]);
});

test("an endpoint whose creation has an unknown outcome is read back from the other port", async () => {
  const writer = scriptedPort(() => "outcome-unknown");
  const reader = scriptedPort(() => [row]);
  const created = await createMigrationEndpoint(
    writer.port,
    { name: "onprem", account, servers: { autodiscover: { emailAddress: "a@contoso.com" } } },
    reader.port,
  );
  expect(created).toMatchObject({
    name: "onprem",
    endpointType: "ExchangeOutlookAnywhere",
    useAutoDiscover: true,
    exchangeServer: undefined,
  });
  expect(writer.calls).toHaveLength(1);
  expect(reader.calls).toHaveLength(1);
});

test("an endpoint is found by exact name among all that an ignored Identity gives", async () => {
  const { port } = scriptedPort(() => [{ ...row, Identity: "onprem2" }, row]);
  expect((await getMigrationEndpoint(port, "OnPrem"))?.name).toBe("onprem");
  expect(await getMigrationEndpoint(port, "other")).toBeUndefined();
});

test("an update sends only what changes", async () => {
  const { port, calls } = scriptedPort(() => []);
  await setMigrationEndpoint(port, "onprem", { rpcProxyServer: "mail2.contoso.com" });
  expect(JSON.parse(JSON.stringify(calls[0]?.parameters))).toEqual({
    Identity: "onprem",
    RpcProxyServer: "mail2.contoso.com",
    Confirm: false,
  });
});

test("a removal in use is an error, a removal of nothing is not", async () => {
  await removeMigrationEndpoint(scriptedPort(() => "not-found").port, "onprem");
  await expect(removeMigrationEndpoint(scriptedPort(() => "invalid").port, "onprem")).rejects.toMatchObject({
    kind: "invalid",
  });
});

test("a failed connection test is an answer with its reason", async () => {
  const { port, calls } = scriptedPort(() => [
    { Result: { Value: "Failed" }, Message: "cannot connect", ErrorDetail: { Kb: 2389390 } },
  ]);
  expect(await testMigrationEndpoint(port, { endpoint: "onprem" })).toEqual({
    success: false,
    message: "cannot connect",
    detail: '{"Kb":2389390}',
  });
  expect(calls[0]?.parameters).toEqual({ Endpoint: "onprem" });
  const success = scriptedPort(() => [{ Result: "Success" }]);
  expect(
    await testMigrationServer(success.port, {
      account,
      servers: { exchangeServer: "e", rpcProxyServer: "r" },
    }),
  ).toMatchObject({ success: true });
});

test("mailboxes and accepted domains are read whole and typed", async () => {
  const { port, calls } = scriptedPort(({ cmdlet }) =>
    cmdlet === "Get-Mailbox"
      ? [
          {
            PrimarySmtpAddress: "a@contoso.com",
            EmailAddresses: "SMTP:a@contoso.com",
            LegacyExchangeDN: "/o=x",
            ExchangeGuid: "g",
            WhenMailboxCreated: "2026-11-20T10:00:00Z",
          },
        ]
      : [{ DomainName: "Contoso.com", DomainType: "Authoritative", Default: "True" }],
  );
  expect(await listMailboxes(port)).toMatchObject([
    {
      emailAddresses: ["SMTP:a@contoso.com"],
      legacyExchangeDN: "/o=x",
      whenMailboxCreated: new Date("2026-11-20T10:00:00Z"),
    },
  ]);
  expect(calls[0]).toMatchObject({
    parameters: { ResultSize: "Unlimited" },
    options: { select: expect.arrayContaining(["ExchangeGuid"]) },
  });
  expect(await listAcceptedDomains(port)).toEqual([
    { domainName: "contoso.com", domainType: "Authoritative", isDefault: true },
  ]);
});
