import { appendFileSync, existsSync } from "node:fs";
import { z } from "zod";
import { MailstageError, type Problem } from "./problem.js";

/**
 * Names the file that findings are written to while `mailstage adopt` looks, and so that it looks: no service, zone, directory or
 * snapshot is written by a process that has it.
 */
export const adoptionVariable = "MAILSTAGE_ADOPT";
/** The backend of the stack that is adopted: the run that looks has one of its own. */
export const adoptionBackend = "MAILSTAGE_ADOPT_BACKEND";
/** The MX before the migration, where a person says it: as JSON. */
export const formerMxVariable = "MAILSTAGE_ADOPT_FORMER_MX";

const problem = z.object({
  code: z.string(),
  subject: z.string(),
  reason: z.string(),
  hint: z.string().exactOptional(),
  operation: z.string().exactOptional(),
  status: z.union([z.number(), z.string()]).exactOptional(),
  requestId: z.string().exactOptional(),
});

/** What one resource's handler found out, one line of the file. */
const findingSchema = z.object({
  /** The resource. */
  urn: z.string(),
  /** It is there otherwise than the plan says, or it cannot be told. */
  differs: z.array(problem).optional(),
  /** It is not there, or not all of it: pulumi up makes it. */
  absent: z.string().optional(),
  /** It can be taken over only where nothing is absent: a gate whose stage still has work to do is asked. */
  provisional: z.boolean().optional(),
});
/** What one resource's handler found out. */
export type Finding = z.output<typeof findingSchema>;

/** Reads the file of findings. */
export const findingsIn = (text: string): Finding[] =>
  text.split("\n").flatMap((line) => (line === "" ? [] : [findingSchema.parse(JSON.parse(line))]));

/** How a handler says what it found, while `mailstage adopt` looks. */
export interface Adopting {
  /** What is there and is not as the plan says, or cannot be told: all of it is refused together, and nothing is adopted. */
  differs(...problems: readonly Problem[]): void;
  /** What is not there, or not all of it: the resource is left to `pulumi up`. */
  absent(what: string): void;
  /** The resource is adopted only where nothing is absent. */
  provisional(): void;
}

/** Whether this process only looks. */
export const isAdopting = (): boolean => (process.env[adoptionVariable] ?? "") !== "";

/**
 * Refuses a run that would take what it only looked at for made: the variable is left over where the file is gone.
 * @throws MailstageError adopt-left-over
 */
export function refuseLeftOver(): void {
  const file = process.env[adoptionVariable] ?? "";
  if (file === "" || existsSync(file)) return;
  throw new MailstageError({
    code: "adopt-left-over",
    subject: adoptionVariable,
    reason: "is set, and this run is not that of mailstage adopt",
    hint: "Unset it: with it nothing is written, and everything would stand in state as if it were there",
  });
}

/** Where a resource's handler says what it found; undefined in every run but that of `mailstage adopt`. */
export function adoptingOf(urn: string | undefined): Adopting | undefined {
  const file = process.env[adoptionVariable] ?? "";
  if (file === "") return undefined;
  const note = (finding: Omit<Finding, "urn">) =>
    appendFileSync(file, `${JSON.stringify({ urn: urn ?? "", ...finding })}\n`);
  return {
    differs: (...problems) => {
      if (problems.length > 0) note({ differs: problems.map((one) => ({ ...one })) });
    },
    absent: (what) => note({ absent: what }),
    provisional: () => note({ provisional: true }),
  };
}

/**
 * Refuses a write while `mailstage adopt` looks. Handlers tell a difference before they come to it; this is what makes it sure.
 * @throws MailstageError adopt-writes-nothing
 */
export function refuseWrite(operation: string): void {
  if (!isAdopting()) return;
  throw new MailstageError({
    code: "adopt-writes-nothing",
    subject: "mailstage adopt",
    reason: "came to where pulumi up would write, which it never does",
    hint: "Nothing was written. Let pulumi up do it from where the plan is, without adopting",
    operation,
  });
}
