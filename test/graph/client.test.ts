import { z } from "zod";
import { type BatchRequest, listUsers } from "../../src/microsoft365/graph/index.js";
import { AdaptiveLimit } from "../../src/microsoft365/http/adaptive-limit.js";
import type { ScriptedServer, Seen, Step } from "../cloud/scripted-server.js";
import { graphFailureOf, openGraph } from "./open.js";

const opened: ScriptedServer[] = [];
async function open(...args: Parameters<typeof openGraph>) {
  const result = await openGraph(...args);
  opened.push(result.server);
  return result;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const thing = z.object({ id: z.string() });
const fail = (status: number, code: string, message = code): Step => ({
  status,
  json: { error: { code, message, innerError: { "request-id": "r-1" } } },
});
const ok: Step = { json: { id: "x" } };

test("a collection is read to its last page with the token, and nothing elsewhere", async () => {
  const { server, graph } = await open(
    (_, index): Step => ({
      json: {
        value: [{ id: String(index) }],
        ...(index < 2 ? { "@odata.nextLink": `${opened[0]?.url}/v1.0/things?$skiptoken=${index}` } : {}),
      },
    }),
  );
  const totals: number[] = [];
  expect(await graph.list("/things?$top=1", thing, (total) => totals.push(total))).toEqual([
    { id: "0" },
    { id: "1" },
    { id: "2" },
  ]);
  expect(totals).toEqual([1, 2, 3]);
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ["/v1.0/things?$top=1", "Bearer token-1"],
    ["/v1.0/things?$skiptoken=0", "Bearer token-1"],
    ["/v1.0/things?$skiptoken=1", "Bearer token-1"],
  ]);
  const foreign = await open([{ json: { value: [], "@odata.nextLink": "https://graph.evil.example/v1.0" } }]);
  await expect(foreign.graph.list("/things", thing)).rejects.toMatchObject({ code: "foreign-host" });
});

test.each<[string, Step]>([
  ["429 with Retry-After", { status: 429, headers: { "retry-after": "0.02" }, json: {} }],
  ["500", fail(500, "InternalServerError")],
  ["503", { status: 503 }],
  ["a reset", "reset"],
  ["a cut off answer", "truncate"],
  ["a web page", { text: "<html></html>" }],
])("a read goes on after %s", async (_name, fault) => {
  const { graph, server } = await open([fault, fault, ok]);
  expect(await graph.get("/x", thing)).toEqual({ id: "x" });
  expect(server.seen).toHaveLength(3);
});

test.each<[string, Step, string]>([
  ["404", fail(404, "Request_ResourceNotFound"), "not-found"],
  ["409", fail(409, "ObjectConflict"), "conflict"],
  ["400 for a taken name", fail(400, "Request_MultipleObjectsWithSameKeyValue"), "conflict"],
  ["400", fail(400, "Request_BadRequest", "Bad thing."), "bad-request"],
  ["401", fail(401, "InvalidAuthenticationToken"), "denied"],
  ["403", fail(403, "Authorization_RequestDenied"), "denied"],
  ["429 for an hour", { status: 429, headers: { "retry-after": "3600" } }, "throttled"],
  ["503 to a write", { status: 503 }, "outcome-unknown"],
  ["a reset of a write", "reset", "outcome-unknown"],
  ["a web page to a write", { text: "<html></html>" }, "outcome-unknown"],
])("%s is of kind %s", async (_name, step, kind) => {
  const { graph, server } = await open([step]);
  const error = await graphFailureOf(graph.post("/domains", { id: "x" }, thing));
  expect(error.kind).toBe(kind);
  expect(error.message).toContain("Graph /domains");
  expect(server.seen).toHaveLength(1);
});

test("an error keeps Graph's code, text and request id, and no token", async () => {
  const { graph } = await open([
    fail(400, "Request_BadRequest", "No good: Bearer token-1 eyJhbGciOiJSUzI1NiJ9.abc.def."),
  ]);
  const error = await graphFailureOf(graph.patch("/users/x", {}));
  expect(error.problems[0]).toMatchObject({ status: 400, requestId: "r-1", operation: "PATCH" });
  expect(error.graphCode).toBe("Request_BadRequest");
  expect(error.message).not.toMatch(/token-1|eyJ/);
});

test("PATCH and DELETE are repeated, since twice is the same as once", async () => {
  const { graph, server } = await open(["reset", { status: 503 }, { status: 204 }]);
  await graph.patch("/users/x", { usageLocation: "DE" });
  await graph.delete("/domains/x");
  expect(server.seen.map(({ method }) => method)).toEqual(["PATCH", "PATCH", "PATCH", "DELETE"]);
});

test("an answer of another shape is named", async () => {
  const { graph } = await open([{ json: { id: 5 } }]);
  await expect(graph.get("/things?$filter=x", thing)).rejects.toThrow(
    /Graph \/things: the answer has an unexpected id/,
  );
  const users = await open([{ json: { value: [{ id: "1" }] } }]);
  await expect(listUsers(users.graph)).rejects.toThrow(/unexpected value\.0\.userPrincipalName/);
});

const partsSchema = z.object({ requests: z.array(z.looseObject({ id: z.string(), url: z.string() })) });
const parts = (seen: Seen) => partsSchema.parse(JSON.parse(seen.body)).requests;
const gets = (count: number): BatchRequest[] =>
  Array.from({ length: count }, (_, index) => ({ method: "GET", path: `/users/${index}` }));

describe("$batch", () => {
  test("45 requests are three calls; answers come in order whatever the order of the parts", async () => {
    const { graph, server } = await open((seen) => ({
      json: {
        responses: parts(seen)
          .reverse()
          .map(({ id, url }) => ({ id, status: 200, body: { url } })),
      },
    }));
    const progress: number[] = [];
    const answers = await graph.batch(gets(45), (done) => progress.push(done));
    expect(answers.map((answer) => answer.body)).toEqual(gets(45).map(({ path }) => ({ url: path })));
    expect(server.seen.map((seen) => parts(seen).length)).toEqual([20, 20, 5]);
    expect(progress.at(-1)).toBe(45);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
  });

  test("throttled parts go again alone, after their own Retry-After", async () => {
    const { graph, server } = await open((seen, index) => ({
      json: {
        responses: parts(seen).map(({ id, url }) =>
          index === 0 && /\/[37]$/.test(url)
            ? { id, status: 429, headers: { "Retry-After": "0.2" } }
            : { id, status: 200, body: url },
        ),
      },
    }));
    const start = performance.now();
    const answers = await graph.batch(gets(10));
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
    expect(answers.map((answer) => answer.body)).toEqual(gets(10).map(({ path }) => path));
    expect(
      parts(server.seen[1] ?? { method: "", url: "", headers: {}, body: "{}" }).map(({ url }) => url),
    ).toEqual(["/users/3", "/users/7"]);
  });

  test("a part that fails is an error of that part alone", async () => {
    const { graph } = await open((seen) => ({
      json: {
        responses: parts(seen).map(({ id }) =>
          id === "2"
            ? { id, status: 404, body: { error: { code: "Request_ResourceNotFound", message: "gone" } } }
            : { id, status: 204 },
        ),
      },
    }));
    const answers = await graph.batch(
      [1, 2, 3].map((id): BatchRequest => ({ method: "DELETE", path: `/users/${id}` })),
    );
    expect(answers.map((answer) => answer.error?.kind)).toEqual([undefined, "not-found", undefined]);
    expect(answers[1]?.error?.message).toContain("Graph /users/2");
  });

  test("a part without an answer goes again when it may, and is unknown when it may not", async () => {
    const { graph, server } = await open((seen, index) => ({
      json: {
        responses: parts(seen)
          .filter(({ id }) => index > 0 || id === "1")
          .map(({ id }) => ({ id, status: 200, body: "done" })),
      },
    }));
    const answers = await graph.batch([
      { method: "GET", path: "/a" },
      { method: "GET", path: "/b" },
      { method: "POST", path: "/c", body: {} },
    ]);
    expect(answers.map((answer) => answer.error?.kind ?? answer.body)).toEqual([
      "done",
      "done",
      "outcome-unknown",
    ]);
    expect(server.seen).toHaveLength(2);
  });

  test("a call lost as a whole repeats only the parts that may be repeated", async () => {
    const { graph, server } = await open((seen, index) =>
      index === 0
        ? "reset"
        : { json: { responses: parts(seen).map(({ id }) => ({ id, status: 200, body: "done" })) } },
    );
    const answers = await graph.batch([
      { method: "POST", path: "/once" },
      { method: "POST", path: "/again", repeatable: true },
    ]);
    expect(answers.map((answer) => answer.error?.kind ?? answer.body)).toEqual(["outcome-unknown", "done"]);
    expect(server.seen.map((seen) => parts(seen).length)).toEqual([2, 1]);
  });

  test("goes on for as long as something gets through, and sends no further call of a round once a part was throttled", async () => {
    let calls = 0;
    const { graph, server } = await open((seen) => {
      calls += 1;
      const room = calls % 4 === 0;
      return {
        json: {
          responses: parts(seen).map(({ id, url }) =>
            room ? { id, status: 200, body: url } : { id, status: 429, headers: { "Retry-After": "0.01" } },
          ),
        },
      };
    });
    const answers = await graph.batch(gets(200));
    expect(answers.map((answer) => answer.body)).toEqual(gets(200).map(({ path }) => path));
    // Ten calls of twenty parts, one in four of those sent; six rounds would not have been enough.
    expect(server.seen).toHaveLength(40);
  });

  test("what is to wait for longer than we do is not sent at all", async () => {
    const { graph, server } = await open((seen) => ({
      json: {
        responses: parts(seen).map(({ id }) => ({ id, status: 429, headers: { "Retry-After": "3600" } })),
      },
    }));
    const answers = await graph.batch(gets(1000));
    expect(new Set(answers.map((answer) => answer.error?.kind))).toEqual(new Set(["throttled"]));
    expect(answers[999]?.error?.message).toContain("Graph /users/999");
    expect(answers).toHaveLength(1000);
    expect(server.seen.length).toBeLessThanOrEqual(16);
  });

  test("parts throttled for ever end as throttled after six rounds", async () => {
    const { graph, server } = await open((seen) => ({
      json: { responses: parts(seen).map(({ id }) => ({ id, status: 429 })) },
    }));
    const answers = await graph.batch(gets(2));
    expect(answers.map((answer) => answer.error?.kind)).toEqual(["throttled", "throttled"]);
    expect(server.seen).toHaveLength(6);
  });
});

describe("the number of requests at once", () => {
  test("halves when the service throttles or is about to, down to one, and rises slowly again", () => {
    const limit = new AdaptiveLimit();
    const first = limit.limit;
    limit.observe(200, 0.79);
    expect(limit.limit).toBe(first + 1);
    limit.observe(200, 0.8);
    expect(limit.limit).toBe(first / 2);
    for (let index = 0; index < 10; index += 1) limit.observe(429, undefined);
    expect(limit.limit).toBe(1);
    for (let index = 0; index < 3; index += 1) limit.observe(200, undefined);
    expect(limit.limit).toBe(3);
    for (let index = 0; index < 1000; index += 1) limit.observe(200, undefined);
    expect(limit.limit).toBe(16);
  });

  test("is kept to, and everything runs in the end", async () => {
    const limit = new AdaptiveLimit();
    let running = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 100 }, () =>
        limit.run(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running -= 1;
          done += 1;
          if (done === 20) limit.observe(429, undefined);
        }),
      ),
    );
    expect([most, done]).toEqual([8, 100]);
  });
});
