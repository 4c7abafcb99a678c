import { z } from "zod";
import { parseJson } from "../base/json.js";
import { appendDurably, isKept, readDurably } from "../snapshots/durable-lines.js";
import { displacedSchema, setSchema } from "./planned.js";
import { canonicalName, type RecordSet, recordTypes, sameRecordSet } from "./record-set.js";

const writeSchema = z.object({
  zone: z.string(),
  name: z.string(),
  type: z.enum(recordTypes),
  former: setSchema.nullable(),
  displaced: displacedSchema,
  owned: z.array(z.string()),
  after: setSchema.nullable(),
});

/**
 * One change of a record set as it was about to be sent: what stood there before mailstage (`former`, and addresses a
 * CNAME took the place of), what of it is ours, and what it was to become; null where there is no set.
 */
export type DnsWrite = z.output<typeof writeSchema>;

/** Notes a change on the disk before it is sent, so that a killed run does not forget what stood there. One line each. */
export async function noteWrite(file: string, write: DnsWrite): Promise<void> {
  await appendDurably(file, () => `${JSON.stringify(write)}\n`);
}

/** The newest change noted for a record set, whether or not it stands there. @throws MailstageError snapshot-unreadable */
export async function lastNoted(
  file: string,
  { zone, name, type }: Pick<DnsWrite, "zone" | "name" | "type">,
): Promise<DnsWrite | undefined> {
  if (!(await isKept(file))) return undefined;
  const noted = (await readDurably(file)).split("\n").flatMap((line) => {
    const parsed = writeSchema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
  return noted.findLast(
    (write) =>
      write.type === type &&
      canonicalName(write.name) === canonicalName(name) &&
      canonicalName(write.zone) === canonicalName(zone),
  );
}

/**
 * The newest change noted for a record set, if it is what stands there now: then it was made, whether or not the run that
 * made it came to tell. @throws MailstageError snapshot-unreadable
 */
export async function madeBefore(
  file: string,
  { zone, name, type }: Pick<DnsWrite, "zone" | "name" | "type">,
  live: RecordSet | undefined,
): Promise<DnsWrite | undefined> {
  const last = await lastNoted(file, { zone, name, type });
  if (last === undefined) return undefined;
  const after = last.after === null ? undefined : { name, type, ...last.after };
  return sameRecordSet(after, live) ? last : undefined;
}
