import { z } from "zod";
import type { Lab } from "../../src/lab/index.js";
import type { Scene } from "./scene.js";

const cloudflareRecord = z.looseObject({
  zoneId: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
});
const cloudflareRecords = z.object({
  result: z.array(cloudflareRecord.omit({ zoneId: true }).extend({ id: z.string() })),
});
const azureRecordSet = z.looseObject({
  resourceGroupName: z.string(),
  zoneName: z.string(),
  recordType: z.string(),
  relativeRecordSetName: z.string(),
});

/**
 * What a user does after a run that was killed while the plugin of a DNS host was creating a record: takes the record
 * away, which is in no state and in the way of the next run (docs/stages.md, "When a run was killed").
 */
export async function removePendingCreates({ rehearsal, lab }: Scene): Promise<void> {
  const { pending_operations: pending } = await rehearsal.stack.exportState();
  for (const { type, resource } of pending) {
    const made = type === "creating" ? await atHost(lab, resource) : undefined;
    if (made === undefined) continue;
    const { ok, status } = await made.ask(made.url, { method: "DELETE" });
    if (!ok) throw new Error(`${made.url} cannot be removed: ${status}`);
  }
}

type Ask = (url: string, options?: { readonly method: string }) => Promise<Response>;

const asking =
  (token: string | undefined): Ask =>
  (url, options) =>
    fetch(url, { ...options, headers: { Authorization: `Bearer ${token}` } });

/** A record that its host has; undefined where it has none, or where another plugin is at work. */
async function atHost(
  { environment }: Lab,
  { type, inputs }: { readonly type: string; readonly inputs: object },
): Promise<{ readonly url: string; readonly ask: Ask } | undefined> {
  if (type.startsWith("cloudflare:")) {
    const ask = asking(environment["CLOUDFLARE_API_TOKEN"]);
    const wanted = cloudflareRecord.parse(inputs);
    const url = `${environment["CLOUDFLARE_BASE_URL"]}/zones/${wanted.zoneId}/dns_records`;
    const made = cloudflareRecords
      .parse(await (await ask(url)).json())
      .result.find(
        (one) => one.name === wanted.name && one.type === wanted.type && one.content === wanted.content,
      );
    return made && { url: `${url}/${made.id}`, ask };
  }
  if (!type.startsWith("azure-native:")) return undefined;
  const ask = asking(environment["MAILSTAGE_LAB_ARM_TOKEN"]);
  const { resourceGroupName, zoneName, recordType, relativeRecordSetName } = azureRecordSet.parse(inputs);
  const url = `${environment["MAILSTAGE_ARM_ENDPOINT"]}/subscriptions/${environment["ARM_SUBSCRIPTION_ID"]}/resourceGroups/${resourceGroupName}/providers/Microsoft.Network/dnsZones/${zoneName}/${recordType}/${relativeRecordSetName}?api-version=2018-05-01`;
  return (await ask(url)).ok ? { url, ask } : undefined;
}
