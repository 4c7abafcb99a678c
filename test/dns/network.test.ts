import { type LabDns, type LabResolver, startDnsServer, startResolver } from "../../lab/dns/index.js";
import { MailstageError } from "../../src/base/problem.js";
import { hostOfNameServers } from "../../src/dns/hosts/index.js";
import {
  applyUpdate,
  delegationProblems,
  hostProblems,
  judge,
  type Observation,
  observe,
  parseHostPort,
  planRecordSet,
  query,
  type RecordSet,
  readAll,
  readFromServer,
  readRecordSet,
} from "../../src/dns/index.js";

const ZONE = "contoso.test";
const MX = ["10 mail.contoso.test"];
const key = {
  name: "mig",
  algorithm: "hmac-sha256",
  secret: Buffer.alloc(32, 7).toString("base64"),
} as const;
const records = (...more: RecordSet[]): RecordSet[] => [
  { name: ZONE, type: "MX", ttl: 1800, values: MX },
  ...more,
];

const open: { close(): Promise<void> }[] = [];
const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
  const started = await starting;
  open.push(started);
  return started;
};
const serve = (sets: RecordSet[] = records(), serial = 1) =>
  kept(startDnsServer({ zones: [{ name: ZONE, serial, records: sets }], keys: [key] }));
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const closedPort = async (): Promise<string> => {
  const server = await startDnsServer({ zones: [], keys: [] });
  await server.close();
  return server.hostPort;
};
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MailstageError) return error.code;
    throw error;
  }
  return "none";
};

describe("asking", () => {
  test("a lost datagram is asked again", async () => {
    const server = await serve();
    let lost = 0;
    server.setFault(() => (lost++ < 2 ? { kind: "drop" } : undefined));
    expect((await query(server, ZONE, "MX", { timeoutMs: 60 })).records).toHaveLength(1);
    expect(server.requests.queries).toBe(3);
  });

  test.each([
    ["silent", { kind: "drop" }],
    ["slow", { kind: "delay", ms: 500 }],
  ] as const)(
    "a server whose UDP is %s is asked over TCP, and the next question at once",
    async (_how, fault) => {
      const server = await serve();
      server.setFault(({ transport }) => (transport === "udp" ? fault : undefined));
      const ask = () => query(server, ZONE, "MX", { timeoutMs: 60 });
      expect((await ask()).records).toHaveLength(1);
      const asked = server.requests.queries;
      expect(await ask()).toMatchObject({ transport: "tcp", records: [{ value: MX[0] }] });
      expect(server.requests.queries).toBe(asked + 1);
      const choice = { zone: ZONE, nameServers: [server.hostPort], resolvers: [] };
      expect(await readRecordSet({ ...choice, name: ZONE, type: "MX" })).toEqual(records()[0]);
    },
  );

  test("a silent server is a timeout, a closed port is unreachable", async () => {
    const server = await serve();
    server.setFault(() => ({ kind: "drop" }));
    await expect(query(server, ZONE, "MX", { timeoutMs: 20 })).rejects.toThrow(/did not answer within 20 ms/);
    expect(await codeOf(query(server, ZONE, "MX", { timeoutMs: 20, transport: "tcp" }))).toBe("dns-timeout");
    const { host, port } = parseHostPort(await closedPort());
    expect(await codeOf(query({ address: host, port }, ZONE, "MX", { transport: "tcp" }))).toBe(
      "dns-unreachable",
    );
    expect(await codeOf(query({ address: host, port }, ZONE, "MX"))).toBe("dns-unreachable");
  });

  test.each([
    ["10.0.0.1", "10.0.0.1", 53],
    ["10.0.0.1:5353", "10.0.0.1", 5353],
    ["ns1.contoso.com:53", "ns1.contoso.com", 53],
    ["::1", "::1", 53],
    ["[::1]:5353", "::1", 5353],
  ])("%s is host %s, port %p", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each(["a:b", "a:0", "a:70000", "https://a", "a b", ""])("%p is no server", (text) => {
    expect(() => parseHostPort(text)).toThrow(/host or host:port/);
  });
});

describe("reading from all authoritative servers", () => {
  test("what they agree on is read, and nothing is undefined", async () => {
    const [one, two] = [await serve(), await serve()];
    const nameServers = [one.hostPort, two.hostPort];
    expect(await readRecordSet({ zone: ZONE, name: "Contoso.TEST.", type: "MX", nameServers })).toEqual(
      records()[0],
    );
    expect(await readRecordSet({ zone: ZONE, name: `x.${ZONE}`, type: "A", nameServers })).toBeUndefined();
  });

  test("servers that disagree are each named with what they have", async () => {
    const [one, two] = [
      await serve(),
      await serve([{ name: ZONE, type: "MX", ttl: 60, values: ["5 other.test"] }]),
    ];
    const reading = readRecordSet({
      zone: ZONE,
      name: ZONE,
      type: "MX",
      nameServers: [one.hostPort, two.hostPort],
    });
    await expect(reading).rejects.toThrow(`${one.hostPort} has "10 mail.contoso.test" with TTL 1800 s`);
    await expect(reading).rejects.toThrow(`${two.hostPort} has "5 other.test" with TTL 60 s`);
  });

  test("a dead server is passed over, dead servers only are an error", async () => {
    const [one, dead] = [await serve(), await closedPort()];
    const read = (nameServers: string[]) =>
      readRecordSet({ zone: ZONE, name: ZONE, type: "MX", nameServers });
    expect((await read([dead, one.hostPort]))?.values).toEqual(MX);
    expect(await codeOf(read([dead]))).toBe("dns-no-answer");
  });

  test("a resolver is not taken for an authoritative server", async () => {
    const upstream = await serve();
    const resolver = await kept(startResolver({ upstream, now: () => new Date() }));
    expect(await codeOf(readFromServer(resolver, ZONE, "MX"))).toBe("dns-not-authoritative");
  });

  test("the servers are found by the NS set, and their addresses by the resolvers", async () => {
    const upstream = await serve(
      records(
        { name: ZONE, type: "NS", ttl: 60, values: ["ns1.contoso.test"] },
        { name: "ns1.contoso.test", type: "A", ttl: 60, values: ["127.0.0.1"] },
      ),
    );
    const resolver = await kept(startResolver({ upstream, now: () => new Date() }));
    const choice = { nameServers: [`ns1.contoso.test:${upstream.port}`], resolvers: [resolver.hostPort] };
    const { servers } = await observe({ zone: ZONE, name: ZONE, type: "MX", ...choice });
    expect(servers).toEqual([
      { name: "ns1.contoso.test", address: upstream.hostPort, role: "authoritative", values: MX, ttl: 1800 },
      { name: "127.0.0.1", address: resolver.hostPort, role: "resolver", values: MX, ttl: 1800 },
    ]);
  });

  test("a zone without NS set, and resolvers that do not answer, are told apart", async () => {
    const upstream = await serve();
    const resolver = await kept(startResolver({ upstream, now: () => new Date() }));
    const read = (zone: string, resolvers: string[]) =>
      codeOf(readRecordSet({ zone, name: zone, type: "MX", resolvers }));
    expect(await read(`sub.${ZONE}`, [resolver.hostPort])).toBe("dns-no-servers");
    expect(await read(ZONE, [await closedPort()])).toBe("dns-no-answer");
  });

  test("what stands where a CNAME is wanted is read whole", async () => {
    const name = `autodiscover.${ZONE}`;
    const there: RecordSet[] = [
      { name, type: "A", ttl: 60, values: ["192.0.2.1"] },
      { name, type: "AAAA", ttl: 60, values: ["2001:db8::1"] },
    ];
    const server = await serve(records(...there));
    expect(await readAll({ zone: ZONE, name, nameServers: [server.hostPort] })).toEqual(there);
  });
});

describe("delegation", () => {
  test("a zone whose servers agree has no problem", async () => {
    const [one, two] = [await serve(), await serve()];
    expect(await delegationProblems(ZONE, { nameServers: [one.hostPort, two.hostPort] })).toEqual([]);
  });

  test("lame and split servers are named, all at once", async () => {
    const [one, behind] = [await serve(records(), 7), await serve(records(), 6)];
    const stranger = await kept(startDnsServer({ zones: [], keys: [] }));
    const resolver = await kept(startResolver({ upstream: one, now: () => new Date() }));
    const dead = await closedPort();
    const nameServers = [one, behind, stranger, resolver].map(({ hostPort }) => hostPort);
    const problems = await delegationProblems(ZONE, { nameServers: [...nameServers, dead] });
    expect(problems.map(({ code, reason }) => `${code}: ${reason}`)).toEqual([
      `dns-lame: its name server ${stranger.hostPort} answers REFUSED`,
      `dns-lame: its name server ${resolver.hostPort} is not authoritative for it`,
      expect.stringMatching(new RegExp(`^dns-lame: its name server ${dead} cannot be reached`)),
      `dns-split: its servers disagree about the SOA serial: ${one.hostPort} has 7; ${behind.hostPort} has 6`,
    ]);
  });

  test("servers with different NS sets are split", async () => {
    const [one, two] = [
      await serve(),
      await serve(records({ name: ZONE, type: "NS", ttl: 60, values: ["ns9.x"] })),
    ];
    const [problem] = await delegationProblems(ZONE, { nameServers: [one.hostPort, two.hostPort] });
    expect(problem).toMatchObject({ code: "dns-split", reason: expect.stringContaining("ns9.x") });
  });

  const cloudflare = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"];
  const azure = ["ns1-01.azure-dns.com", "ns2-01.azure-dns.net"];

  test("the host is told by the names of the servers", () => {
    expect(
      [cloudflare, azure, ["ns1.contoso.com"], [...cloudflare, ...azure], []].map(hostOfNameServers),
    ).toEqual(["cloudflare", "azure", undefined, undefined, undefined]);
  });

  test.each<[Parameters<typeof hostProblems>[1], string[], string[] | undefined, number]>([
    ["cloudflare", cloudflare, undefined, 0],
    ["cloudflare", cloudflare, cloudflare, 0],
    ["cloudflare", cloudflare, ["eve.ns.cloudflare.com", "bob.ns.cloudflare.com"], 1],
    ["cloudflare", azure, undefined, 1],
    ["azure", ["ns1.contoso.com"], undefined, 1],
    ["rfc2136", ["ns1.contoso.com"], undefined, 0],
    ["rfc2136", cloudflare, undefined, 1],
    ["manual", cloudflare, undefined, 0],
  ])("the plan's host %s with servers %p (expected %p) has %p problems", (host, servers, expected, count) => {
    expect(hostProblems(ZONE, host, servers, expected)).toHaveLength(count);
  });
});

describe("judging what was observed", () => {
  const observation: Observation = {
    name: ZONE,
    type: "MX",
    servers: [
      {
        name: "ns1.contoso.com",
        address: "10.0.0.1",
        role: "authoritative",
        values: ["0 tenant.x"],
        ttl: 3600,
      },
      { name: "ns2.contoso.com", address: "10.0.0.2", role: "authoritative", values: MX, ttl: 1800 },
      {
        name: "ns3.contoso.com",
        address: "10.0.0.3",
        role: "authoritative",
        values: [],
        error: "answers REFUSED",
      },
      { name: "192.0.2.53", address: "192.0.2.53", role: "resolver", values: MX, ttl: 1200 },
      { name: "127.0.0.1", address: "127.0.0.1:5353", role: "resolver", values: [] },
    ],
  };

  test("every server that is not there yet is named with what it answers", () => {
    expect(judge(observation, { values: ["0 Tenant.x."] })).toEqual({
      agreed: false,
      authoritativeAgreed: false,
      seen: true,
      contradicted: true,
      waiting: [
        "ns2.contoso.com (10.0.0.2) still answers 10 mail.contoso.test with TTL 1800 s",
        "ns3.contoso.com (10.0.0.3) answers REFUSED",
        "192.0.2.53 still answers 10 mail.contoso.test for 1200 s",
        "127.0.0.1:5353 answers no MX record yet",
      ],
    });
  });

  test("a server that does not answer contradicts nothing", () => {
    const servers = observation.servers.filter((server) => !server.values.includes(MX[0] ?? ""));
    expect(judge({ ...observation, servers }, { values: ["0 tenant.x"] })).toMatchObject({
      authoritativeAgreed: false,
      seen: true,
      contradicted: false,
    });
  });

  test.each([
    { answer: ["10 tenant-b.x"], agreed: true },
    { answer: ["0 tenant.x", "10 tenant-b.x"], agreed: true },
    { answer: ["0 tenant.x", "10 mail.contoso.test"], agreed: false },
    { answer: [], agreed: false },
  ])(
    "mail to any host the tenant names, or named, and to no other, goes to it: $answer is $agreed",
    (row) => {
      const [server] = observation.servers;
      const servers = server === undefined ? [] : [{ ...server, values: row.answer }];
      const judged = judge({ ...observation, servers }, { goesTo: ["0 tenant.x", "0 tenant-b.x"] });
      expect(judged).toMatchObject({ authoritativeAgreed: row.agreed, contradicted: !row.agreed });
    },
  );

  test("caches that hold the old do not undo that the servers agree", () => {
    const servers = observation.servers.filter(
      (server) => server.role === "resolver" || server.values.includes("0 tenant.x"),
    );
    expect(judge({ ...observation, servers }, { values: ["0 tenant.x"] })).toMatchObject({
      agreed: false,
      authoritativeAgreed: true,
    });
  });

  test("a TTL above the greatest allowed is said", () => {
    const servers = observation.servers.slice(0, 1);
    expect(judge({ ...observation, servers }, { maxTtl: 3600 }).agreed).toBe(true);
    expect(judge({ ...observation, servers }, { maxTtl: 300 }).waiting).toEqual([
      "ns1.contoso.com (10.0.0.1) still has the TTL 3600 s, more than 300 s",
    ]);
  });
});

describe("an update whose answer is lost", () => {
  const change = (ttl: number) =>
    planRecordSet(records()[0], { name: ZONE, type: "MX", ttl, values: MX, mode: "exact" });
  const update = (server: LabDns, transport: "udp" | "tcp") =>
    applyUpdate({ server: server.hostPort, zone: ZONE, key, transport, timeoutMs: 100 }, change(60));

  test.each(["udp", "tcp"] as const)(
    "is read back over %s and not repeated where it was done",
    async (transport) => {
      const server = await serve();
      server.setFault(({ opcode }) => (opcode === "UPDATE" ? { kind: "drop-reply" } : undefined));
      await update(server, transport);
      expect(server.requests.updates).toBe(1);
      expect(server.recordSet(ZONE, "MX")?.ttl).toBe(60);
    },
  );

  test.each([
    [1, { kind: "drop" }],
    [3, { kind: "refuse", rcode: "SERVFAIL" }],
  ] as const)("is sent again where it was not done (%i times: %j)", async (times, fault) => {
    const server = await serve();
    let lost = 0;
    server.setFault(({ opcode }) => (opcode === "UPDATE" && lost++ < times ? fault : undefined));
    await update(server, "udp");
    expect([server.requests.updates, server.recordSet(ZONE, "MX")?.ttl]).toEqual([times + 1, 60]);
  });

  test.each([
    ["dns-timeout", { kind: "drop" }],
    ["dns-servfail", { kind: "refuse", rcode: "SERVFAIL" }],
  ] as const)("is given up after the fourth time (%s)", async (code, fault) => {
    const server = await serve();
    server.setFault(({ opcode }) => (opcode === "UPDATE" ? fault : undefined));
    expect(await codeOf(update(server, "udp"))).toBe(code);
    expect([server.requests.updates, server.recordSet(ZONE, "MX")?.ttl]).toEqual([4, 1800]);
  });

  test.each([
    ["NOTIMP", "dns-notimp", 1],
    // Another one, that changes nothing, tells why.
    ["REFUSED", "dns-refused", 2],
  ] as const)("%s is told by name and changes nothing", async (rcode, code, sent) => {
    const server = await serve();
    server.setFault(({ opcode }) => (opcode === "UPDATE" ? { kind: "refuse", rcode } : undefined));
    expect(await codeOf(update(server, "tcp"))).toBe(code);
    expect([server.requests.updates, server.recordSet(ZONE, "MX")?.ttl]).toEqual([sent, 1800]);
  });

  test("somebody who comes between the reading and the update is noticed by the server", async () => {
    const server = await serve();
    server.setFault(({ opcode }) => {
      if (opcode === "UPDATE")
        server.setRecordSet({ name: ZONE, type: "MX", ttl: 1800, values: ["5 theirs.test"] });
      return undefined;
    });
    await expect(update(server, "tcp")).rejects.toThrow(
      /somebody else changed it since the preview.*NXRRSET/,
    );
    expect(server.recordSet(ZONE, "MX")?.values).toEqual(["5 theirs.test"]);
  });
});

describe("the lab", () => {
  test("its zones survive being saved and loaded", async () => {
    const server = await serve(
      records({ name: `long.${ZONE}`, type: "TXT", ttl: 60, values: ["x".repeat(600)] }),
    );
    const saved = JSON.stringify(server.zones());
    const other = await serve([]);
    other.load(JSON.parse(saved));
    expect(JSON.stringify(other.zones())).toBe(saved);
    expect((await readFromServer(other, `long.${ZONE}`, "TXT")).set?.values).toEqual(["x".repeat(600)]);
  });

  describe("its resolver", () => {
    let clock: number;
    let upstream: LabDns;
    let resolver: LabResolver;
    const ask = async () => {
      const { records: found, rcode } = await query(resolver, ZONE, "MX", { recursive: true });
      return found.length === 0 ? rcode : found.map(({ value, ttl }) => `${value} ${ttl}`).join();
    };
    beforeEach(async () => {
      clock = Date.parse("2026-11-02T08:00:00Z");
      upstream = await serve();
      resolver = await kept(startResolver({ upstream, now: () => new Date(clock) }));
    });

    test("remembers the old MX until its TTL has run out on the lab's clock", async () => {
      expect(await ask()).toBe("10 mail.contoso.test 1800");
      upstream.setRecordSet({ name: ZONE, type: "MX", ttl: 3600, values: ["0 tenant.x"] });
      clock += 1_799_000;
      expect(await ask()).toBe("10 mail.contoso.test 1");
      clock += 1000;
      expect(await ask()).toBe("0 tenant.x 3600");
    });

    test("remembers for as long as the SOA says that there is nothing", async () => {
      upstream.setRecordSet({ name: ZONE, type: "MX", ttl: 1, values: [] });
      expect(await ask()).toBe("NOERROR");
      upstream.setRecordSet({ name: ZONE, type: "MX", ttl: 60, values: MX });
      clock += 299_000;
      expect(await ask()).toBe("NOERROR");
      clock += 1000;
      expect(await ask()).toBe("10 mail.contoso.test 60");
    });

    test("says SERVFAIL when the zone's server is gone", async () => {
      await upstream.close();
      expect(await ask()).toBe("SERVFAIL");
    });
  });
});
