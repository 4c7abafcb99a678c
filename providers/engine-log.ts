import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import * as pulumi from "./sdk.js";

let connected = false;

/** Log lines of a dynamic provider go to the stack's row unless they name a resource; the engine's address is argv[2]. */
export async function say(
  level: "info" | "warn" | "error",
  message: string,
  urn: string | undefined,
  ephemeral: boolean,
) {
  const engine = process.argv[2];
  if (engine === undefined || !engine.includes(":")) return;
  if (!connected) {
    resetOptions("mailstage", "mailstage", -1, engine, "", false, "");
    connected = true;
  }
  const resource = urn === undefined ? undefined : rowOf(urn);
  await pulumi.log[level](message, resource, undefined, ephemeral);
}

/** The only thing `pulumi.log` reads of a resource is its URN. */
function rowOf(urn: string): pulumi.Resource {
  const row: Pick<pulumi.Resource, "urn"> = { urn: pulumi.output(urn) };
  return Object.assign(Object.create(pulumi.Resource.prototype), row);
}
