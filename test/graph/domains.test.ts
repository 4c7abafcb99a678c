import fc from "fast-check";
import {
  createDomain,
  deleteDomain,
  dnsRecord,
  enableEmail,
  getDomain,
  listDomainReferences,
  listVerificationRecords,
  refusalOf,
  verifyDomain,
} from "../../src/microsoft365/graph/index.js";
import type { ScriptedServer, Step } from "../cloud/scripted-server.js";
import { openGraph } from "./open.js";

let server: ScriptedServer | undefined;
async function open(script: Parameters<typeof openGraph>[0]) {
  const result = await openGraph(script);
  server = result.server;
  return result;
}
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const contoso = { id: "contoso.com", isVerified: false, supportedServices: ["Intune"] };
const fail = (status: number, message: string, code = "Request_BadRequest"): Step => ({
  status,
  json: { error: { code, message } },
});
const gone = fail(404, "no such domain", "Request_ResourceNotFound");

describe("records are told apart by type, not by position", () => {
  const common = { label: "contoso.com", ttl: 3600, isOptional: false, supportedService: null };
  test.each([
    [
      "@odata.type with #",
      { ...common, "@odata.type": "#microsoft.graph.domainDnsTxtRecord", text: "MS=ms1" },
      { type: "TXT", text: "MS=ms1" },
    ],
    [
      "@odata.type without #",
      { ...common, "@odata.type": "microsoft.graph.domainDnsMxRecord", mailExchange: "m", preference: 32767 },
      { type: "MX", mailExchange: "m", preference: 32767 },
    ],
    [
      "recordType alone",
      { ...common, recordType: "CName", canonicalName: "autodiscover.outlook.com" },
      { type: "CNAME", canonicalName: "autodiscover.outlook.com" },
    ],
    [
      "SRV with numbers as strings",
      {
        ...common,
        recordType: "Srv",
        nameTarget: "t",
        service: "_sip",
        protocol: "_tls",
        port: "443",
        priority: 100,
        weight: "1",
      },
      { type: "SRV", port: 443, weight: 1 },
    ],
    [
      "unavailable",
      { ...common, "@odata.type": "#microsoft.graph.domainDnsUnavailableRecord", description: "later" },
      { type: "unavailable", description: "later" },
    ],
  ])("%s", (_name, wire, expected) => {
    expect(dnsRecord.parse(wire)).toMatchObject({
      label: "contoso.com",
      ttl: 3600,
      supportedService: undefined,
      ...expected,
    });
  });

  test("a TXT without its text is an error, not an empty record", () => {
    expect(
      dnsRecord.safeParse({ ...common, "@odata.type": "#microsoft.graph.domainDnsTxtRecord" }).success,
    ).toBe(false);
  });

  test("anything at all is parsed or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("Txt", "Mx", "CName", "Srv", "?"), (value, recordType) => {
        const wire =
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? { ...common, ...value, recordType }
            : value;
        expect(typeof dnsRecord.safeParse(wire).success).toBe("boolean");
      }),
      { numRuns: 300 },
    );
  });

  test("both verification records are read", async () => {
    const { graph } = await open([
      {
        json: {
          value: [
            { ...common, recordType: "Mx", mailExchange: "ms1.msv1.invalid", preference: 32767 },
            { ...common, recordType: "Txt", text: "MS=ms1" },
          ],
        },
      },
    ]);
    expect((await listVerificationRecords(graph, "contoso.com")).map(({ type }) => type)).toEqual([
      "MX",
      "TXT",
    ]);
  });
});

describe("a refusal to verify is read by the wordings that were published", () => {
  test.each([
    // azure-docs#84798, azure-docs.fr-fr#625
    [
      "Unable to verify this domain because it is used elsewhere in Office 365. Remove the verified domain from the other service before adding it here.",
      "owned-by-another-tenant",
    ],
    [
      "Unable to verify this domain because it is used elsewhere in Microsoft 365. Remove the verified domain from the other service before adding it here.",
      "owned-by-another-tenant",
    ],
    // timmcmic.blog, msendpoint.com
    [
      "We have confirmed that you own contoso.com, but we can't add it to your account because the domain is already added to a different Microsoft 365 organization: Test.onmicrosoft.com.",
      "owned-by-another-tenant",
    ],
    ["This domain is already associated with another Microsoft organization.", "owned-by-another-tenant"],
    ["Domain already added to another Microsoft 365 organization.", "owned-by-another-tenant"],
    ["The domain is in use by another organization.", "owned-by-another-tenant"],
    ["The domain is already verified in another directory.", "owned-by-another-tenant"],
    [
      "The domain 'contoso.com' is already present as an unmanaged domain. Use ForceTakeover option to takeover this domain.",
      "owned-by-unmanaged-tenant",
    ],
    ["Domain verification failed with the following error: no TXT record.", "not-yet"],
    [
      "Domain verification failed with the following error: 'We could not find the DNS record for domain contoso.com. DNS changes may take up to 72 hours.'",
      "not-yet",
    ],
    ["The TXT record doesn't match the expected value MS=ms12345678.", "not-yet"],
    ["CNAME record is missing.", "not-yet"],
    ["The tenant has reached its quota of domains.", "refused"],
    ["The operation is blocked by policy.", "refused"],
    ["", "refused"],
  ])("%j is %s", (message, outcome) => {
    expect(refusalOf(message)).toBe(outcome);
  });
});

describe("verifying", () => {
  test.each<[string, Step[], unknown]>([
    ["is verified", [{ json: { ...contoso, isVerified: true } }], { outcome: "verified" }],
    [
      "was verified already",
      [fail(400, "Domain is already verified."), { json: { ...contoso, isVerified: true } }],
      { outcome: "verified" },
    ],
    [
      "is not seen yet",
      [fail(400, "Domain verification failed with the following error: no TXT record."), { json: contoso }],
      { outcome: "not-yet", message: expect.stringContaining("no TXT") },
    ],
    ["was taken but not finished", [{ json: contoso }, { json: contoso }], { outcome: "not-yet" }],
    [
      "belongs to another tenant",
      [fail(409, "The domain is in use by another organization.", "ObjectConflict"), { json: contoso }],
      { outcome: "owned-by-another-tenant" },
    ],
  ])("a domain that %s", async (_name, steps, expected) => {
    const { graph } = await open(steps);
    expect(await verifyDomain(graph, "contoso.com")).toMatchObject(expected ?? {});
  });

  test.each<[string, Step[], string]>([
    ["without rights", [fail(403, "Insufficient privileges", "Authorization_RequestDenied")], "denied"],
    ["of a domain that is not there", [gone, gone], "not-found"],
  ])("%s is an error", async (_name, steps, kind) => {
    const { graph } = await open(steps);
    await expect(verifyDomain(graph, "contoso.com")).rejects.toMatchObject({ kind });
  });
});

test("creating gives back what is there, also after an unknown outcome, and creates once", async () => {
  for (const first of ["reset", fail(409, "exists", "ObjectConflict")] as const) {
    const { graph, server } = await open([first, { json: contoso }]);
    expect((await createDomain(graph, "contoso.com")).id).toBe("contoso.com");
    expect(server.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect(server.seen[0]?.body).toBe('{"id":"contoso.com"}');
    await server.close();
  }
});

test("creating what another tenant has is the service's own error", async () => {
  const { graph } = await open([fail(400, "Domain is managed by another tenant"), gone]);
  await expect(createDomain(graph, "contoso.com")).rejects.toThrow("managed by another tenant");
});

test("e-mail is enabled beside the services there are, and only once", async () => {
  const { graph, server } = await open([{ status: 204 }]);
  const domain = {
    id: "contoso.com",
    isVerified: true,
    isDefault: false,
    isInitial: false,
    isRoot: true,
    authenticationType: undefined,
  };
  await enableEmail(graph, { ...domain, supportedServices: ["Intune"] });
  await enableEmail(graph, { ...domain, supportedServices: ["email"] });
  expect(server.seen.map(({ method, body }) => [method, body])).toEqual([
    ["PATCH", '{"supportedServices":["Intune","Email"]}'],
  ]);
});

test("a domain that is gone reads as undefined and deletes as done; one in use is an error; force is never used", async () => {
  const { graph, server } = await open([gone, gone, fail(400, "Domain has references")]);
  expect(await getDomain(graph, "contoso.com")).toBeUndefined();
  await deleteDomain(graph, "contoso.com");
  await expect(deleteDomain(graph, "contoso.com")).rejects.toThrow("references");
  expect(server.seen.map(({ url }) => url)).not.toContainEqual(expect.stringContaining("forceDelete"));
});

test("references name what still uses the domain", async () => {
  const { graph } = await open([
    {
      json: {
        value: [
          { "@odata.type": "#microsoft.graph.user", id: "1", userPrincipalName: "a@contoso.com" },
          { id: "2" },
        ],
      },
    },
  ]);
  expect(await listDomainReferences(graph, "contoso.com")).toEqual([
    { id: "1", kind: "user", name: "a@contoso.com" },
    { id: "2", kind: "object", name: "2" },
  ]);
});
