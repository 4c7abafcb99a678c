import { joinNames, splitNames } from "../../src/base/name-list.js";
import type { CloudSession } from "../../src/microsoft365/index.js";
import { arrivalCount, arrivedAddresses, byAnyAddress } from "../../src/migration/arrived-mailboxes.js";
import { isSurelyGone, neverCopied, presenceOf, seeSynced } from "../../src/migration/vanished-batches.js";
import { MailboxSet } from "../../src/plan/mailbox-set.js";
import { sessionWith } from "../cloud/session.js";
import { scriptedPort } from "../exchange/scripted-port.js";

const now = new Date("2026-11-22T10:00:00Z");

/** A tenant with these batches: of each, its mailboxes with their statuses. */
function tenant(batches: Readonly<Record<string, Readonly<Record<string, string>>>>): CloudSession {
  const { port } = scriptedPort(({ cmdlet, parameters }) => {
    const { BatchId, Identity } = parameters;
    if (cmdlet === "Get-MigrationUser")
      return Object.entries(batches[String(BatchId)] ?? {}).map(([local, Status]) => ({
        EmailAddress: `${local}@contoso.com`,
        BatchId,
        Status,
      }));
    return Object.entries(batches)
      .filter(([name]) => Identity === undefined || Identity === name)
      .map(([name, users]) => ({
        Identity: name,
        Status: "Syncing",
        TotalCount: Object.keys(users).length,
        SyncedCount: Object.values(users).filter((status) => status === "Synced").length,
      }));
  });
  return sessionWith({ exchange: port, now: async () => now });
}

describe("whose mailbox has been migrated", () => {
  test("is who is Synced in the batches that state names, and no others", async () => {
    const session = tenant({ sales: { ann: "Synced", bob: "Syncing" }, "sales-2024": { eve: "Synced" } });
    const copies = { domain: "contoso.com", seenSynced: { sales: "" } };
    expect([...(await arrivedAddresses(session, copies))]).toEqual(["ann@contoso.com"]);
    expect(await arrivalCount(session, copies)).toBe(1);
  });

  test("is who was seen Synced where a batch is gone, and nobody else", async () => {
    const session = tenant({ sales: { ann: "Synced" } });
    const copies = { domain: "contoso.com", seenSynced: { sales: "", "sales-2": joinNames(["carl"]) } };
    expect([...(await arrivedAddresses(session, copies))].sort()).toEqual([
      "ann@contoso.com",
      "carl@contoso.com",
    ]);
    expect([...(await arrivedAddresses(tenant({}), { domain: "contoso.com" }))]).toEqual([]);
  });

  test("is what a batch that exists says, whatever was seen before: it may be copying anew", async () => {
    const session = tenant({ sales: { ann: "Syncing", bob: "Synced" } });
    const copies = { domain: "contoso.com", seenSynced: { sales: joinNames(["ann"]) } };
    expect([...(await arrivedAddresses(session, copies))]).toEqual(["bob@contoso.com"]);
  });

  test("is kept as it is seen, for those the wave lists", async () => {
    const session = tenant({ sales: { ann: "Synced", bob: "Failed", zoe: "Synced" } });
    const parts = {
      sales: MailboxSet.ofNames(["ann", "bob", "carl"]),
      "sales-2": MailboxSet.ofNames(["dora"]),
    };
    const batches = [{ name: "sales", syncedCount: 2, finalizedCount: 0 }, undefined].map(
      (batch) => batch && { ...emptyBatch, ...batch },
    );
    const before = { sales: joinNames(["carl", "gone"]), "sales-2": joinNames(["dora"]) };
    const seen = await seeSynced(session, "contoso.com", parts, batches, before);
    expect(Object.values(seen).map((packed) => splitNames(packed, ""))).toEqual([["ann", "carl"], ["dora"]]);
    expect([...neverCopied(parts, ["sales"], seen, MailboxSet.none)]).toEqual(["bob"]);
    expect([...neverCopied(parts, ["sales"], seen, MailboxSet.ofNames(["bob"]))]).toEqual([]);
  });
});

const emptyBatch = {
  guid: undefined,
  status: "Syncing",
  sourceEndpoint: undefined,
  migrationType: undefined,
  totalCount: 3,
  activeCount: 0,
  stoppedCount: 0,
  failedCount: 0,
  pendingCount: 0,
  notificationEmails: [],
  createdAt: undefined,
  startedAt: undefined,
  initialSyncAt: undefined,
  lastSyncedAt: undefined,
  expiresAt: undefined,
  message: undefined,
  validationWarnings: [],
};

describe("a batch that an answer lacks", () => {
  const batchBefore = (change: object) => ({
    names: new Set(["sales"]),
    status: "Syncing",
    madeAt: "2026-11-22T08:00:00Z",
    ...change,
  });
  test.each([
    ["is gone when it was made long ago", batchBefore({}), { gone: ["sales"], unlisted: [] }],
    [
      "is only not listed when it was made a minute ago",
      batchBefore({ madeAt: "2026-11-22T09:59:00Z" }),
      { gone: [], unlisted: ["sales"] },
    ],
    [
      "is only not listed when nobody knows when it was made",
      batchBefore({ madeAt: null }),
      { gone: [], unlisted: ["sales"] },
    ],
    [
      "is made again when it was never started",
      batchBefore({ status: "Created" }),
      { gone: [], unlisted: [] },
    ],
    [
      "is none of ours when state has no such batch",
      batchBefore({ names: new Set() }),
      { gone: [], unlisted: [] },
    ],
  ])("%s", async (_name, state, expected) => {
    expect(await presenceOf(tenant({}), ["sales"], [undefined], state)).toMatchObject(expected);
  });

  test("is there when it is found by its name", async () => {
    const { batches, gone } = await presenceOf(
      tenant({ sales: {} }),
      ["sales"],
      [undefined],
      batchBefore({}),
    );
    expect([batches[0]?.name, gone]).toEqual(["sales", []]);
  });

  test("is surely gone five minutes after it was made", () => {
    expect(isSurelyGone("2026-11-22T09:55:00Z", now)).toBe(false);
    expect(isSurelyGone("2026-11-22T09:54:59Z", now)).toBe(true);
  });
});

test("a mailbox is found by every SMTP address it has, in any case", () => {
  const mailbox = {
    primarySmtpAddress: "Ann@contoso.onmicrosoft.com",
    emailAddresses: ["SMTP:Ann@contoso.onmicrosoft.com", "smtp:Ann@contoso.com", "X500:/o=x/cn=ann"],
    legacyExchangeDN: "",
    exchangeGuid: "",
    whenMailboxCreated: undefined,
    userPrincipalName: undefined,
    objectId: undefined,
    recipientTypeDetails: undefined,
  };
  expect([...byAnyAddress([mailbox]).keys()].sort()).toEqual([
    "ann@contoso.com",
    "ann@contoso.onmicrosoft.com",
  ]);
});
