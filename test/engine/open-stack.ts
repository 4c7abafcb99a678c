import type { Lab } from "../../lab/index.js";
import { exportSnapshot } from "../in-process/exported.js";
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
 * @param overNetwork whether the engine inside asks the services by TLS and sockets, as Pulumi's does
 */
export function openStack(
  options: StackOptions,
  lab: () => Lab,
  engine?: EngineName,
  overNetwork = false,
): Promise<DrivenStack> {
  if (engineOf(engine) === "real") return Stack.create(options);
  return InProcessStack.against(lab, { ...options, direct: !overNetwork });
}

/**
 * Has Pulumi's engine go on where the one inside the test process has come to, in the same project and against the same lab: a late
 * stage, of which a test is about a few of Pulumi's own commands, is reached there in a tenth of the time. The old stack is not used any more.
 * @param options what both are made of, with the plan as it is now
 */
export async function handOver(from: DrivenStack, options: StackOptions): Promise<Stack> {
  if (from instanceof Stack) return from;
  if (!(from instanceof InProcessStack)) throw new Error("there is no state to be handed over");
  const { folder } = from;
  // Lists may have been changed on the way.
  const stack = await Stack.create({ ...options, folder, files: {} });
  stack.leaks.push(...from.leaks);
  await stack.load(exportSnapshot(from.snapshot));
  from.release();
  return stack;
}
