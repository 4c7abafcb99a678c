import type { FaultRule } from "../../lab/index.js";
import { connectControl } from "../../lab/index.js";
import { addressOf, csvOf, type Session, smallWorld, startSession } from "./worlds.js";

let session: Session;
beforeAll(async () => {
  session = await startSession(smallWorld(3));
  await session.ownDomain();
  await session.createEndpoint();
});
afterEach(() => session.lab.faults.clear());
afterAll(() => session.lab.close());

const once = (rule: FaultRule): FaultRule => ({ count: 1, ...rule });

describe("a fault that is switched on", () => {
  it.each<[FaultRule, number, Record<string, string>, string]>([
    [
      { kind: "429-json", retryAfter: 7 },
      429,
      { "retry-after": "7", "content-type": "application/json; charset=utf-8" },
      '"code":"TooManyRequests"',
    ],
    [{ kind: "429-text" }, 429, { "content-type": "text/plain" }, "Too many concurrent requests"],
    [{ kind: "500" }, 500, {}, "InternalServerError"],
    [{ kind: "503", retryAfter: 0.5 }, 503, { "retry-after": "0.5" }, "ServiceUnavailable"],
    [{ kind: "504" }, 504, { "content-type": "text/html" }, "Gateway Timeout"],
    [
      { kind: "401-claims" },
      401,
      { "www-authenticate": expect.stringContaining("insufficient_claims") },
      "InvalidAuthenticationToken",
    ],
    [{ kind: "403-empty" }, 403, { "x-exceptiontype": "UnauthorizedAccessException" }, "\u0000"],
    [{ kind: "html" }, 200, { "content-type": "text/html; charset=utf-8" }, "<!DOCTYPE html>"],
    [{ kind: "redirect-foreign" }, 307, { location: "https://collector.invalid/adminapi" }, ""],
  ])("%j answers with it once, then the service is itself again", async (rule, status, headers, text) => {
    session.lab.faults.set(once({ service: "exchange", ...rule }));
    const answer = await session.invoke("Get-MigrationEndpoint");
    expect([answer.status, Object.fromEntries(answer.headers), answer.text]).toEqual([
      status,
      expect.objectContaining(headers),
      expect.stringContaining(text),
    ]);
    expect((await session.invoke("Get-MigrationEndpoint")).status).toBe(200);
  });

  it("redirects to the second listener, which answers for itself", async () => {
    session.lab.faults.set(once({ kind: "redirect", service: "exchange" }));
    const answer = await session.invoke("Get-MigrationEndpoint");
    const location = new URL(answer.headers.get("location") ?? "");
    expect([answer.status, location.pathname]).toEqual([
      307,
      `/adminapi/beta/${session.world.tenantId}/InvokeCommand`,
    ]);
    expect(location.origin).not.toBe(session.lab.addresses.exchange);
  });

  it.each<FaultRule["kind"]>(["503-after", "504-after", "reset-after", "truncated"])(
    "%s comes after the write was done",
    async (kind) => {
      session.lab.faults.set(once({ kind, route: "New-MigrationBatch" }));
      const name = `after-${String(kind)}`;
      await session
        .invoke("New-MigrationBatch", {
          Name: name,
          SourceEndpoint: "mailstage",
          CSVData: csvOf([addressOf(0)]),
        })
        .catch(() => undefined);
      expect((await session.lab.state()).batches.map((batch) => batch.name)).toContain(name);
    },
  );

  it.each<FaultRule["kind"]>(["503", "504", "reset", "429-json", "html"])(
    "%s comes before the write",
    async (kind) => {
      session.lab.faults.set(once({ kind, route: "New-MigrationBatch" }));
      const name = `before-${String(kind)}`;
      await session
        .invoke("New-MigrationBatch", {
          Name: name,
          SourceEndpoint: "mailstage",
          CSVData: csvOf([addressOf(0)]),
        })
        .catch(() => undefined);
      expect((await session.lab.state()).batches.map((batch) => batch.name)).not.toContain(name);
    },
  );

  it("resets and truncates what the client reads", async () => {
    session.lab.faults.set(once({ kind: "reset", route: "GET /organization" }));
    await expect(session.graph("GET", "/organization")).rejects.toThrow(/ECONNRESET|hang up/);
    session.lab.faults.set(once({ kind: "truncated", route: "GET /organization" }));
    await expect(session.graph("GET", "/organization")).rejects.toThrow(/aborted|ECONNRESET/);
  });

  it("answers slowly", async () => {
    session.lab.faults.set(once({ kind: "slow", seconds: 0.3, route: "GET /organization" }));
    const begin = performance.now();
    expect((await session.graph("GET", "/organization")).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(290);
  });

  it("keeps answering a read as it was, until its seconds are over on the lab's clock", async () => {
    session.lab.faults.set({ kind: "stale", seconds: 90, service: "graph" });
    const location = async () =>
      (await session.graph("GET", `/users/${addressOf(0)}?$select=usageLocation`)).json;
    expect(await location()).toMatchObject({ usageLocation: null });
    await session.graph("PATCH", `/users/${addressOf(0)}`, { usageLocation: "FR" });
    expect(await location()).toMatchObject({ usageLocation: null });
    await session.lab.advance(91);
    expect(await location()).toMatchObject({ usageLocation: "FR" });
  });

  it("hangs at request k until the faults are cleared", async () => {
    session.lab.faults.set({ kind: "hang", skip: 2, service: "graph" });
    expect((await session.graph("GET", "/organization")).status).toBe(200);
    expect((await session.graph("GET", "/organization")).status).toBe(200);
    const third = session.graph("GET", "/organization").then(
      () => "answered",
      () => "cut",
    );
    const waited = new Promise((resolve) => setTimeout(() => resolve("hangs"), 100));
    expect(await Promise.race([third, waited])).toBe("hangs");
    session.lab.faults.clear();
    expect(await third).toBe("cut");
  });

  it("hits parts of a $batch when its rule names their route", async () => {
    session.lab.faults.set(once({ kind: "429-json", retryAfter: 3, route: "GET /users/{id}" }));
    const part = (id: string) => ({ id, method: "GET", url: `/users/${addressOf(0)}` });
    expect((await session.graph("POST", "/$batch", { requests: [part("1"), part("2")] })).json).toMatchObject(
      {
        responses: [
          { id: "1", status: 429, headers: { "Retry-After": "3" } },
          { id: "2", status: 200 },
        ],
      },
    );
  });

  it("falls on the same requests again with the same seed", async () => {
    const storm = async () => {
      session.lab.faults.clear();
      session.lab.faults.seed(7);
      session.lab.faults.set({ kind: ["429-json", "503", "504"], probability: 0.5, service: "graph" });
      const statuses: number[] = [];
      for (let index = 0; index < 20; index += 1)
        statuses.push((await session.graph("GET", "/organization")).status);
      return statuses;
    };
    const first = await storm();
    expect(new Set(first).size).toBeGreaterThan(2);
    expect(await storm()).toEqual(first);
  });
});

describe("the control API", () => {
  const control = () => connectControl(session.lab.addresses.control);

  it("switches faults, behaviour and latency from another process", async () => {
    await control().setFaults([{ kind: "503", count: 1, route: "Get-MigrationBatch" }], 5);
    expect((await session.invoke("Get-MigrationBatch")).status).toBe(503);
    await control().clearFaults();
    await control().behave({ latencyMs: 120 });
    const begin = performance.now();
    await session.invoke("Get-MigrationBatch");
    expect(performance.now() - begin).toBeGreaterThan(115);
    await control().behave({ latencyMs: 0 });
  });

  it("counts requests by route", async () => {
    await control().clearRequests();
    await session.invoke("Get-MigrationBatch");
    await session.graph("GET", `/users/${addressOf(0)}`);
    expect(await control().requests()).toMatchObject({
      total: 2,
      byRoute: { "exchange Get-MigrationBatch": 1, "graph GET /users/{id}": 1 },
    });
  });

  it("moves the clock forward, and never back", async () => {
    const before = await control().now();
    const after = await control().advance(3600);
    expect(Math.round((after.getTime() - before.getTime()) / 1000)).toBe(3600);
    await expect(control().advance(-1)).rejects.toThrow(/refused POST \/clock/);
  });

  it("refuses what it does not know", async () => {
    await expect(control().batch("nobody", "start")).rejects.toThrow(/there is no batch nobody/);
    await expect(
      control().setRecordSet({ name: "fabrikam.com", type: "MX", ttl: 1, values: [] }),
    ).rejects.toThrow(/serves no zone/);
    const plain = await fetch(`${session.lab.addresses.control}/stop`, { method: "POST", body: "{}" });
    expect(plain.status).toBe(400);
  });
});
