import { foldFacts } from "../../src/gates/index.js";

test("facts of one gate fold into a line that counts them, and says how many were not judged", () => {
  expect(
    foldFacts([
      "preflight: connect: port 443 is open",
      "preflight: tls-protocol: speaks TLSv1.3",
      "preflight: exchange-ports: not judged: are seen by the RPC proxy only",
      "addresses-known: 12 of 12 addresses are mailboxes on premises",
    ]),
  ).toEqual([
    "preflight: 2 facts in order, 1 not judged",
    "addresses-known: 12 of 12 addresses are mailboxes on premises",
  ]);
});

test("nothing found prints nothing", () => {
  expect(foldFacts([])).toEqual([]);
});
