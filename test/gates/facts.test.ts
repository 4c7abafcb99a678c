import { enteredMessage, foldFacts } from "../../src/migration/gates/index.js";

test("facts of one gate stand in one line, or in one that counts them and says how many were not judged", () => {
  expect(
    foldFacts([
      "preflight: connect: port 443 is open",
      "preflight: tls-protocol: speaks TLSv1.3",
      "preflight: exchange-ports: not judged: are seen by the RPC proxy only",
      "preflight: logon: the RPC proxy accepts CONTOSO\\migadmin by Basic",
      "batches-synced: 0 mailboxes are synced",
      "batches-synced: 8 mailboxes whose batch is gone: converted on premises already",
    ]),
  ).toEqual([
    "preflight: 3 facts in order, 1 not judged",
    "batches-synced: 0 mailboxes are synced; 8 mailboxes whose batch is gone: converted on premises already",
  ]);
});

test("nothing found prints nothing", () => {
  expect(foldFacts([])).toEqual([]);
});

describe("a stage that may be entered", () => {
  const subject = { stage: "route", waive: [{ gate: "mailboxes-listed" }] };
  const found = {
    facts: ["batches-synced: 8 mailboxes are synced", "mx-ttl-expired: the former TTL has run out"],
    met: ["batches-synced", "mx-ttl-expired"],
    waived: ["mailboxes-listed: they leave", "endpoint-tested: cannot be known before the update"],
  };

  test("is told with its facts by the preview, what was waived apart from what cannot be asked yet", () => {
    expect(enteredMessage(subject, found, { dryRun: true, verbose: false }).split("\n  ")).toEqual([
      "stage route may be entered",
      ...found.facts,
      "waived: mailboxes-listed: they leave",
      "not asked: endpoint-tested: cannot be known before the update",
    ]);
  });

  test("is one line of the update, which follows", () => {
    const update = { dryRun: false, verbose: false };
    const waived = ["mailboxes-listed: they leave"];
    expect(enteredMessage(subject, { ...found, waived }, update)).toBe(
      "stage route may be entered: 2 gates in order, 1 waived",
    );
    expect(enteredMessage(subject, { ...found, waived: [] }, update)).toBe(
      "stage route may be entered: 2 gates in order",
    );
  });
});
