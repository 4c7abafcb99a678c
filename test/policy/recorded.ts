import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DeclaredResource } from "./preview.js";

/** Previews of a whole migration, recorded from the real engine and program (test/review/previews). */
export const recorded = [
  "01-prepare",
  "01-prepare-again",
  "02-verify",
  "03-connect",
  "04-migrate",
  "06-route",
  "07-retire",
  "08-complete",
  "08-complete-again",
] as const;

const properties = z.record(z.string(), z.unknown()).optional();
const schema = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: z.object({ outputs: properties }).optional(),
      newState: z.object({ type: z.string(), inputs: properties }).optional(),
    }),
  ),
});

/** The stack of a recorded preview, as the engine shows it to a pack: what stays with its outputs, what changes without. */
export function recordedStack(name: string): DeclaredResource[] {
  const file = join(__dirname, "../review/previews", `${name}.json`);
  const { steps } = schema.parse(JSON.parse(readFileSync(file, "utf8")));
  return steps.flatMap(({ op, urn, oldState, newState }): DeclaredResource[] => {
    if (newState === undefined || op === "delete" || newState.type.startsWith("pulumi:")) return [];
    const { type, inputs } = newState;
    const props = secretsMarked({ ...inputs, ...(op === "same" ? oldState?.outputs : {}) });
    return [{ type, name: urn.split("::").at(-1) ?? urn, props }];
  });
}

/** What a recording shows as `[secret]` is one again. */
function secretsMarked(props: Readonly<Record<string, unknown>>): DeclaredResource["props"] {
  return Object.fromEntries(
    Object.entries(props).map(([key, value]) => [key, value === "[secret]" ? { secret: "hidden" } : value]),
  );
}
