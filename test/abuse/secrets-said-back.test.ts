import { MailstageError } from "../../src/base/problem.js";
import {
  createMigrationBatch,
  credential,
  listMigrationBatches,
} from "../../src/microsoft365/exchange/index.js";
import { listUsers, verifyDomain } from "../../src/microsoft365/graph/index.js";
import { newSession } from "../../src/microsoft365/index.js";
import { scriptedServer } from "../cloud/scripted-server.js";
import { loopbackCloud } from "../cloud/tokens.js";
import { findSecrets } from "./secret-search.js";

const secrets = {
  "the client secret": "cl1ent/s3cret+with=&<signs>",
  "the endpoint's password": 'Fr0nt "door" \\ p4ss',
  "a password of the list": 'Pl4nted, "quoted" é',
  "the access token": "0paque-t0ken-of-this-run",
};
const csv = `EmailAddress,Password\r\nanna@contoso.com,"${secrets["a password of the list"].replaceAll('"', '""')}"\r\n`;

/** Ways in which a service that says back what it was told may put it. */
const disguises: Readonly<Record<string, (text: string) => string>> = {
  "in clear": (text) => text,
  "for JSON": (text) => JSON.stringify(text),
  "for a URL": encodeURIComponent,
  "in base64": (text) => Buffer.from(text).toString("base64"),
  "in base64, a character later": (text) => Buffer.from(`x${text}`).toString("base64url"),
  "in base64, two characters later": (text) => Buffer.from(`xy${text}`).toString("base64"),
  "in base64 of UTF-16": (text) => Buffer.from(text, "utf16le").toString("base64"),
  "in hexadecimal": (text) => Buffer.from(text).toString("hex"),
  "in numbers": (text) => [...Buffer.from(text)].join(","),
  "after a page of blanks": (text) => `${" ".repeat(30_000)}${text}`,
  "at the end of what is looked at": (text) => `${"\u0000".repeat(19_990)}${text}`,
};

/** What the service was told by a call; it has no other call's secrets. */
function told(body: string): string[] {
  const { "the client secret": client, "the access token": token } = secrets;
  if (body.includes('"New-MigrationBatch"')) return [client, token, secrets["a password of the list"]];
  if (body.includes('"New-MigrationEndpoint"')) return [client, token, secrets["the endpoint's password"]];
  return [client, token];
}

beforeAll(() => {
  process.env["AZURE_CLIENT_SECRET"] = secrets["the client secret"];
  process.env["PLANTED_ACCESS_TOKEN"] = secrets["the access token"];
});
afterAll(() => {
  delete process.env["AZURE_CLIENT_SECRET"];
  delete process.env["PLANTED_ACCESS_TOKEN"];
});

describe.each(Object.entries(disguises))(
  "a service that says back what it was told %s",
  (_name, disguise) => {
    test.each([400, 401, 403, 404, 409, 429, 500, 503])("with status %s spills nothing", async (status) => {
      const server = await scriptedServer((seen) => {
        const said = told(seen.body).map(disguise).join(" and ");
        return {
          status,
          headers: {
            "x-ms-diagnostics": `1;reason="${encodeURIComponent(said.trim().replaceAll("\u0000", "")).slice(0, 4000)}"`,
            "request-id": encodeURIComponent(said.trim().replaceAll("\u0000", "")).slice(0, 4000),
          },
          text: JSON.stringify({
            error: {
              code: said,
              message: said,
              details: [{ code: "x", message: said }],
              innerError: { "request-id": said },
            },
          }),
        };
      });
      const session = newSession(loopbackCloud(server.url), {
        credential: {
          getToken: async () => ({
            token: secrets["the access token"],
            expiresOnTimestamp: Date.now() + 3_600_000,
          }),
        },
        retryBaseMs: 0.01,
      });
      const attempts = {
        "New-MigrationBatch": () =>
          createMigrationBatch(session.exchange, {
            name: "wave1",
            csvData: Buffer.from(csv),
            sourceEndpoint: "mailstage",
            autoStart: true,
          }),
        "New-MigrationEndpoint": () =>
          session.exchange.invoke("New-MigrationEndpoint", {
            Name: "mailstage",
            Credentials: credential("CONTOSO\\migadmin", secrets["the endpoint's password"]),
          }),
        "Get-MigrationBatch": () => listMigrationBatches(session.exchange),
        "GET /users": () => listUsers(session.graph),
        "POST verify": () => verifyDomain(session.graph, "contoso.com"),
      };
      const texts: Record<string, string> = {};
      for (const [name, attempt] of Object.entries(attempts))
        await attempt().then(
          () => expect(status).toBe(404),
          (error: unknown) => {
            expect(error).toBeInstanceOf(MailstageError);
            texts[name] = String(error);
          },
        );
      await server.close();
      // A call scrubs what it was given itself; what another call was given it cannot know.
      const { "the client secret": client, "the access token": token } = secrets;
      expect(findSecrets({ client, token }, texts)).toEqual([]);
      const list = secrets["a password of the list"];
      expect(findSecrets({ list }, { "New-MigrationBatch": texts["New-MigrationBatch"] ?? "" })).toEqual([]);
      const password = secrets["the endpoint's password"];
      expect(
        findSecrets({ password }, { "New-MigrationEndpoint": texts["New-MigrationEndpoint"] ?? "" }),
      ).toEqual([]);
    });
  },
);
