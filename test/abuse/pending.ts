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
 * What a user does after a run that was killed while the plugin of a DNS host was creating a record: looks whether it is
 * there, and tells Pulumi its id (docs/stages.md, "When a run was killed").
 */
export async function importPendingCreates({ rehearsal, lab }: Scene): Promise<void> {
  const { pending_operations: pending } = await rehearsal.stack.exportState();
  for (const { type, resource } of pending) {
    if (type !== "creating") continue;
    const id = await idAtHost(lab, resource);
    if (id === undefined) continue;
    const known = [resource.urn, id].flatMap((part) => ["--import-pending-creates", part]);
    const run = await rehearsal.stack.run("refresh", "--yes", "--skip-preview", ...known);
    if (run.code !== 0) throw new Error(`the pending create was not imported:\n${run.errors}`);
  }
}

/** The import id of a record that its host has; undefined where it has none, or where another plugin is at work. */
async function idAtHost(
  { environment }: Lab,
  { type, inputs }: { readonly type: string; readonly inputs: object },
): Promise<string | undefined> {
  const ask = (url: string, token: string | undefined) =>
    fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  if (type.startsWith("cloudflare:")) {
    const wanted = cloudflareRecord.parse(inputs);
    const url = `${environment["CLOUDFLARE_BASE_URL"]}/zones/${wanted.zoneId}/dns_records`;
    const answer = await ask(url, environment["CLOUDFLARE_API_TOKEN"]);
    const made = cloudflareRecords
      .parse(await answer.json())
      .result.find(
        (one) => one.name === wanted.name && one.type === wanted.type && one.content === wanted.content,
      );
    return made && `${wanted.zoneId}/${made.id}`;
  }
  if (!type.startsWith("azure-native:")) return undefined;
  const { resourceGroupName, zoneName, recordType, relativeRecordSetName } = azureRecordSet.parse(inputs);
  const id = `/subscriptions/${environment["ARM_SUBSCRIPTION_ID"]}/resourceGroups/${resourceGroupName}/providers/Microsoft.Network/dnsZones/${zoneName}/${recordType}/${relativeRecordSetName}`;
  const url = `${environment["MAILSTAGE_ARM_ENDPOINT"]}${id}?api-version=2018-05-01`;
  return (await ask(url, environment["MAILSTAGE_LAB_ARM_TOKEN"])).ok ? id : undefined;
}
