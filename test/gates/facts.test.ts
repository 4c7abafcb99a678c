import { foldFacts } from "../../src/migration/gates/index.js";

test("facts of one gate stand in one line, or in one that counts them and says how many were not judged", () => {
  expect(
    foldFacts([
      "preflight: connect: port 443 is open",
      "preflight: tls-protocol: speaks TLSv1.3",
      "preflight: exchange-ports: not judged: are seen by the RPC proxy only",
      "preflight: logon: the RPC proxy accepts CONTOSO\\migadmin by Basic",
      "batches-synced: 0 mailboxes are synced",
      "batches-synced: 8 mailboxes whose batch is gone are mail users on premises already",
    ]),
  ).toEqual([
    "preflight: 3 facts in order, 1 not judged",
    "batches-synced: 0 mailboxes are synced; 8 mailboxes whose batch is gone are mail users on premises already",
  ]);
});

test("nothing found prints nothing", () => {
  expect(foldFacts([])).toEqual([]);
});
