import type { Lab } from "../../lab/index.js";
import { InProcessStack } from "../in-process/stack.js";
import { type DrivenStack, Stack, type StackOptions } from "./stack.js";

/** The engine of a test's stack: Pulumi's own processes, or the one inside the test process (test/in-process). */
export type EngineName = "in-process" | "real";

/** The engine that a test gets who asks for this one. */
export const engineOf = (asked: EngineName = "in-process"): EngineName =>
  process.env["MAILSTAGE_ENGINE"] === "real" ? "real" : asked;

/**
 * Opens a stack against a lab. Without another word its engine is the one inside the test process; `MAILSTAGE_ENGINE=real` puts
 * every test on Pulumi's.
 * @param lab the lab as it runs now: in place of waiting its clock goes on
 * @param engine `real` for what is about the CLI itself: its processes, locks, state file, policy packs and update plans
 */
export function openStack(options: StackOptions, lab: () => Lab, engine?: EngineName): Promise<DrivenStack> {
  if (engineOf(engine) === "real") return Stack.create(options);
  return InProcessStack.against(lab, options);
}
