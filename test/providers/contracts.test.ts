import { migrationEndpointProvider } from "../../providers/migration-endpoint.js";
import { joinNames } from "../../src/base/name-list.js";
import { appliedAddresses } from "../../src/migration/wave-file.js";
import type { ResourceKind } from "../../src/state/index.js";
import { contracts } from "../../src/state/index.js";
import { readResource, storedNames } from "../../src/state/read-resource.js";

const kinds = Object.keys(contracts).filter((name): name is ResourceKind => name in contracts);

describe("contracts", () => {
  test.each(kinds)("%s has one owner of each property, and lists only what it has", (kind) => {
    const { inputs, outputs, computed, forgotten, replaceOn, ignoreChanges } = contracts[kind];
    const given = Object.keys(inputs.shape);
    // But for outputs that `check` reads ahead, so that a preview knows them.
    const ahead = (name: string) =>
      [computed, ignoreChanges].every((list: readonly string[]) => list.includes(name));
    const twice = Object.keys(outputs.shape).filter((name) => given.includes(name));
    expect(twice.filter((name) => !ahead(name))).toEqual([]);
    for (const list of [computed, forgotten, replaceOn, ignoreChanges])
      expect(list.filter((name) => !given.includes(name))).toEqual([]);
    expect(storedNames(kind)).not.toEqual([]);
  });

  test("a reader finds what can be read, and nothing of what is only asked with", () => {
    const props = readResource("Gate", {
      stage: "route",
      passedAt: 7,
      lowered: { observedAt: null },
      met: ["x"],
    });
    expect(props).toMatchObject({ stage: "route", passedAt: undefined, met: ["x"] });
    expect(props).not.toHaveProperty("lowered");
    expect(readResource("Gate", undefined).stage).toBeUndefined();
  });
});

describe("the endpoint's password", () => {
  const inputs = {
    tenant: { id: "0a1b2c3d-1111-4222-8333-444455556666", cloud: "worldwide" },
    name: "mailstage",
    emailAddress: "pilarp@contoso.com",
    account: "CONTOSO\\migadmin",
    authentication: "Basic",
    credentials: "powershell",
  };
  const digest = "a".repeat(64);
  const checked = async (olds: object | undefined, news: object) => {
    const answer = await migrationEndpointProvider.check?.(olds, news);
    return answer?.inputs?.passwordDigest;
  };

  test("in a run without it, what is known of it stays; of nothing there is no digest", async () => {
    expect(await checked({ ...inputs, passwordDigest: digest }, { ...inputs, passwordDigest: "" })).toBe(
      digest,
    );
    expect(await checked(undefined, { ...inputs, passwordDigest: "" })).toBeUndefined();
    expect(await checked({ ...inputs, passwordDigest: digest }, { ...inputs, passwordDigest: "b" })).toBe(
      "b",
    );
  });
});

test("a refresh goes by the mailboxes that were applied, not by the file of today", () => {
  const wave = { wave: "wave1", domain: "contoso.com" };
  expect(appliedAddresses({ ...wave, members: joinNames(["bert", "anna"]) })).toEqual([
    "anna@contoso.com",
    "bert@contoso.com",
  ]);
  expect(appliedAddresses(wave)).toBeUndefined();
});
