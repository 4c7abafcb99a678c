/**
 * Stand-in for pulumi-resource-azure-native: `dns.RecordSet` alone, over the lab's Resource Manager at
 * MAILSTAGE_ARM_ENDPOINT, with ARM's semantics: a set is created only where there is none, put as a whole without etag,
 * and replaced when a part of its path changes. Its outputs are ARM's answer, without
 * what the path says (zone, type, name inside the zone), and in a preview what only ARM knows is unknown, as the true plugin's are by
 * its public source (pulumi-azure-native v3, provider.go and PreviewOutputs, read 2026-11). It shows SDK, engine and our declarations; it
 * says nothing of the true plugin's defaults and texts.
 */
import { z } from "zod";
import { changed, serve, setting, signal, unknown } from "./serve.mjs";

const inputs = z.looseObject({
  resourceGroupName: z.string(),
  zoneName: z.string(),
  relativeRecordSetName: z.string(),
  recordType: z.string(),
  ttl: z.number().optional(),
});
type Inputs = z.output<typeof inputs>;
const set = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  etag: z.string(),
  properties: z.looseObject({
    fqdn: z.string(),
    TTL: z.number(),
    provisioningState: z.string(),
    targetResource: z.unknown(),
  }),
});
const failure = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });

/** ARM's names of the record bodies, and the SDK's. */
const bodies = {
  aRecords: "ARecords",
  aaaaRecords: "AAAARecords",
  cnameRecord: "CNAMERecord",
  mxRecords: "MXRecords",
  txtRecords: "TXTRecords",
  metadata: "metadata",
} as const;

const path = (one: Inputs) =>
  `/subscriptions/${setting("ARM_SUBSCRIPTION_ID")}/resourceGroups/${one.resourceGroupName}/providers/Microsoft.Network/dnsZones/${one.zoneName}/${one.recordType}/${one.relativeRecordSetName}`;

async function send(method: string, id: string, body?: object) {
  const response = await fetch(`${setting("MAILSTAGE_ARM_ENDPOINT")}${id}?api-version=2023-07-01-preview`, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${setting("MAILSTAGE_LAB_ARM_TOKEN")}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

async function put(one: Inputs) {
  const properties = Object.fromEntries([
    ["TTL", one.ttl],
    ...Object.entries(bodies).flatMap(([own, arm]) => (one[own] === undefined ? [] : [[arm, one[own]]])),
  ]);
  const { status, body } = await send("PUT", path(one), { properties });
  if (status > 201) {
    const { error } = failure.parse(body);
    throw new Error(`Status=${status} Code="${error.code}" Message="${error.message}"`);
  }
  return outputsOf(set.parse(body));
}

/** The record bodies that ARM answers with. */
const recordsOf = ({ properties }: z.output<typeof set>) =>
  Object.fromEntries(
    Object.entries(bodies).flatMap(([own, arm]) =>
      properties[arm] === undefined ? [] : [[own, properties[arm]]],
    ),
  );

function outputsOf(found: z.output<typeof set>) {
  const { name, type, etag, properties } = found;
  const { fqdn, provisioningState, TTL: ttl, targetResource } = properties;
  return {
    ...recordsOf(found),
    ...{ name, type, etag, fqdn, provisioningState, ttl, targetResource },
    azureApiVersion: "2023-07-01-preview",
  };
}

/** Besides what was given nothing is known, and of an update the name inside the zone. */
function previewed(news: Record<string, unknown>, olds: Record<string, unknown>) {
  const own = ["ttl", "targetResource", ...Object.keys(bodies)];
  return Object.fromEntries([
    ...["type", "etag", "fqdn", "provisioningState", "azureApiVersion"].map((key) => [key, unknown]),
    ...own.map((key) => [key, news[key] ?? unknown]),
    ["name", olds["name"] ?? unknown],
  ]);
}

serve({
  version: "3.28.0",
  previewed,
  check: async (_urn, _olds, news) => ({ inputs: news, failures: [] }),
  diff: async (_id, _urn, olds, news) => {
    const keys = changed(olds.__inputs ?? olds, news);
    const parts = ["resourceGroupName", "zoneName", "relativeRecordSetName", "recordType"];
    return { changes: keys.length > 0, replaces: keys.filter((key) => parts.includes(key)) };
  },
  create: async (_urn, given) => {
    const news = inputs.parse(given);
    // Looked at and then written, with nothing that holds the one to the other.
    const { status } = await send("GET", path(news));
    if (status === 200) throw new Error(`cannot create already existing subresource '${path(news)}'`);
    return { id: path(news), outs: await put(news) };
  },
  update: async (_id, _urn, _olds, given) => ({ outs: await put(inputs.parse(given)) }),
  read: async (id) => {
    const { status, body } = await send("GET", id);
    if (status === 404) return { id: "", props: {} };
    const found = set.parse(body);
    const [, , , resourceGroupName = "", , , , zoneName = "", recordType = "", relativeRecordSetName = ""] =
      id.split("/").slice(1);
    const one = inputs.parse({
      resourceGroupName,
      zoneName,
      recordType,
      relativeRecordSetName,
      ttl: found.properties.TTL,
      ...recordsOf(found),
    });
    return { id, props: outputsOf(found), inputs: one };
  },
  delete: async (id) => {
    await send("DELETE", id);
  },
});
