import { z } from "zod";

/**
 * Environment variable with the path of a file: a policy pack that finds it writes what breaks its rules there, one JSON
 * object a line, and reports nothing to the engine. `pulumi preview --json` does not carry violations and stops at a
 * mandatory one (seen with 3.259.0), so that a review would need a second preview without this.
 */
export const violationsVariable = "MAILSTAGE_POLICY_REPORT";

/** Name of the line that a pack writes first: a file without it was written by no pack. */
const header = z.object({ pack: z.string() });

const violationSchema = z.object({
  /** The rule's name. */
  policy: z.string(),
  /** `mandatory` refuses the change; `advisory` is a remark. */
  level: z.enum(["mandatory", "advisory"]),
  message: z.string(),
  /** The resource it is about, where it is about one. */
  urn: z.string().optional(),
});
/** A rule of the policy pack that a preview breaks. */
export type Violation = z.output<typeof violationSchema>;

/** One line of the file. */
export function violationLine(violation: Violation): string {
  return `${JSON.stringify(violation)}\n`;
}

/** The first line of the file. */
export function violationsHeader(pack: string): string {
  return `${JSON.stringify({ pack })}\n`;
}

const overrideSchema = z.union([
  z.string(),
  z.looseObject({ enforcementLevel: z.string().optional() }).transform((rule) => rule.enforcementLevel),
]);
const configSchema = z.record(z.string(), overrideSchema);

/**
 * Reads what the packs wrote. Undefined where no pack has begun to: it was not started, or does not know of the file.
 * @param config the pack's configuration as JSON text, whose enforcement levels replace those of the rules
 */
export function readViolations(text: string, config = "{}"): Violation[] | undefined {
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
  if (!lines.some((line) => header.safeParse(line).success)) return undefined;
  const levels = configSchema.parse(JSON.parse(config));
  const distinct = new Map<string, Violation>();
  for (const line of lines) {
    const parsed = violationSchema.safeParse(line);
    if (!parsed.success) continue;
    const level = levels[parsed.data.policy] ?? levels["all"] ?? parsed.data.level;
    const violation: Violation = { ...parsed.data, level: level === "advisory" ? level : "mandatory" };
    distinct.set(`${violation.policy}\n${violation.message}`, violation);
  }
  return [...distinct.values()].sort(byWeight);
}

/** Mandatory ones first, then by rule and text: the engine asks in another order in every run. */
function byWeight(left: Violation, right: Violation): number {
  const key = ({ level, policy, message }: Violation) =>
    `${level === "mandatory" ? 0 : 1} ${policy} ${message}`;
  return key(left).localeCompare(key(right), "en", { numeric: true });
}
