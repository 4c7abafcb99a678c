import { gzipSync } from "node:zlib";
import fc from "fast-check";
import {
  getMigrationBatch,
  getMigrationEndpoint,
  listAcceptedDomains,
  listMailboxes,
  listMigrationBatches,
  listMigrationUsers,
  testMigrationEndpoint,
} from "../../src/microsoft365/exchange/index.js";
import {
  assignLicenses,
  getDomain,
  listDomainReferences,
  listServiceRecords,
  listSubscribedSkus,
  listUsers,
  listVerificationRecords,
  setUsageLocation,
  verifyDomain,
} from "../../src/microsoft365/graph/index.js";
import type { CloudSession } from "../../src/microsoft365/index.js";
import { thorough } from "../engine/attempts.js";
import { csvOf, type Session, smallWorld, startSession } from "../lab/worlds.js";
import { startHostileService } from "./hostile-service.js";
import { placesOf, spoil, spoilt } from "./mutations.js";
import { named } from "./named-failure.js";

const samples = thorough ? 1500 : 15;
const domain = "contoso.com";
const sku = "6fd2c87f-b296-42f0-b197-1e91e994b900";

/** Everything that is read from Microsoft, and two writes whose answers are read. */
const operations: Readonly<Record<string, (client: CloudSession) => Promise<unknown>>> = {
  "GET /users": ({ graph }) => listUsers(graph),
  "GET /subscribedSkus": ({ graph }) => listSubscribedSkus(graph),
  "GET /domains/{id}": ({ graph }) => getDomain(graph, domain),
  "GET verificationDnsRecords": ({ graph }) => listVerificationRecords(graph, domain),
  "GET serviceConfigurationRecords": ({ graph }) => listServiceRecords(graph, domain),
  "GET domainNameReferences": ({ graph }) => listDomainReferences(graph, domain),
  "POST verify": ({ graph }) => verifyDomain(graph, domain),
  "$batch of assignLicense": ({ graph }) =>
    assignLicenses(graph, ["user0001@contoso.com", "user0002@contoso.com", "nobody@contoso.com"], {
      skuId: sku,
    }),
  "$batch of PATCH": ({ graph }) => setUsageLocation(graph, ["user0001@contoso.com"], "US"),
  "Get-MigrationBatch": ({ exchange }) => listMigrationBatches(exchange),
  "Get-MigrationBatch -Identity": ({ exchange }) => getMigrationBatch(exchange, "wave1"),
  "Get-MigrationUser": ({ exchange }) => listMigrationUsers(exchange, { batch: "wave1" }),
  "Get-Mailbox": ({ exchange }) => listMailboxes(exchange),
  "Get-AcceptedDomain": ({ exchange }) => listAcceptedDomains(exchange),
  "Get-MigrationEndpoint": ({ exchange }) => getMigrationEndpoint(exchange, "mailstage"),
  "Test-MigrationServerAvailability": ({ exchange }) =>
    testMigrationEndpoint(exchange, { endpoint: "mailstage" }),
};

/** Whether an answer was taken, or refused by a failure that names what was wrong. */
const outcomeOf = async (work: Promise<unknown>) => ("failure" in (await named(work)) ? "refused" : "taken");

describe("answers of Graph and Exchange that are not as they should be", () => {
  let session: Session;
  let service: Awaited<ReturnType<typeof startHostileService>>;
  const count = { cases: 0, refused: 0 };

  beforeAll(async () => {
    process.env["MAILSTAGE_RETRY_BASE_MS"] = "0.01";
    session = await startSession(smallWorld(4));
    await session.ownDomain();
    await session.createEndpoint();
    await session.rows("New-MigrationBatch", {
      Name: "wave1",
      CSVData: csvOf(["user0001@contoso.com", "user0002@contoso.com", "user0003@contoso.com"]),
      SourceEndpoint: "mailstage",
      AutoStart: true,
    });
    await session.lab.advance(48 * 3600);
    service = await startHostileService(session);
  }, 60_000);
  afterAll(async () => {
    process.stdout.write(`hostile answers: ${count.cases}, ${count.refused} of them refused by name\n`);
    delete process.env["MAILSTAGE_RETRY_BASE_MS"];
    await service?.close();
    await session?.lab.close();
  });

  describe.each(Object.entries(operations))("%s", (_name, operation) => {
    /** The true answers of the operation, in order, and its result. */
    const truth = async () => {
      const bodies: string[] = [];
      service.answer((_index, reply) => {
        bodies.push(reply.body.toString());
        return reply;
      });
      return { result: await operation(service.client), bodies };
    };

    test("spoilt anywhere, it is a result or a failure that names what was wrong", async () => {
      const { bodies } = await truth();
      expect(bodies.length).toBeGreaterThan(0);
      const cases = fc
        .nat({ max: bodies.length - 1 })
        .chain((at) => spoilt(bodies[at] ?? "{}").map((body) => ({ at, body })));
      await fc.assert(
        fc.asyncProperty(cases, async ({ at, body }) => {
          service.answer((index, reply) => (index < at ? reply : { ...reply, body }));
          count.cases += 1;
          if ((await outcomeOf(operation(service.client))) === "refused") count.refused += 1;
        }),
        { numRuns: samples, endOnFailure: true },
      );
      expect(Object.prototype).not.toHaveProperty("polluted");
    }, 600_000);

    test("what it does not know, it does not read", async () => {
      const { result } = await truth();
      const stranger = { "@odata.id": 5, Unknown: [{ deep: null }], "x@odata.type": "#y" };
      service.answer((_index, reply) => {
        const value: unknown = JSON.parse(reply.body.toString());
        const body = placesOf(value)
          .filter((path) => path.length > 0)
          .reduce((changed, path) => spoil(changed, path, addTo(stranger)), value);
        return { ...reply, body: Buffer.from(JSON.stringify(body)) };
      });
      expect(await operation(service.client)).toEqual(result);
    });
  });

  test.each(
    Object.entries(operations).filter(([name]) => name.includes("-Migration") || name.includes("-Mailbox")),
  )("%s is the same with numbers as strings and words in capitals", async (_name, operation) => {
    service.answer((_index, reply) => reply);
    const result = await operation(service.client);
    service.answer((_index, reply) => ({
      ...reply,
      body: Buffer.from(reply.body.toString().replace(/:(\d+)(?=[,}])/g, ':"$1"')),
    }));
    expect(await operation(service.client)).toEqual(result);
  });

  test.each([
    ["more than it can be", () => Buffer.alloc(70 * 1024 * 1024, 0x20), {}],
    ["small and unpacks to gigabytes", () => bomb(), { "content-encoding": "gzip" }],
  ])(
    "an answer that is %s is given up, once, and said to be too large",
    async (_name, body, headers) => {
      const big = body();
      let asked = 0;
      service.answer((_index, reply) => {
        asked += 1;
        return { ...reply, headers: { ...reply.headers, ...headers }, body: big };
      });
      const before = process.memoryUsage().rss;
      await expect(listUsers(service.client.graph)).rejects.toThrow(/Graph \/users: .*larger than 64 MB/);
      await expect(listMailboxes(service.client.exchange)).rejects.toThrow(
        /mailbox list: .*larger than 64 MB/,
      );
      expect(asked).toBe(2);
      expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
    },
    60_000,
  );

  test.each([
    ["a packed answer that is cut off", gzipSync("{}".repeat(1000)).subarray(0, 20)],
    ["one that is not packed", Buffer.from('{"value":[]}')],
  ])("%s is a failure that says so", async (_name, body) => {
    service.answer((_index, reply) => ({
      ...reply,
      headers: { ...reply.headers, "content-encoding": "gzip" },
      body,
    }));
    await expect(listUsers(service.client.graph)).rejects.toThrow(
      /Graph \/users: .*cannot be read to its end/,
    );
  });

  test("a packed answer is read", async () => {
    service.answer((_index, reply) => reply);
    const plain = await listUsers(service.client.graph);
    service.answer((_index, reply) => ({
      ...reply,
      headers: { ...reply.headers, "content-encoding": "gzip" },
      body: gzipSync(reply.body),
    }));
    expect(await listUsers(service.client.graph)).toEqual(plain);
  });

  test("a list whose next page never ends is given up", async () => {
    let page = 0;
    const next = () => `${service.base}/v1.0/users?$skiptoken=endless${page++}`;
    service.answer((_index, reply) => ({
      ...reply,
      status: 200,
      body: Buffer.from(JSON.stringify({ value: [], "@odata.nextLink": next() })),
    }));
    await expect(listUsers(service.client.graph)).rejects.toThrow(/Graph \/users: .*never end/);
  }, 60_000);

  test.each([301, 302, 307, 308])(
    "a redirect (%s) to what is no URL is a failure by name",
    async (status) => {
      service.answer((_index, reply) => ({ ...reply, status, headers: { location: "http://[::1" } }));
      expect(await outcomeOf(listUsers(service.client.graph))).toBe("refused");
      expect(await outcomeOf(listMailboxes(service.client.exchange))).toBe("refused");
    },
  );

  test.each([400, 401, 403, 404, 409, 429, 500, 503])(
    "an error %s with any body is a failure by name",
    async (status) => {
      const bodies = fc.oneof(
        spoilt(
          JSON.stringify({
            error: {
              code: "X",
              message: "y",
              innerError: { "request-id": "z" },
              details: [{ code: "1", message: "Ex|Class|text" }],
            },
          }),
        ),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.constantFrom(
          Buffer.from(".".repeat(200_000)),
          Buffer.from(" .".repeat(200_000)),
          Buffer.from("<html>".repeat(50_000)),
        ),
      );
      await fc.assert(
        fc.asyncProperty(bodies, async (body) => {
          service.answer((_index, reply) => ({ ...reply, status, body }));
          count.cases += 2;
          await outcomeOf(listUsers(service.client.graph));
          await outcomeOf(getMigrationBatch(service.client.exchange, "wave1"));
        }),
        { numRuns: thorough ? 1000 : 12, endOnFailure: true },
      );
    },
    600_000,
  );
});

function addTo(stranger: object) {
  return (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? { ...stranger, ...value } : value;
}

/** 200 MB of blanks in 200 KB. */
function bomb(): Buffer {
  return gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
}
