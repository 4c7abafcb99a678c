import type { LabState } from "../../../lab/index.js";
import type { RestoreResult, SnapshotUser } from "../../../src/on-premises/directory/index.js";
import { Violated } from "./violated.js";

type Entries = Pick<LabState, "directory">;

/** Addresses that more than one object of the directory holds. */
export function heldTwice({ directory }: Entries): ReadonlySet<string> {
  const once = new Set<string>();
  const twice = new Set<string>();
  for (const { attributes } of directory)
    for (const proxy of attributes["proxyAddresses"] ?? []) {
      if (!/^smtp:/i.test(proxy)) continue;
      const address = proxy.slice("smtp:".length).toLowerCase();
      (once.has(address) ? twice : once).add(address);
    }
  return twice;
}

/**
 * 6: a restore brings back everybody whom the snapshot keeps and who is still there, whatever they are called now, or says what is
 * in the way; and takes nothing from anybody else.
 */
export function holdRestored(
  { failed }: Pick<RestoreResult, "failed">,
  lines: readonly SnapshotUser[],
  before: ReadonlySet<string>,
  now: Entries,
): void {
  const taken = [...heldTwice(now)].filter((address) => !before.has(address));
  if (taken.length > 0)
    throw new Violated("6 a restore takes nothing from others", `two hold ${taken.join(", ")} since`);
  const there = new Set(
    now.directory.flatMap(({ attributes }) => attributes["objectGUID"]?.map(guidText) ?? []),
  );
  for (const { code, subject, reason } of failed) {
    const line = lines.findLast(({ address }) => address === subject);
    if (code === "restore-no-user" && there.has(line?.objectGuid?.toLowerCase() ?? ""))
      throw new Violated("6 whom the snapshot keeps comes back", `${subject} ${reason}`);
  }
}

/** An objectGUID as people write it: its first three parts are stored with the least octet first. */
function guidText(base64: string): string {
  const octets = Buffer.from(base64, "base64");
  if (octets.length !== 16) return base64.toLowerCase();
  const part = (from: number, to: number, turned = false) => {
    const some = [...octets.subarray(from, to)];
    return Buffer.from(turned ? some.reverse() : some).toString("hex");
  };
  return [part(0, 4, true), part(4, 6, true), part(6, 8, true), part(8, 10), part(10, 16)].join("-");
}

/** 6: what a snapshot keeps stays kept, whatever an editor makes of its white space. */
export function holdKept(before: string, after: string): void {
  const count = (text: string) => text.split("\n").filter((line) => line !== "").length;
  if (count(after) < count(before))
    throw new Violated(
      "6 what was kept stays kept",
      `there were ${count(before)} lines, and ${count(after)} are read`,
    );
}
