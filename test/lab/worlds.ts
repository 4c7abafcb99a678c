import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Lab, type LabOptions, startLab, type World, type WorldMailbox } from "../../lab/index.js";

/** A small world, with as many mailboxes as asked for: `user0001@contoso.com` and on. */
export function smallWorld(mailboxes: number | readonly WorldMailbox[], change: Partial<World> = {}): World {
  const list =
    typeof mailboxes === "number"
      ? Array.from({ length: mailboxes }, (_, index) => ({ emailAddress: addressOf(index), wave: "wave1" }))
      : mailboxes;
  return {
    domain: "contoso.com",
    tenantId: "8d5e7c1a-2b3f-4c60-9a71-3f5b1d0e9c24",
    initialDomain: "contoso.onmicrosoft.com",
    mailExchange: "contoso-com.mail.protection.outlook.com",
    mailboxes: list,
    zone: [
      { name: "contoso.com", type: "MX", ttl: 86_400, values: ["10 mail.contoso.com"] },
      { name: "contoso.com", type: "TXT", ttl: 86_400, values: ["v=spf1 mx -all"] },
    ],
    source: {
      account: "CONTOSO\\migadmin",
      password: "Front-door-9",
      exchangeServer: "exch01.corp.contoso.com",
      rpcProxyServer: "mail.contoso.com",
      testMailbox: list[0]?.emailAddress ?? "user0001@contoso.com",
      authentication: "Basic",
    },
    sku: { skuPartNumber: "ENTERPRISEPACK", skuId: "6fd2c87f-b296-42f0-b197-1e91e994b900", seats: 5 },
    directory: {
      baseDn: "OU=People,DC=corp,DC=contoso,DC=com",
      bindDn: "CN=mailstage,CN=Users,DC=corp,DC=contoso,DC=com",
      password: "Directory-7",
      exchange: "2007",
    },
    tsig: { name: "mailstage", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 7).toString("base64") },
    application: { clientId: "0a0b0c0d-0000-4000-8000-000000000001", clientSecret: "Client-secret-1" },
    ...change,
  };
}

export function addressOf(index: number): string {
  return `user${String(index + 1).padStart(4, "0")}@contoso.com`;
}

/** What a service answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

/** A lab with a client that speaks to it as any HTTP client would. */
export interface Session {
  readonly lab: Lab;
  readonly world: World;
  token(scope: string): Promise<string>;
  graph(method: string, path: string, body?: unknown): Promise<Answer>;
  /** InvokeCommand. */
  invoke(
    cmdlet: string,
    parameters?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The rows of a cmdlet that must succeed. */
  rows(cmdlet: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  /** A cmdlet through the `pwsh` stand-in's door. */
  powershell(cmdlet: string, parameters: readonly Record<string, unknown>[]): Promise<unknown>;
  /** Makes the usual endpoint. */
  createEndpoint(name?: string): Promise<unknown>;
  /** Verifies the domain and gives it to Exchange. */
  ownDomain(): Promise<void>;
}

const tokenAnswer = z.looseObject({ access_token: z.string() });
const rowsAnswer = z.looseObject({ value: z.array(z.record(z.string(), z.unknown())) });
const verification = z.looseObject({ value: z.array(z.looseObject({ text: z.string().optional() })) });

export async function startSession(world: World, options: Partial<LabOptions> = {}): Promise<Session> {
  const lab = await startLab({ world, startAt: new Date("2026-03-02T08:00:00Z"), ...options });
  return sessionOf(lab, world);
}

export function sessionOf(lab: Lab, world: World): Session {
  const tokens = new Map<string, Promise<string>>();
  const token = async (scope: string) => {
    const response = await send(
      `${lab.addresses.authority}/${world.tenantId}/oauth2/v2.0/token`,
      "POST",
      {
        "content-type": "application/x-www-form-urlencoded",
      },
      new URLSearchParams({
        client_id: world.application.clientId,
        client_secret: world.application.clientSecret,
        grant_type: "client_credentials",
        scope: `${scope}/.default`,
      }).toString(),
    );
    return tokenAnswer.parse(response.json).access_token;
  };
  const bearer = async (scope: string) => {
    const kept = tokens.get(scope) ?? token(scope);
    tokens.set(scope, kept);
    return { authorization: `Bearer ${await kept}`, "content-type": "application/json" };
  };
  const session: Session = {
    lab,
    world,
    token,
    graph: async (method, path, body) =>
      send(`${lab.addresses.graph}/v1.0${path}`, method, await bearer(lab.addresses.graph), body),
    invoke: async (CmdletName, Parameters = {}, headers = {}) =>
      send(
        `${lab.addresses.exchange}/adminapi/beta/${world.tenantId}/InvokeCommand`,
        "POST",
        { ...(await bearer(lab.addresses.exchange)), ...headers },
        { CmdletInput: { CmdletName, Parameters } },
      ),
    rows: async (cmdlet, parameters) => {
      const answer = await session.invoke(cmdlet, parameters);
      if (answer.status !== 200) throw new Error(`${cmdlet}: ${answer.status} ${answer.text}`);
      return rowsAnswer.parse(answer.json).value;
    },
    powershell: async (cmdlet, parameters) => {
      const answer = await send(
        `${lab.addresses.exchange}/lab/powershell`,
        "POST",
        await bearer(lab.addresses.exchange),
        { organization: world.initialDomain, cmdlet, parameters },
      );
      return answer.json;
    },
    createEndpoint: (name = "mailstage") =>
      session.powershell("New-MigrationEndpoint", [
        { name: "Name", type: "text", value: name },
        { name: "ExchangeOutlookAnywhere", type: "switch" },
        { name: "ExchangeServer", type: "text", value: world.source.exchangeServer },
        { name: "RpcProxyServer", type: "text", value: world.source.rpcProxyServer },
        {
          name: "Credentials",
          type: "credential",
          userName: world.source.account,
          password: world.source.password,
        },
      ]),
    ownDomain: async () => {
      await session.graph("POST", "/domains", { id: world.domain });
      const records = verification.parse(
        (await session.graph("GET", `/domains/${world.domain}/verificationDnsRecords`)).json,
      );
      const text = records.value.find((record) => record.text !== undefined)?.text ?? "";
      const { connectControl } = await import("../../lab/index.js");
      await connectControl(lab.addresses.control).setRecordSet({
        name: world.domain,
        type: "TXT",
        ttl: 3600,
        values: [text, "v=spf1 mx -all"],
      });
      const verified = await session.graph("POST", `/domains/${world.domain}/verify`, {});
      if (verified.status !== 200) throw new Error(verified.text);
      await session.graph("PATCH", `/domains/${world.domain}`, { supportedServices: ["Email"] });
      await lab.advance(10);
    },
  };
  return session;
}

/** One HTTPS request without certificate checks: that clients trust the lab's CA has a test of its own. */
export async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const { request } = await import("node:https");
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, rejectUnauthorized: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(Buffer.from(part)));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response.rawHeaders),
          text,
          json: parse(text),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2)
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A CSV as New-MigrationBatch takes it, in form B. */
export function csvOf(addresses: readonly string[]): string {
  return Buffer.from(`EmailAddress\r\n${addresses.join("\r\n")}\r\n`).toString("base64");
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "mailstage-lab-test-"));
}
