import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../base/json.js";
import { MailstageError, type Problem } from "../base/problem.js";
import type { AttributeChange, AttributeValue, ConversionPlan } from "../on-premises/directory/index.js";
import { type Owner, ownFile, writeOwn } from "./own-files.js";
import type { SurveyedUser } from "./who-is-converted.js";

const value = z.union([z.string(), z.strictObject({ base64: z.base64() })]);
const lineSchema = z.strictObject({
  address: z.string(),
  dn: z.string(),
  objectGuid: z.guid().exactOptional(),
  changes: z.array(
    z.strictObject({
      attribute: z.string(),
      removed: z.array(value),
      added: z.array(value),
    }),
  ),
});

/** What a preview saw of one user: the changes it listed; none: a mail user already. */
export type PreviewedUser = z.output<typeof lineSchema>;

/**
 * Writes what a preview saw, every user with the exact changes, to `.mailstage/previews/<stack>/<wave>-conversion.jsonl` under
 * the project: to be read by whoever reviews it, and compared by the update that follows on the same machine.
 * @returns the path relative to the project
 */
export function writePreview(owner: Owner, wave: string, users: readonly SurveyedUser[]): string {
  const path = previewPath(owner, wave);
  const lines = users.map(({ address, plan: { dn, objectGuid, changes } }) =>
    JSON.stringify({ address, dn, objectGuid, changes }),
  );
  writeOwn(owner, path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/**
 * What the last preview on this machine saw, by address; undefined where there was none.
 * @throws MailstageError conversion-preview-unreadable where there is one of which not every line can be read: what it lacks would not be compared
 */
export function readPreview(owner: Owner, wave: string): ReadonlyMap<string, PreviewedUser> | undefined {
  const path = previewPath(owner, wave);
  const file = join(owner.root, path);
  const unreadable = (reason: string, cause?: unknown) =>
    new MailstageError(
      {
        code: "conversion-preview-unreadable",
        subject: path,
        reason,
        hint: "Nobody of the wave was converted. Delete the file, run pulumi preview, and look at the changes",
      },
      { cause },
    );
  if (!existsSync(file)) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw unreadable("cannot be read, so nothing can be compared with the preview", cause);
  }
  const users = new Map<string, PreviewedUser>();
  for (const [at, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success)
      throw unreadable(`is damaged in line ${at + 1}, so not everybody can be compared with the preview`);
    users.set(parsed.data.address, parsed.data);
  }
  return users;
}

/**
 * Users who would be changed otherwise than the preview said, because somebody changed them, or their cloud mailbox, since.
 * Who was not in the preview at all arrived after it, and is not among them.
 */
export function changedSincePreview(
  previewed: ReadonlyMap<string, PreviewedUser> | undefined,
  users: readonly SurveyedUser[],
): Problem[] {
  return users.flatMap(({ address, plan }) => {
    const seen = previewed?.get(address);
    if (seen === undefined || (sameUser(seen, plan) && sameChanges(seen.changes, plan.changes))) return [];
    return [
      {
        code: "directory-changed",
        subject: address,
        operation: `convert ${plan.dn}`,
        reason: "was changed since the preview, and is left as it is",
        hint: "Run pulumi preview again and look at the new changes",
      },
    ];
  });
}

/** By objectGUID: a user who was moved since is the same one, and whoever has the address now need not be. */
function sameUser(left: PreviewedUser, right: ConversionPlan): boolean {
  return left.objectGuid === undefined || right.objectGuid === undefined
    ? left.dn === right.dn
    : left.objectGuid === right.objectGuid;
}

/** The same values go and come; servers give them in any order. */
function sameChanges(left: readonly AttributeChange[], right: readonly AttributeChange[]): boolean {
  const key = (values: readonly AttributeValue[]) => values.map((one) => JSON.stringify(one)).sort();
  const canonical = (changes: readonly AttributeChange[]) =>
    JSON.stringify(changes.map(({ attribute, removed, added }) => [attribute, key(removed), key(added)]));
  return canonical(left) === canonical(right);
}

const previewPath = (owner: Owner, wave: string) => ownFile(owner, "previews", `${wave}-conversion.jsonl`);
