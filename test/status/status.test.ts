import { readState, type Status, statusHtml, statusOf, statusText } from "../../src/reports/status/index.js";
import { batch, licenses, resource, sampleState } from "./sample-state.js";

const now = new Date("2026-11-16T15:00:00Z");
const plain = (_tone: string, text: string) => text;
const status = (parts?: Parameters<typeof sampleState>[0], at = now) =>
  statusOf(readState(sampleState(parts), "production"), at);

describe("where a migration stands", () => {
  test("is told from the state: stage, waves, mail, waiting periods", () => {
    const told = status();
    expect(told).toMatchObject({
      domain: "contoso.com",
      stage: "migrate",
      asOf: "2026-11-16T14:22:10.307Z",
      live: false,
      totals: { mailboxes: 2744, synced: 1820, failed: 12, converted: 302, licensed: 1755 },
      mail: {
        goesTo: "on premises",
        mx: { ttl: 3600 },
        tenant: ["0 contoso-com.mail.protection.outlook.com"],
      },
    });
    expect(told.timeline.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      "prepare done",
      "verify done",
      "connect done",
      "migrate current",
      "route ahead",
      "retire ahead",
      "complete ahead",
    ]);
    expect(told.clocks.map(({ name, over, left }) => ({ name, over, left }))).toEqual([
      { name: "30 days without a licence, sales", over: false, left: 1_701_900 },
      { name: "Former TTL of the MX", over: true, left: 0 },
    ]);
  });

  test("failures are grouped by cause, the most frequent first, each with its remedy", () => {
    expect(status().failures.map(({ cause, count, waves }) => `${count} ${cause}: ${waves}`)).toEqual([
      "7 The mailbox is larger than the target's quota: sales",
      "2 A passing failure of a service: sales",
      "1 Active Directory protects the user: sales",
      "1 The mailbox or user does not exist where it was looked for: sales",
      "1 The migration administrator lacks a permission: sales",
      "1 The user in Microsoft 365 is not a mail user: sales",
    ]);
    for (const { remedy } of status().failures) expect(remedy).not.toBe("");
  });

  test("what the services say counts more than the last update", () => {
    const told = statusOf(readState(sampleState(), "production"), now, {
      now: new Date("2026-11-16T16:00:00Z"),
      waves: new Map([
        [
          "everybody-else",
          {
            status: "Syncing",
            total: 2372,
            synced: 2000,
            failed: 0,
            expectedEnd: new Date("2026-11-17T00:00:00Z"),
            lastSynced: undefined,
          },
        ],
      ]),
      failures: [],
      licenses: undefined,
      mx: [
        {
          server: "ns1",
          role: "authoritative",
          values: ["0 contoso-com.mail.protection.outlook.com"],
          ttl: 3600,
          error: null,
        },
        { server: "ns2", role: "authoritative", values: ["10 mail.contoso.com"], ttl: 3600, error: null },
      ],
      notAsked: [],
    });
    expect(told).toMatchObject({ live: true, asOf: "2026-11-16T16:00:00.000Z", mail: { goesTo: "both" } });
    expect(told.waves[2]).toMatchObject({ synced: 2000, expectedEnd: "2026-11-17T00:00:00.000Z" });
  });

  const routed = [
    resource("DnsBaseline", "dns-baseline", {
      domain: "contoso.com",
      mx: { ttl: 3600, values: ["10 mail.contoso.com"] },
    }),
    resource("DomainVerification", "v", {}, { verified: true, mx: ["0 x.mail.protection.outlook.com"] }),
    resource("DnsObservation", "mail-routing", {}, { observedAt: "2026-11-15T15:00:00Z" }),
    batch("pilot", "Synced", [1, 1]),
    licenses("pilot", 1, 1),
  ];
  const one = { pilot: "converted" };

  test.each<[string, Parameters<typeof sampleState>[0], RegExp]>([
    ["nothing begun", { resources: [], batches: {}, stage: "none" }, /Run pulumi up at stage prepare/],
    [
      "72 hours running",
      { stage: "route", resources: routed, batches: one },
      /Wait 2 days: other mail systems/,
    ],
    ["complete", { stage: "complete", resources: routed, batches: one }, /pulumi stack output decommission/],
    ...["creating", "updating", "deleting", "importing"].map(
      (type): [string, Parameters<typeof sampleState>[0], RegExp] => [
        `an update killed while ${type}`,
        { pending: [{ type }] },
        /^An update was killed: run pulumi up again, [^\n]*\(1 operation pending\); where the stack is locked, pulumi cancel first\./,
      ],
    ),
    [
      "the domain not verified",
      {
        stage: "verify",
        batches: {},
        resources: [resource("DomainVerification", "v", {}, { verified: false, publishedAt: null, mx: [] })],
      },
      /Run pulumi up again: the domain is not verified yet/,
    ],
    [
      "all copied",
      { resources: [batch("pilot", "Synced", [1, 1]), licenses("pilot", 1, 1)], batches: one },
      /Set stage: route in the plan/,
    ],
    [
      "the former TTL running, which keeps nobody from verify",
      {
        stage: "prepare",
        batches: {},
        resources: [
          resource("DnsBaseline", "dns-baseline", {
            domain: "contoso.com",
            mx: { ttl: 86_400, values: ["10 mail.contoso.com"] },
          }),
          resource("DnsObservation", "mx-ttl", {}, { observedAt: "2026-11-16T14:00:00Z" }),
        ],
      },
      /^Set stage: verify in the plan/,
    ],
    [
      "batches that wait to be started",
      { resources: [batch("pilot", "Created", [0, 1])], batches: { pilot: "created" } },
      /^Set phase: started of pilot in the plan/,
    ],
    [
      "copied users who still work on premises",
      { resources: [batch("pilot", "Synced", [1, 1])], batches: { pilot: "started" } },
      /^Set phase: converted of pilot in the plan[^\n]*$/,
    ],
    [
      "a failure that is waived",
      {
        resources: [batch("pilot", "SyncedWithErrors", [1, 2])],
        batches: one,
        waive: [{ gate: "batches-synced", reason: "left behind on purpose" }],
      },
      /Set stage: route in the plan/,
    ],
  ])("with %s it says what to do next", (_name, parts, expected) => {
    expect(status(parts).next.join("\n")).toMatch(expected);
  });

  const tenantMx = "0 x.mail.protection.outlook.com";
  const lowered = resource("DnsObservation", "mx-ttl", {}, { observedAt: "2026-11-16T14:00:00Z" });
  const baseline = resource("DnsBaseline", "dns-baseline", {
    domain: "contoso.com",
    mx: { ttl: 86_400, values: ["10 mail.contoso.com"] },
  });
  const verified = resource("DomainVerification", "v", {}, { verified: true, mx: [tenantMx] });

  test("the former TTL of the MX is nothing to wait for before route", () => {
    const resources = [baseline, lowered];
    expect(status({ stage: "prepare", batches: {}, resources }).next).toEqual([
      "Set stage: verify in the plan, review it and run pulumi up.",
    ]);
    const done = [...resources, batch("pilot", "Synced", [1, 1]), licenses("pilot", 1, 1)];
    expect(status({ resources: done, batches: one }).next.join()).toMatch(/^Wait 23 h/);
  });

  test("waves that are still to be started come before route, and users on premises before retire", () => {
    const waves = [
      batch("pilot", "Synced", [1, 1]),
      licenses("pilot", 1, 1),
      batch("sales", "Created", [0, 5]),
      licenses("sales", 0, 5),
    ];
    expect(
      status({ resources: [baseline, ...waves], batches: { pilot: "converted", sales: "created" } }).next,
    ).toEqual([expect.stringMatching(/^Set phase: started of sales/)]);
    const next = status({ stage: "route", resources: routed, batches: { pilot: "started" } }).next.join("\n");
    expect(next).toMatch(/^Set phase: converted of pilot in the plan.*\nWait 2 days/);
  });

  test("an MX that did not get switched is told at route, whatever the plan says by now", () => {
    const former = { ttl: 3600, values: ["10 mail.contoso.com"] };
    const mx = { zone: "contoso.com", name: "contoso.com", type: "MX", ttl: 3600, values: [tenantMx] };
    const failed = [baseline, verified, resource("DnsRecordSet", "mx", mx, { live: former })];
    expect(status({ stage: "route", resources: failed, batches: one }).next).toEqual([
      "Run pulumi up again: the MX does not point at Microsoft 365 yet.",
    ]);
    const records = [{ type: "MX", slot: 1, ttl: 3600, values: [tenantMx], spelling: {} }];
    const hosted = [baseline, verified, resource("DnsAdoption", "mx-adoption", { ...mx, records })];
    expect(status({ stage: "route", resources: hosted, batches: one }).mail).toMatchObject({
      goesTo: "on premises",
      mx: former,
    });
  });

  test("a failure that the plan waives is nothing to mend", () => {
    const parts = {
      batches: one,
      resources: [
        batch("pilot", "SyncedWithErrors", [1, 2], ["a@contoso.com: quota"]),
        licenses("pilot", 1, 2),
      ],
    };
    expect(status(parts).next.join()).toMatch(/Mend 1 failure/);
    const waive = [{ gate: "batches-synced", reason: "CHG-1: given up" }];
    expect(status({ ...parts, waive }).next).toEqual([
      "Set stage: route in the plan, review it and run pulumi up.",
    ]);
  });

  test("what a killed update had begun and another one finished is not pending", () => {
    const finished = licenses("pilot", 1, 1);
    const parts = { resources: [batch("pilot", "Synced", [1, 1]), finished], batches: one };
    const pending = [{ type: "creating", resource: { urn: finished.urn } }];
    expect(status({ ...parts, pending }).next.join()).not.toContain("killed");
    expect(status({ ...parts, pending: [{ type: "creating", resource: { urn: "other" } }] }).next[0]).toMatch(
      /An update was killed/,
    );
  });

  test("the TTL of the MX is the one that was set, at hosts of their own and where a person sets it", () => {
    const set = { name: "contoso.com", type: "MX", ttl: 3600, values: ["10 mail.contoso.com"] };
    const records = [{ type: "MX", slot: 1, ttl: 3600, values: set.values, spelling: {} }];
    const ttl = (kind: string, outputs: Record<string, unknown>) =>
      status({ batches: {}, resources: [baseline, resource(kind, "mx", set, outputs)] }).mail.mx?.ttl;
    expect(ttl("DnsAdoption", { records })).toBe(3600);
    expect(ttl("DnsManual", { waiting: [] })).toBe(3600);
    expect(ttl("DnsManual", { waiting: ["ns1 answers 86400"] })).toBe(86_400);
  });

  test("a wave that is back from retire has its mailboxes, though its batch is gone", () => {
    const gone = batch("pilot", "Removed", [0, 0]);
    const retired = { ...gone, outputs: { ...gone.outputs, retired: true } };
    const told = status({ stage: "route", batches: one, resources: [retired, licenses("pilot", 12, 12)] });
    expect(told.waves).toMatchObject([{ status: "Done", mailboxes: 12, synced: 12 }]);
  });

  test("a wave stack raises no alarm about an MX that it does not keep, a domain stack names the other waves", () => {
    const answers: Status["mail"]["seen"] = [
      { server: "ns1", role: "authoritative", values: ["10 mail.contoso.com"], ttl: 60, error: null },
    ];
    const live = {
      now,
      waves: undefined,
      failures: undefined,
      licenses: undefined,
      mx: answers,
      notAsked: [],
    };
    const waves = [batch("pilot", "Synced", [1, 1]), licenses("pilot", 1, 1)];
    const own = { batches: one, resources: waves, domainStack: "domain" };
    const alone = statusOf(readState(sampleState(own), "p"), now, live);
    expect(alone.mail.goesTo).toBe("unknown");
    expect(alone.next.join()).not.toContain("find out who changed it");
    const domain = status({ batches: one, resources: waves, elsewhere: ["sales", "rest"] });
    expect(domain.summary).toContain("; sales and rest are in other stacks");
    expect(domain.next.join()).toContain("once the stacks of sales and rest are as far");
  });

  test("a wave stack that is done with its stage is sent to the domain stack, which goes first", () => {
    const waves = [batch("pilot", "Synced", [1, 1]), licenses("pilot", 1, 1)];
    const wave = (stage: string) => status({ stage, batches: one, resources: waves, domainStack: "domain" });
    expect(wave("migrate").next).toEqual([
      "Go on with stack domain: stage route is entered there first (mailstage status --stack domain), then here.",
    ]);
    expect(wave("migrate").summary).toMatch(
      /1 of 1 mailbox.* copied; where mail goes is told by stack domain\.$/,
    );
    expect(wave("complete").next.join()).toContain("decommission --stack domain");
  });

  test("mail that goes somewhere unknown is noticed", () => {
    const moved: Status["mail"]["seen"] = [
      { server: "ns1", role: "authoritative", values: ["10 mx.evil.example"], ttl: 60, error: null },
    ];
    const told = statusOf(readState(sampleState(), "p"), now, {
      now,
      waves: undefined,
      failures: undefined,
      licenses: undefined,
      mx: moved,
      notAsked: [],
    });
    expect(told.mail.goesTo).toBe("elsewhere");
    expect(told.next.join()).toContain("find out who changed it");
  });
});

describe("the terminal", () => {
  test("fits 80 columns' worth of bars and says the same", () => {
    const text = statusText(status(), plain);
    expect(text).toContain("▶ migrate");
    expect(text).toMatch(/sales .*█+.* 348 of 360 mailboxes copied, 12 failed/);
    expect(text).toContain(
      "◷ 30 days without a licence, sales: 19 days 16 h left, until 2026-12-06 07:45 UTC",
    );
  });

  test("a failed mailbox shows in the bar even among thousands", () => {
    const parts = {
      batches: { big: "started" },
      resources: [batch("big", "SyncedWithErrors", [1999, 2000], ["a@b: quota"])],
    };
    const marked = statusText(status(parts), (tone, text) => (tone === "red" ? `[${text}]` : text));
    expect(marked).toMatch(/big {3}█{23}\[█\]/);
  });

  const hostile = "\u001b[2J\u202e<b>|x";
  test("data can neither clear the screen nor turn the text round, nor become HTML", () => {
    const told = status({
      domain: hostile,
      batches: { [hostile]: hostile },
      waive: [{ gate: hostile, reason: hostile }],
    });
    for (const made of [statusText(told, plain), statusHtml(told)])
      expect(made).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(statusHtml(told)).not.toContain("<b>");
  });
});

test("a state that is none is refused", () => {
  expect(() => readState("{}", "production")).toThrow(/stack production.*pulumi stack export/);
});

test("a stack that was never updated has not begun", () => {
  const told = statusOf(readState('{"version":3,"deployment":null}', "production"), now);
  expect(told).toMatchObject({ stage: null, summary: "The migration has not begun." });
});
