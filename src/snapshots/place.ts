import { adoptionBackend } from "../base/adoption.js";
import { folderOfUrl, joinAsWritten, ownPaths, type Paths } from "../base/platform.js";

/** Whether a durable file is named by a URL of an object store, and not by a path. */
export function isUrl(file: string): boolean {
  return /^(azblob|s3|gs):\/\//.test(file);
}

/** Beside Pulumi.yaml, where nothing else is named. */
const besideProject = "snapshots";

/** In a stack's place: the file where changes of DNS are noted before they are sent. */
export const dnsJournalFile = "dns.jsonl";

/** The environment, as far as it says where things are. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a stack keeps what users and records were like before mailstage changed them: what the plan names; else, where the
 * environment names a container or bucket as Pulumi's backend, a folder in that; else a folder beside Pulumi.yaml. Each stack has its own
 * folder there: a rehearsal and production have the same waves.
 */
export function placeOf(
  named: string | undefined,
  stack: string,
  environment: Environment = process.env,
): string {
  const backend = environment[adoptionBackend] ?? environment["PULUMI_BACKEND_URL"] ?? "";
  const place = named ?? (isUrl(backend) ? inPlace(backend, besideProject) : besideProject);
  return inPlace(place, stack);
}

/** A file or folder in a place, which is a folder or a URL. It goes into state: no machine writes it otherwise. */
export function inPlace(place: string, name: string): string {
  if (!isUrl(place)) return joinAsWritten(/^file:\/\//.test(place) ? folderOfUrl(place) : place, name);
  const [, before = "", query = ""] = /^([^?]*)(\?.*)?$/.exec(place) ?? [];
  return `${before.replace(/\/+$/, "")}/${name}${query}`;
}

/** A durable file as it is opened: relative to the folder of Pulumi.yaml where it is no URL. */
export function located(root: string, file: string, paths: Paths = ownPaths): string {
  return isUrl(file) ? file : paths.resolve(root, file);
}
