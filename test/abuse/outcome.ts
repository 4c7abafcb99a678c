import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scene } from "./scene.js";

/** Where a migration stands, in the world and in the engine's state, without what differs from run to run. */
export async function outcomeOf(scene: Scene): Promise<unknown> {
  const { now: _, ...world } = await scene.lab.state();
  const { resources } = await scene.rehearsal.stack.exportState();
  const lasting = resources.map(({ urn, id, inputs, outputs, initErrors }) => ({
    urn,
    id: urn.includes("::pulumi:") ? "" : id,
    inputs,
    outputs,
    initErrors,
  }));
  return settled({
    world: { ...world, batches: byName(world.batches), goneBatches: byName(world.goneBatches) },
    resources: Object.groupBy(lasting, ({ urn }) => urn),
  });
}

/** Waves are handled side by side: which of them comes first differs from run to run. */
const byName = <T extends { readonly name: string }>(batches: readonly T[]) =>
  batches.toSorted((left, right) => (left.name < right.name ? -1 : 1));

/** What a run remembers of itself, which a killed one does not. */
const told = new Set(["seen", "assigned", "planned"]);

/**
 * What was made up or read off a clock differs from run to run; what stands there otherwise must not. A domain or endpoint
 * that was made and not recorded is later taken for found (`adopted`), as is a licence that was given (`assigned`), so that
 * a destroy leaves it: the safe side. What a preview saw (`seen`), and what was planned from it (`planned`), is what it was.
 */
function settled(value: unknown): unknown {
  const text = JSON.stringify(value, (key, member: unknown) => (told.has(key) ? undefined : member))
    .replace(/\d{4}-\d\d-\d\d(T| )\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC)?/g, "<time>")
    .replace(/"ciphertext":"[^"]*"/g, '"ciphertext":"<secret>"')
    .replace(/"adopted":(true|false)/g, '"adopted":"<either>"')
    .replace(/"id":"[0-9a-f]{32}"/g, '"id":"<cloudflare>"')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<guid>");
  return JSON.parse(text);
}

/**
 * The secrets among `planted` that stand in a file of the project other than the lists they were planted in (state,
 * backups, snapshots, reports), or in what a command said.
 */
export async function spilled(
  folder: string,
  said: readonly string[],
  planted: readonly string[],
): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && !entry.parentPath.endsWith("mailboxes"),
  );
  const found: string[] = [];
  const look = (place: string, text: string) => {
    for (const secret of planted) {
      const forms = [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")];
      if (forms.some((form) => text.includes(form))) found.push(`${secret.slice(0, 4)}… in ${place}`);
    }
  };
  for (const { parentPath, name } of files) look(name, await readFile(join(parentPath, name), "utf8"));
  for (const text of said) look("a command's output", text);
  return found;
}
