import type { Finding } from "../../src/base/adoption.js";
import { adoptionOf, exportSchema, secretsIn, withSecrets } from "../../src/migration/adopt/import-file.js";

const signature = "4dabf18193072939515e22adb298388d";
const secret = (plaintext: string) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", plaintext });
const urn = (type: string, name: string) => `urn:pulumi:production::mail::${type}::${name}`;
const root = { urn: urn("pulumi:pulumi:Stack", "mail-production"), type: "pulumi:pulumi:Stack" };
const ours = (kind: string, name: string, parent = root.urn) => {
  const type = `pulumi-nodejs:dynamic/mailstage:${kind}`;
  const state = { __provider: "line", name };
  return { urn: urn(type, name), type, custom: true, id: name, parent, inputs: state, outputs: state };
};
const provider = {
  urn: urn("pulumi:providers:cloudflare", "default_6_1_0"),
  type: "pulumi:providers:cloudflare",
  custom: true,
  id: "p1",
  inputs: { version: "6.1.0" },
};
const group = {
  urn: urn("mailstage:dns:RecordSet", "mx"),
  type: "mailstage:dns:RecordSet",
  parent: root.urn,
};
const record = {
  ...ours("x", "mx-mx-1", group.urn),
  urn: urn("mailstage:dns:RecordSet$cloudflare:index/dnsRecord:DnsRecord", "mx-mx-1"),
  type: "cloudflare:index/dnsRecord:DnsRecord",
  provider: `${provider.urn}::p1`,
};
const adoption = {
  ...ours("DnsAdoption", "mx-adoption", group.urn),
  inputs: { records: [{ type: "MX", importId: "zone/1" }] },
};
const exported = (...resources: object[]) =>
  exportSchema.parse({ deployment: { resources: [root, provider, ...resources] } });
const found = (resource: { urn: string }, finding: Omit<Finding, "urn">): Finding => ({
  urn: resource.urn,
  ...finding,
});

test("a resource is in the file with its inputs and outputs, the stack and providers are not", () => {
  const { entries } = adoptionOf(exported(ours("Stage", "stage")), []);
  expect(entries).toEqual([
    {
      type: "pulumi-nodejs:dynamic/mailstage:Stage",
      name: "stage",
      id: "stage",
      inputs: { __provider: "line", name: "stage" },
      outputs: { __provider: "line", name: "stage" },
    },
  ]);
});

test("a record stands under its component, has its provider's version, and is imported no more by the program", () => {
  const { entries } = adoptionOf(exported(group, adoption, record), []);
  expect(entries).toEqual([
    { type: group.type, name: "mx", component: true },
    expect.objectContaining({
      parent: "mx",
      inputs: { records: [{ type: "MX", importId: "zone/1", held: true }] },
    }),
    expect.objectContaining({ name: "mx-mx-1", parent: "mx", version: "6.1.0" }),
  ]);
});

test("a component whose resources are all absent is left out", () => {
  expect(adoptionOf(exported(group, adoption), [found(adoption, { absent: "MX contoso.com" })])).toEqual({
    entries: [],
    absent: ["MX contoso.com"],
  });
});

test("where anything is absent, nothing says that the stage is done, and its gate is left to be asked", () => {
  const [gate, earlier] = [ours("Gate", "gate-migrate"), ours("Gate", "gate-connect")];
  const [reached, wave] = [ours("StageReached", "stage-reached"), ours("MigrationBatch", "wave1")];
  const names = (findings: readonly Finding[]) =>
    adoptionOf(exported(earlier, gate, wave, reached), findings).entries.map(({ name }) => name);
  const provisional = found(gate, { provisional: true });
  expect(names([provisional])).toEqual(["gate-connect", "gate-migrate", "wave1", "stage-reached"]);
  expect(names([provisional, found(wave, { absent: "batch wave1" })])).toEqual(["gate-connect"]);
});

test("two resources of one name have two names in the file", () => {
  const { entries } = adoptionOf(exported(ours("Stage", "one"), ours("Gate", "one")), []);
  expect(entries.map(({ name, logicalName }) => [name, logicalName])).toEqual([
    ["one", undefined],
    ["one (2)", "one"],
  ]);
});

test("secrets are found wherever they stand, and encrypted in their places", () => {
  const value = { digest: secret('"d1"'), list: [{ inner: secret('"d2"') }, 1, null], plain: "text" };
  expect(secretsIn(value)).toEqual(['"d1"', '"d2"']);
  const encrypted = withSecrets(
    value,
    new Map([
      ['"d1"', "v1:a"],
      ['"d2"', "v1:b"],
    ]),
  );
  const sealed = (ciphertext: string) => ({
    [signature]: "1b47061264138c4ac30d75fd1eb44270",
    ciphertext,
  });
  expect(encrypted).toEqual({
    digest: sealed("v1:a"),
    list: [{ inner: sealed("v1:b") }, 1, null],
    plain: "text",
  });
  expect(() => withSecrets(value, new Map())).toThrow("a secret was not encrypted");
});
