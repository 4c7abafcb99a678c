import { execFile, spawn } from "node:child_process";
import { readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { connectControl, type Lab, startLab, worldFromPlan } from "../../lab/index.js";
import { type PlanInput, planSchema } from "../../src/plan/plan.js";
import { smallPlan } from "../engine/rehearsal.js";
import { addressOf, csvOf, sessionOf, smallWorld, startSession, temporaryFolder } from "./worlds.js";

describe("a lab with a state file", () => {
  it("goes on after a restart: same addresses, CA, tokens, time and objects", async () => {
    const folder = await temporaryFolder();
    const stateFile = join(folder, "lab.json");
    const world = smallWorld(30);
    const first = await startSession(world, { stateFile });
    await first.ownDomain();
    await first.createEndpoint();
    await first.rows("New-MigrationBatch", {
      Name: "wave1",
      SourceEndpoint: "mailstage",
      CSVData: csvOf(world.mailboxes.map(({ emailAddress }) => emailAddress)),
      AutoStart: true,
    });
    await first.lab.advance(300);
    const before = await first.lab.state();
    const ca = await readFile(first.lab.caFile, "utf8");
    await first.lab.close();
    expect((await stat(stateFile)).mode & 0o077).toBe(0);

    const again = await startLab({ world: undefined, stateFile });
    // The first session's tokens and addresses still fit.
    const [batch] = await first.rows("Get-MigrationBatch", { Identity: "wave1" });
    expect(batch).toMatchObject({ Status: "Syncing", TotalCount: 30 });
    const after = await again.state();
    expect({ ...after, now: "", batches: [] }).toEqual({ ...before, now: "", batches: [] });
    expect(Date.parse(after.now) - Date.parse(before.now)).toBeLessThan(60_000);
    expect(await readFile(again.caFile, "utf8")).toBe(ca);
    await again.advance(3 * 3600);
    expect((await again.state()).batches).toMatchObject([{ status: "Synced", syncedCount: 30 }]);
    await connectControl(again.addresses.control).stop();
    await expect(waitForEnd(again.addresses.control)).resolves.toBeUndefined();
    await rm(folder, { recursive: true });
  });

  it("goes on as Cloudflare too: same address, token, and ids of records", async () => {
    const folder = await temporaryFolder();
    const options = { stateFile: join(folder, "lab.json"), dnsHost: "cloudflare" as const };
    const records = async (lab: Lab, body?: object) => {
      const { dns } = lab.planOverrides(smallPlan);
      const { environment } = lab;
      if (dns.host !== "cloudflare") throw new Error(`the lab is at ${dns.host}`);
      const response = await fetch(`${environment["CLOUDFLARE_BASE_URL"]}/zones/${dns.zoneId}/dns_records`, {
        method: body === undefined ? "GET" : "POST",
        headers: { Authorization: `Bearer ${environment["CLOUDFLARE_API_TOKEN"]}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(response.status).toBe(200);
      return response.json();
    };
    const first = await startLab({ ...options, world: smallWorld(1) });
    await records(first, { name: "new.contoso.com", type: "TXT", content: '"made here"', ttl: 300 });
    const before = await records(first);
    await first.close();
    const again = await startLab({ ...options, world: undefined });
    expect(again.environment).toEqual(first.environment);
    expect(await records(again)).toEqual(before);
    await again.close();
    await rm(folder, { recursive: true });
  });

  it("refuses a file that is not its own, and nothing to begin with", async () => {
    await expect(startLab({ world: undefined, stateFile: resolve("package.json") })).rejects.toMatchObject({
      code: "lab-state-unreadable",
    });
    await expect(startLab({ world: undefined })).rejects.toMatchObject({ code: "lab-without-world" });
  });
});

async function waitForEnd(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      await fetch(`${url}/clock`);
    } catch {
      return;
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error("the lab did not stop");
}

const plan: PlanInput = {
  stage: "prepare",
  domain: "contoso.com",
  tenant: { id: "8d5e7c1a-2b3f-4c60-9a71-3f5b1d0e9c24" },
  dns: { host: "cloudflare", zoneId: "0".repeat(32) },
  source: { testMailbox: "ann@contoso.com", account: "CONTOSO\\migadmin" },
  directory: {
    url: "ldaps://dc1.corp.contoso.com",
    baseDn: "OU=People,DC=corp,DC=contoso,DC=com",
    bindDn: "CN=svc,CN=Users,DC=corp,DC=contoso,DC=com",
  },
  waves: [{ name: "wave1", csv: "wave1.csv", unifiedMessaging: "disable" }],
  licenses: { sku: "EXCHANGESTANDARD", usageLocation: "US" },
};
const file = {
  wave: "wave1",
  path: "wave1.csv",
  digest: "0".repeat(64),
  columns: ["EmailAddress"],
  rows: ["ann@contoso.com", "bob@contoso.com"].map((emailAddress, index) => ({
    line: index + 2,
    emailAddress,
    hasPassword: false,
  })),
};

describe("a world made from a plan", () => {
  it("has a user for every row, seats for all, and no secret of production", () => {
    const world = worldFromPlan(planSchema.parse(plan), [file]);
    expect(world.mailboxes).toEqual([
      { emailAddress: "ann@contoso.com", wave: "wave1", unifiedMessaging: true },
      { emailAddress: "bob@contoso.com", wave: "wave1", unifiedMessaging: true },
    ]);
    expect(world.sku).toEqual({
      skuPartNumber: "EXCHANGESTANDARD",
      skuId: "4b9405b0-7788-4568-add1-99614e613b69",
      seats: 3,
    });
    expect(world.source.password).not.toBe(worldFromPlan(planSchema.parse(plan), [file]).source.password);
  });

  it("is rehearsed with a plan in which no address of production is left", async () => {
    const lab = await startLab({ world: worldFromPlan(planSchema.parse(plan), [file]) });
    const rehearsed = planSchema.parse(lab.planOverrides(plan));
    const addresses = JSON.stringify([
      rehearsed.tenant,
      rehearsed.dns,
      rehearsed.directory.url,
      rehearsed.source.rpcProxyServer,
    ]);
    expect(addresses).not.toMatch(/cloudflare|corp\.contoso|microsoft/);
    expect(rehearsed.dns).toMatchObject({
      host: "rfc2136",
      server: lab.addresses.dns,
      resolvers: [lab.addresses.resolver],
    });
    expect(rehearsed.waves).toEqual(planSchema.parse(plan).waves);
    await lab.close();
  });
});

describe("other programs against the lab", () => {
  const script = `
    const { ClientSecretCredential } = require("@azure/identity");
    const [authorityHost, scope, secret] = process.argv.slice(1);
    new ClientSecretCredential(process.env.AZURE_TENANT_ID, process.env.AZURE_CLIENT_ID, secret, { authorityHost, disableInstanceDiscovery: true })
      .getToken(scope + "/.default")
      .then((token) => console.log(token.token), (error) => { console.log(error.message); });
  `;

  it("the real @azure/identity gets a token that Graph takes, and a bad secret its AADSTS error", async () => {
    const { lab, world } = await startSession(smallWorld(1));
    const run = async (secret: string) => {
      const options = { env: { ...process.env, ...lab.environment } };
      const args = ["-e", script, lab.addresses.authority, lab.addresses.graph, secret];
      return (await promisify(execFile)(process.execPath, args, options)).stdout.trim();
    };
    const token = await run(world.application.clientSecret);
    const graph = sessionOf(lab, world);
    expect((await graph.graph("GET", "/organization")).status).toBe(200);
    expect(token.split(".")).toHaveLength(3);
    expect(await run("wrong")).toContain("AADSTS7000215");
    await lab.close();
  });

  it("`pwsh` on the lab's PATH takes the PowerShell transport's request with a credential", async () => {
    const { lab, world, token } = await startSession(smallWorld(1));
    const request = {
      marker: "##a-mark##",
      connect: {
        AccessToken: await token(lab.addresses.exchange),
        Organization: world.initialDomain,
        ConnectionUri: lab.addresses.exchange,
      },
      cmdlet: "New-MigrationEndpoint",
      parameters: [
        { name: "Name", type: "text", value: "by-pwsh" },
        { name: "ExchangeOutlookAnywhere", type: "switch" },
        { name: "ExchangeServer", type: "text", value: world.source.exchangeServer },
        { name: "RpcProxyServer", type: "text", value: world.source.rpcProxyServer },
        {
          name: "Credentials",
          type: "credential",
          userName: world.source.account,
          password: world.source.password,
        },
      ],
    };
    const child = spawn("pwsh", ["-NoProfile", "-NonInteractive", "-EncodedCommand", "AA=="], {
      env: { ...process.env, ...lab.environment },
    });
    child.stdin.end(JSON.stringify(request));
    let output = "";
    for await (const part of child.stdout) output += String(part);
    // Among what modules say, the marked lines are the script's own; the last one is the answer.
    const marked = output.split("\n").filter((line) => line.startsWith(request.marker));
    expect(JSON.parse(marked.at(-1)?.slice(request.marker.length) ?? "")).toMatchObject({
      ok: true,
      rows: [{ Identity: "by-pwsh" }],
    });
    expect((await lab.state()).endpoints).toMatchObject([{ name: "by-pwsh" }]);
    await lab.close();
  });
});

describe("size", () => {
  it("carries a batch of 2,000 out of 10,000 mailboxes through to the end in less than two seconds of CPU", async () => {
    const session = await startSession(smallWorld(10_000));
    await session.ownDomain();
    await session.createEndpoint();
    const begin = process.cpuUsage();
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      SourceEndpoint: "mailstage",
      CSVData: csvOf(Array.from({ length: 2000 }, (_, index) => addressOf(index))),
      AutoStart: true,
    });
    const [batch] = await session.rows("Get-MigrationBatch", { Identity: "wave1" });
    await session.lab.advance(8 * 3600);
    const [done] = await session.rows("Get-MigrationBatch", { Identity: "wave1" });
    const { user, system } = process.cpuUsage(begin);
    expect([batch?.["TotalCount"], done?.["Status"], done?.["SyncedCount"]]).toEqual([2000, "Synced", 2000]);
    expect((user + system) / 1000).toBeLessThan(2000);
    await session.lab.close();
  });
});
