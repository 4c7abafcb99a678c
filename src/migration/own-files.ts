import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAdopting } from "../base/adoption.js";
import { joinAsWritten } from "../base/platform.js";

/** Whose files they are: a rehearsal has the same waves as production, and so may another stack. */
export interface Owner {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
}

/** What mailstage writes for people, and for the update that follows a preview. */
export type OwnFolder = "previews" | "reports";

/** Path of one of them, relative to the folder of Pulumi.yaml: `.mailstage/reports/<stack>/<name>`. It goes into state. */
export function ownFile({ stack }: Owner, folder: OwnFolder, name: string): string {
  return joinAsWritten(".mailstage", folder, stack, name);
}

/** Writes one whole or not at all, for its owner only: addresses are private. */
export function writeOwn({ root }: Owner, path: string, text: string): void {
  // `mailstage adopt` only looks, and leaves no file behind.
  if (isAdopting()) return;
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  writeFileSync(`${target}.part`, text, { mode: 0o600 });
  chmodSync(`${target}.part`, 0o600);
  renameSync(`${target}.part`, target);
}
