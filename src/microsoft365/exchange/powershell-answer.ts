import { z } from "zod";
import { parseJson } from "../../base/json.js";

const answerSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    rows: z
      .union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())])
      .nullish()
      .transform((rows) => (Array.isArray(rows) ? rows : rows ? [rows] : [])),
    warnings: z.array(z.string()).default([]),
    date: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  }),
  z.object({
    ok: z.literal(false),
    stage: z.enum(["module", "connect", "cmdlet"]),
    message: z.string(),
    id: z.string().default(""),
  }),
]);

/** What the script says of its cmdlet: its objects, or where and how it failed. */
export type PowerShellAnswer = z.output<typeof answerSchema>;
/** A failure and the stage it happened at: only from `cmdlet` on can anything have been done. */
export type PowerShellFailure = Extract<PowerShellAnswer, { ok: false }>;

const stageSchema = z.object({ stage: z.literal("cmdlet") });

/** What was read off the script's standard output. */
export interface Spoken {
  /** The answer; undefined where none came, or none that is understood. */
  readonly answer: PowerShellAnswer | undefined;
  /** Whether the cmdlet was begun: before that, nothing can have been done. */
  readonly begun: boolean;
  /** Why the line in the answer's place is no answer. */
  readonly issue: z.core.$ZodIssue | undefined;
}

/**
 * Reads the script's lines, which begin with the request's marker. Everything else on standard output is a module's: some say
 * goodbye after the answer.
 */
export function readSpoken(stdout: string, marker: string): Spoken {
  let begun = false;
  let issue: z.core.$ZodIssue | undefined;
  for (const line of stdout.split("\n")) {
    // Noise without a line end may stand before ours.
    const at = line.indexOf(marker);
    if (at === -1) continue;
    const said = parseJson(line.slice(at + marker.length));
    if (stageSchema.safeParse(said).success && !(typeof said === "object" && said !== null && "ok" in said)) {
      begun = true;
      continue;
    }
    const parsed = answerSchema.safeParse(said);
    if (parsed.success) return { answer: parsed.data, begun, issue: undefined };
    issue = parsed.error.issues[0];
  }
  return { answer: undefined, begun, issue };
}
