import type { LabState } from "../../../lab/index.js";
import { count, counted, duration } from "../../base/words.js";
import type { RecordSet } from "../../dns/index.js";
import { heading, print } from "../terminal.js";
import { isConverted } from "./changes.js";
import type { DemoProject } from "./project.js";

/** Record sets as dig's answer section shows them. */
export function digLines(set: RecordSet | undefined): string[] {
  return (set?.values ?? []).map((value) => `${set?.name}.\t${set?.ttl}\tIN\t${set?.type}\t${value}.`);
}

/** What the migration did, from the lab's own account of it. */
export async function printSummary(
  { lab, files, plan, decommission }: DemoProject,
  before: LabState,
  mx: { readonly before: RecordSet | undefined; readonly after: RecordSet | undefined },
): Promise<void> {
  const state = await lab.state();
  heading(`Summary: ${plan.domain}`);
  print("  wave      mailboxes  synced  licensed  converted");
  for (const { wave } of files) {
    const own = state.mailboxes.filter((mailbox) => mailbox.wave === wave);
    const converted = own.filter(({ emailAddress }) => isAddressConverted(state, emailAddress));
    const numbers = [
      own,
      own.filter(({ syncedAt }) => syncedAt !== undefined),
      own.filter(({ licenses }) => licenses.length > 0),
      converted,
    ].map(({ length }, column) => count(length).padStart([9, 6, 8, 9][column] ?? 9));
    print(`  ${wave.padEnd(8)}  ${numbers.join("  ")}`);
  }
  heading("MX as the zone's server answers it");
  for (const line of digLines(mx.before)) print(`  before  ${line}`);
  for (const line of digLines(mx.after)) print(`  after   ${line}`);
  heading("Licences");
  for (const { skuPartNumber, consumed, enabled } of state.licenses)
    print(`  ${skuPartNumber}: ${count(consumed)} of ${counted(enabled, "seat")} used`);
  heading("Deleted");
  for (const { name, why, at } of state.goneBatches) print(`  batch ${name} (${why} ${at.slice(0, 16)}Z)`);
  heading("Left for people, in this order");
  for (const [index, advice] of (await decommission()).entries()) print(`  ${index + 1}. ${advice}`);
  const passed = (Date.parse(state.now) - Date.parse(before.now)) / 1000;
  heading(`In the lab ${duration(Math.round(passed / 3600) * 3600)} later.`);
}

function isAddressConverted(state: LabState, address: string): boolean {
  const entry = state.directory.find(({ attributes }) =>
    attributes["proxyAddresses"]?.some((proxy) => proxy.toLowerCase() === `smtp:${address}`),
  );
  return entry !== undefined && isConverted(entry);
}
