import { setTimeout as sleep } from "node:timers/promises";
import { invoke } from "@pulumi/pulumi/runtime/invoke.js";

/**
 * Has the engine start the plugin that runs our handlers while the program is still loading. It would otherwise start at
 * the first resource, and everything would wait for it (docs/performance.md). The function asked for does not exist: that
 * the engine must start the plugin to be told so is the purpose. Resolves once the request has left, never rejects.
 */
export async function startPlugin(): Promise<void> {
  void invoke("pulumi-nodejs:dynamic:start", {}).catch(() => undefined);
  // The request leaves on a later turn of the event loop, which loading modules would block.
  await sleep(5);
}
